-- Drops tombstones that every server has. ARGV: view, then keys and revisions. The floor
-- rises to the promises that are dropped, so that no older request is let in.
local dropped = 0
for i = 2, #ARGV, 2 do
  local key = ARGV[i]
  local promised, accepted = promise(key), redis.call('HGET', state, 'a' .. key)
  if accepted and ours(promised, accepted) and string.match(accepted, '^%d+ x(%w+) ') == ARGV[i + 1] then
    if promised > floor then
      floor = promised
      redis.call('HSET', state, 'floor', floor)
    end
    redis.call('HDEL', state, 'p' .. key, 'a' .. key)
    redis.call('ZREM', names, key)
    redis.call('ZREM', graves, key)
    dropped = dropped + 1
  end
end
return { 'ok', dropped }

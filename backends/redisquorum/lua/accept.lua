-- Accepts versions. ARGV: view, ballot, then keys and versions. Returns for each 'ok',
-- or the larger ballot that the key has promised, or 'foreign'.
local answers, changed = { 'ok' }, false
for i = 3, #ARGV, 2 do
  local key, version = ARGV[i], ARGV[i + 1]
  local promised = promise(key)
  if not ours(promised, redis.call('HGET', state, 'a' .. key)) then
    answers[#answers + 1] = 'foreign'
  elseif promised > ARGV[2] then
    answers[#answers + 1] = promised
  else
    redis.call('HSET', state, 'p' .. key, ARGV[2], 'a' .. key, ARGV[2] .. ' ' .. version)
    redis.call('ZADD', names, 0, key)
    if string.sub(version, 1, 1) == 'x' then
      redis.call('ZADD', graves, 'NX', now(), key)
    else
      redis.call('ZREM', graves, key)
    end
    answers[#answers + 1], changed = 'ok', true
  end
end
if changed then
  redis.call('HINCRBY', state, 'changes', 1)
end
return answers

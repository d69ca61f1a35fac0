#!lua
-- Takes what another server remembers. KEYS: state, names, graves, sessions, ended.
-- ARGV: tag, what a row's key begins with, floor, then items of dump.lua. Returns 1, or
-- 0 if this server is not coming back under that tag.
local state, names, graves, sessions, ended = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local marker = redis.call('HMGET', state, 'run', 'state', 'view')
if marker[2] ~= 'joining' or marker[3] ~= ARGV[1] or marker[1] ~= string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- The first 36 characters are a ballot, and what has the same ballot is equal.
local function raise(field, value)
  if string.sub(redis.call('HGET', state, field) or '', 1, 36) < string.sub(value, 1, 36) then
    redis.call('HSET', state, field, value)
    return true
  end
end
raise('floor', ARGV[3])
for i = 4, #ARGV, 4 do
  local kind, name, value, left = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if kind == 'promise' then
    raise('p' .. name, value)
  elseif kind == 'accepted' then
    if raise('a' .. name, value) then
      redis.call('ZADD', names, 0, name)
      redis.call('ZREM', graves, name)
      if string.match(value, '^%d+ x') then
        redis.call('ZADD', graves, now, name)
      end
    end
  elseif kind == 'ended' then
    redis.call('ZADD', ended, 'NX', value, name)
    redis.call('DEL', ARGV[2] .. name)
    redis.call('ZREM', sessions, name)
  elseif redis.call('PTTL', ARGV[2] .. name) < tonumber(left) and not redis.call('ZSCORE', ended, name) then
    redis.call('SET', ARGV[2] .. name, value, 'PX', left)
    redis.call('ZADD', sessions, 0, name)
  end
end
redis.call('HSET', state, 'at', now)
return 1

#!lua
-- Creates a session. KEYS: session, set of sessions. ARGV: TTL in ms, description,
-- channel. Returns the stamp, or nothing if the session exists.
redis.call('ZCARD', KEYS[2]) -- fails before anything is written if it is no set
if not redis.call('SET', KEYS[1], ARGV[2], 'NX', 'PX', ARGV[1]) then
  return false
end
redis.call('ZADD', KEYS[2], 0, KEYS[1])
redis.pcall('SPUBLISH', ARGV[3], KEYS[1]) -- a hint: it may fail
local now = redis.call('TIME')
return now[1] .. string.format('%06d', now[2])

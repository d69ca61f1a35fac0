#!lua flags=allow-oom
-- Renews a session that is there. KEYS: session. ARGV: TTL in ms. Returns the stamp,
-- or nothing if the session is gone.
if redis.call('PEXPIRE', KEYS[1], ARGV[1]) == 0 then
  return false
end
local now = redis.call('TIME')
return now[1] .. string.format('%06d', now[2])

#!lua flags=allow-oom
-- Tells the server's version and what the user may not do. KEYS: the hash of records,
-- a set, a session. ARGV: channel.
local denied = {}
local function need(...)
  if not redis.acl_check_cmd(...) then
    denied[#denied + 1] = (...)
  end
end
need('TIME')
need('HGET', KEYS[1], 'f')
need('HSET', KEYS[1], 'f', 'v')
need('HDEL', KEYS[1], 'f')
need('ZCARD', KEYS[2])
need('ZADD', KEYS[2], 0, 'm')
need('ZREM', KEYS[2], 'm')
need('ZRANGEBYLEX', KEYS[2], '-', '+')
need('SET', KEYS[3], 'v')
need('GET', KEYS[3])
need('EXISTS', KEYS[3])
need('DEL', KEYS[3])
need('PEXPIRE', KEYS[3], 1)
need('PTTL', KEYS[3])
need('SPUBLISH', ARGV[1], 'm')
need('SSUBSCRIBE', ARGV[1])
return { redis.REDIS_VERSION, table.concat(denied, ' ') }

#!lua flags=allow-oom
-- Tells what the user may not do, and the server's run_id. KEYS: state, names, graves,
-- sessions, ended, a row.
local denied = {}
local function need(...)
  if not redis.acl_check_cmd(...) then
    denied[#denied + 1] = (...)
  end
end
need('TIME')
need('INFO', 'server')
need('HGET', KEYS[1], 'f')
need('HMGET', KEYS[1], 'f')
need('HSET', KEYS[1], 'f', 'v')
need('HDEL', KEYS[1], 'f')
need('HINCRBY', KEYS[1], 'f', 1)
need('HSCAN', KEYS[1], 0)
for i = 2, 5 do
  need('ZADD', KEYS[i], 0, 'm')
  need('ZREM', KEYS[i], 'm')
end
need('ZSCORE', KEYS[5], 'm')
need('ZSCAN', KEYS[5], 0)
need('ZRANGEBYLEX', KEYS[2], '-', '+')
need('ZRANGEBYSCORE', KEYS[3], 0, 1)
need('ZREMRANGEBYSCORE', KEYS[5], 0, 1)
need('SET', KEYS[6], 'v')
need('GET', KEYS[6])
need('EXISTS', KEYS[6])
need('DEL', KEYS[6])
need('PEXPIRE', KEYS[6], 1)
need('PTTL', KEYS[6])
local info = redis.pcall('INFO', 'server')
return { table.concat(denied, ' '), type(info) == 'string' and string.match(info, 'run_id:(%x+)') or '' }

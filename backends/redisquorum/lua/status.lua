#!lua flags=allow-oom
-- Tells whether this server may vote. KEYS: state. Returns 'empty', 'restarted' or its
-- state, what is stored as state, its view or tag, how long ago in ms it was last given
-- something while joining, and the server's version.
local marker = redis.call('HMGET', KEYS[1], 'run', 'state', 'view', 'at')
local time = redis.call('TIME')
local idle = time[1] * 1000 + math.floor(time[2] / 1000) - (tonumber(marker[4]) or 0)
local status = marker[2]
if not marker[1] then
  status = 'empty'
elseif marker[1] ~= string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') then
  status = 'restarted'
end
return { status, marker[2] or '', marker[3] or '', idle, redis.REDIS_VERSION }

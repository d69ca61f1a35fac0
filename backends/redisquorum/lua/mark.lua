#!lua
-- Moves this server from one state and view to another. KEYS: state. ARGV: the status,
-- stored state and view that it must have, the new state and the new view. Returns 1,
-- or 0 if it has others.
local marker = redis.call('HMGET', KEYS[1], 'run', 'state', 'view')
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local status = marker[2]
if not marker[1] then
  status = 'empty'
elseif marker[1] ~= run then
  status = 'restarted'
end
if status ~= ARGV[1] or (marker[2] or '') ~= ARGV[2] or (marker[3] or '') ~= ARGV[3] then
  return 0
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'run', run, 'state', ARGV[4], 'view', ARGV[5], 'at', time[1] * 1000 + math.floor(time[2] / 1000))
return 1

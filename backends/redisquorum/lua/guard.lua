-- Begins every script that counts as a vote. KEYS: state, names, graves, sessions,
-- ended. ARGV[1]: the view of the request. A server votes only while it remembers all
-- that it ever promised: its process is the one that was made ready, and nobody has
-- moved it to another view since.
local state, names, graves, sessions, ended = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local marker = redis.call('HMGET', state, 'run', 'state', 'view')
if not marker[1] then
  return { 'empty' }
elseif marker[1] ~= string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') then
  return { 'restarted' }
elseif marker[2] ~= 'ready' then
  return { marker[2] }
elseif marker[3] ~= ARGV[1] then
  return { 'view' }
end
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

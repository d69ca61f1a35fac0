-- Renews a session. KEYS[6]: the row. ARGV: view, ID, time to live in ms, the row's text
-- if it may be made again, else ''. Returns 'live', 'made', 'absent' or 'dead'.
if redis.call('ZSCORE', ended, ARGV[2]) then
  return { 'ok', 'dead' }
elseif redis.call('PEXPIRE', KEYS[6], ARGV[3]) == 1 then
  return { 'ok', 'live' }
elseif ARGV[4] == '' then
  return { 'ok', 'absent' }
end
redis.call('SET', KEYS[6], ARGV[4], 'PX', ARGV[3])
redis.call('ZADD', sessions, 0, ARGV[2])
return { 'ok', 'made' }

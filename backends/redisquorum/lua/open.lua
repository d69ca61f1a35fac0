-- Creates a session's row. KEYS[6]: the row. ARGV: view, ID, time to live in ms, text.
-- Returns 'live', or 'dead' if the session has ended.
if redis.call('ZSCORE', ended, ARGV[2]) then
  return { 'ok', 'dead' }
end
redis.call('SET', KEYS[6], ARGV[4], 'PX', ARGV[3])
redis.call('ZADD', sessions, 0, ARGV[2])
return { 'ok', 'live' }

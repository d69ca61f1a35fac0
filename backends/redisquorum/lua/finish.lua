-- Ends sessions for ever. KEYS from 6 on: their rows. ARGV: view, how long to remember
-- in ms, 'always' or 'expired', IDs. Returns for each 'dead', or 'live' if its row is
-- there and only expired ones were to end. EXISTS removes an expired row, so that it
-- cannot return when the clock steps back.
local answers, t = { 'ok' }, now()
redis.call('ZREMRANGEBYSCORE', ended, '-inf', t - tonumber(ARGV[2])) -- before any is counted
for i = 4, #ARGV do
  local row = KEYS[i + 2]
  if ARGV[3] == 'expired' and redis.call('EXISTS', row) == 1 then
    answers[#answers + 1] = 'live'
  else
    redis.call('ZADD', ended, 'NX', t, ARGV[i])
    redis.call('DEL', row)
    redis.call('ZREM', sessions, ARGV[i])
    answers[#answers + 1] = 'dead'
  end
end
return answers

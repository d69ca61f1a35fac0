-- Looks at sessions. KEYS from 6 on: their rows. ARGV: view, IDs. Returns for each
-- 'dead', 'live' or 'absent', the row's text or nothing, and its time left in ms.
local answers = { 'ok' }
for i = 2, #ARGV do
  local row, n = KEYS[i + 4], #answers
  local text = redis.call('GET', row)
  answers[n + 1] = redis.call('ZSCORE', ended, ARGV[i]) and 'dead' or text and 'live' or 'absent'
  answers[n + 2] = text
  answers[n + 3] = redis.call('PTTL', row)
  if not text then
    redis.call('ZREM', sessions, ARGV[i])
  end
end
return answers

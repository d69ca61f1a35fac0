-- Promises a ballot for keys. ARGV: view, size, ballot, keys. Returns for each key 'ok'
-- and what was accepted, or the larger ballot that it has promised, or 'foreign', until
-- the values have passed the size.
local answers, size = { 'ok' }, 0
for i = 4, #ARGV do
  local promised, accepted = promise(ARGV[i]), redis.call('HGET', state, 'a' .. ARGV[i])
  local n = #answers
  answers[n + 2] = false
  if not ours(promised, accepted) then
    answers[n + 1] = 'foreign'
  elseif promised >= ARGV[3] then
    answers[n + 1] = promised
  else
    redis.call('HSET', state, 'p' .. ARGV[i], ARGV[3])
    answers[n + 1], answers[n + 2] = 'ok', accepted
    size = size + (accepted and #accepted or 0)
  end
  if size > tonumber(ARGV[2]) then
    break
  end
end
return answers

-- Tells what was accepted. ARGV: view, size, keys. Returns a version, or nothing, for
-- each key until the values have passed the size.
local answers, size = { 'ok' }, 0
for i = 3, #ARGV do
  local accepted = redis.call('HGET', state, 'a' .. ARGV[i])
  answers[#answers + 1] = accepted
  size = size + (accepted and #accepted or 0)
  if size > tonumber(ARGV[2]) then
    break
  end
end
return answers

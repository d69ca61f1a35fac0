-- Lists a page of records. ARGV: view, size, begin and end of the range, how many.
-- Returns the count of changes, 1 if there may be more, else 0, then keys and versions,
-- until the values have passed the size.
local answers, size = { 'ok', redis.call('HGET', state, 'changes') or '0', 0 }, 0
local keys = redis.call('ZRANGEBYLEX', names, ARGV[3], ARGV[4], 'LIMIT', 0, ARGV[5])
if #keys == tonumber(ARGV[5]) then
  answers[3] = 1
end
for _, key in ipairs(keys) do
  local accepted = redis.call('HGET', state, 'a' .. key)
  answers[#answers + 1] = key
  answers[#answers + 1] = accepted
  size = size + (accepted and #accepted or 0)
  if size > tonumber(ARGV[2]) then
    answers[3] = 1
    break
  end
end
return answers

-- Hands out all that this server remembers, page by page, to a server that comes back.
-- ARGV: view, what, cursor, count, what a row's key begins with. Returns the floor, the
-- next cursor, then items of kind, name and two values, as merge.lua takes them.
local what = ARGV[2]
local page
if what == 'records' then
  page = redis.call('HSCAN', state, ARGV[3], 'COUNT', ARGV[4])
else
  page = redis.call('ZSCAN', what == 'sessions' and sessions or ended, ARGV[3], 'COUNT', ARGV[4])
end
local answers = { 'ok', floor, page[1] }
local function add(kind, name, a, b)
  local n = #answers
  answers[n + 1], answers[n + 2], answers[n + 3], answers[n + 4] = kind, name, a, b
end
for i = 1, #page[2], 2 do
  local name, value = page[2][i], page[2][i + 1]
  local kind = string.sub(name, 1, 1)
  if what == 'ended' then
    add('ended', name, value, '')
  elseif what == 'sessions' then
    local text = redis.call('GET', ARGV[5] .. name)
    if text then
      add('row', name, text, redis.call('PTTL', ARGV[5] .. name))
    end
  elseif kind == 'p' and ours(value) then
    add('promise', string.sub(name, 2), value, '')
  elseif kind == 'a' and ours('', value) then
    add('accepted', string.sub(name, 2), value, '')
  end
end
return answers

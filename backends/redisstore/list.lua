#!lua flags=allow-oom
-- Lists a page of records. KEYS: the hash of records, the set of their keys. ARGV: a
-- size, begin and end of the range, how many. Returns 1 if there may be more, else 0,
-- then key and value in turn, until the values have passed the size.
local found, size = { 0 }, 0
local keys = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
for _, key in ipairs(keys) do
  local value = redis.call('HGET', KEYS[1], key)
  found[#found + 1] = key
  found[#found + 1] = value
  size = size + (value and #value or 0)
  if size > tonumber(ARGV[1]) then
    found[1] = 1
    break
  end
end
if #keys == tonumber(ARGV[4]) then
  found[1] = 1
end
return found

#!lua flags=allow-oom
-- Reads records. KEYS: the hash of records. ARGV: a size, then record keys. Returns a
-- value, or nothing, for each key until the values have passed the size.
local found, size = {}, 0
for i = 2, #ARGV do
  local value = redis.call('HGET', KEYS[1], ARGV[i])
  found[#found + 1] = value
  size = size + (value and #value or 0)
  if size > tonumber(ARGV[1]) then
    break
  end
end
return found

#!lua flags=allow-oom
-- Looks at sessions. KEYS: set of sessions, then sessions. Returns for each its
-- description (nothing if it is gone) and its remaining time in ms. What is gone is
-- taken out of the set.
local found = {}
for i = 2, #KEYS do
  local description = redis.call('GET', KEYS[i])
  if not description then
    redis.call('ZREM', KEYS[1], KEYS[i])
  end
  found[#found + 1] = description
  found[#found + 1] = redis.call('PTTL', KEYS[i])
end
return found

#!lua flags=allow-oom
-- Tells which request wrote records last. KEYS: what write.lua sets.
return redis.call('GET', KEYS[1]) or ''

#!lua flags=allow-oom
-- Ends a session. KEYS: session, set of sessions. ARGV: channel.
redis.call('ZREM', KEYS[2], KEYS[1])
redis.call('DEL', KEYS[1])
redis.pcall('SPUBLISH', ARGV[1], KEYS[1])
return 1

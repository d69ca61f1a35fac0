#!lua flags=allow-oom
-- Lists a page of the set of sessions. KEYS: the set. ARGV: where to begin, how many.
return redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], '+', 'LIMIT', 0, ARGV[2])

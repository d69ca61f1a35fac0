-- Lists a page of session IDs. ARGV: view, where to begin, how many.
local answers = redis.call('ZRANGEBYLEX', sessions, ARGV[2], '+', 'LIMIT', 0, ARGV[3])
table.insert(answers, 1, 'ok')
return answers

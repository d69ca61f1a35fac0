-- Lists tombstones. ARGV: view, how old in ms, how many.
local answers = redis.call('ZRANGEBYSCORE', graves, '-inf', now() - tonumber(ARGV[2]), 'LIMIT', 0, ARGV[3])
table.insert(answers, 1, 'ok')
return answers

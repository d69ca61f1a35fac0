-- Tells how often anything was accepted. ARGV: view.
return { 'ok', redis.call('HGET', state, 'changes') or '0' }

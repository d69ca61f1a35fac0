-- What prepare, accept and drop share: the promise of a key, and whether what is
-- stored was written by us. A key of which nothing is stored has promised the floor.
local floor = redis.call('HGET', state, 'floor') or ''
local function promise(key)
  return redis.call('HGET', state, 'p' .. key) or floor
end
local function ours(promised, accepted)
  return (promised == '' or #promised == 36 and string.match(promised, '^%d+$'))
    and (not accepted or string.match(accepted, '^%d+ [=x]%w+ [%w,-]*:'))
end

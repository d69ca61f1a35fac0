#!lua
-- Tries writes, each by itself. KEYS: the hash of records, the set of their keys, the
-- set of sessions, the name of the newest request, then the sessions that writes name. ARGV: channel, nonce, then for
-- each write its key, the expected revision, 'put' or 'delete', the value, and the
-- place of its session among those named, or 0. Returns the stamp, then for each
-- write 'applied', 'conflict' or 'alive'.
local records, names, sessions = KEYS[1], KEYS[2], KEYS[3]
-- These fail before anything is written if a key holds something else. So does HGET
-- for the records.
redis.call('ZCARD', names)
redis.call('ZCARD', sessions)

local now = redis.call('TIME')
local stamp = now[1] .. string.format('%06d', now[2])
local hints = {}

-- The server's time stands still during a script: what is gone for the check is gone
-- for the writes too. Deleting makes sure that an expired key never counts again.
local dead = {}
local function is_dead(i)
  if dead[i] == nil then
    local key = KEYS[4 + i]
    dead[i] = redis.call('EXISTS', key) == 0
    if dead[i] then
      redis.call('DEL', key)
      if redis.call('ZREM', sessions, key) == 1 then
        hints[#hints + 1] = key
      end
    end
  end
  return dead[i]
end

local answers = { stamp }
local n, written = 0, false
for i = 3, #ARGV, 5 do
  local key, expect, what, value, session = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], tonumber(ARGV[i + 4])
  local old = redis.call('HGET', records, key)
  -- The revision of what nobody of us wrote is false, which equals no string.
  local revision = old and (string.match(old, '^(%d+%-%x+):') or false) or not old and ''
  if revision ~= expect then
    answers[#answers + 1] = 'conflict'
  elseif session > 0 and not is_dead(session) then
    answers[#answers + 1] = 'alive'
  else
    if what == 'delete' then
      redis.call('HDEL', records, key)
      redis.call('ZREM', names, key)
    else
      redis.call('ZADD', names, 0, key)
      redis.call('HSET', records, key, stamp .. '-' .. ARGV[2] .. string.format('%03x', n) .. ':' .. value)
    end
    hints[#hints + 1] = key
    written = true
    answers[#answers + 1] = 'applied'
  end
  n = n + 1
end
if written then
  redis.call('SET', KEYS[4], stamp .. '-' .. ARGV[2]) -- names no request before or after a failover
end
if #hints > 0 then
  redis.pcall('SPUBLISH', ARGV[1], table.concat(hints, '\n')) -- a hint: it may fail
end
return answers

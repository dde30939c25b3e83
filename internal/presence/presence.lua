-- Renews the lease of one process, keeps its users where they are sent, and gives those of the others that it does not know.
--
-- KEYS[1]  a sorted set: processes by when their lease ends, in milliseconds
-- KEYS[2]  a hash: each process's users, a line each
-- KEYS[3]  a hash: the version of each of these
-- ARGV     the process, how long its lease is, the version of its users, 1 where they are sent and then they; after that pairs
--          of a process and the version of its users that is known
-- answers  1 where this process's users are here in this version, and of each other process: its name, how long its lease
--          lasts, 1 where its users are given, their version and they
local leases, lists, versions = KEYS[1], KEYS[2], KEYS[3]
local me, lease, version = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for _, process in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', string.format('%.0f', now))) do
	redis.call('ZREM', leases, process)
	redis.call('HDEL', lists, process)
	redis.call('HDEL', versions, process)
end

if ARGV[4] == '1' then
	redis.call('HSET', lists, me, ARGV[5])
	redis.call('HSET', versions, me, version)
end
redis.call('ZADD', leases, string.format('%.0f', now + lease), me)
for _, key in ipairs(KEYS) do
	-- What the last process leaves behind goes by itself.
	redis.call('PEXPIRE', key, 10 * lease)
end

local known = {}
for i = 6, #ARGV, 2 do
	known[ARGV[i]] = ARGV[i + 1]
end
local answer = {redis.call('HGET', versions, me) == version and 1 or 0}
local all = redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
	local process = all[i]
	local has = redis.call('HGET', versions, process)
	local users = has and has ~= known[process] and redis.call('HGET', lists, process)
	if process ~= me and has then
		table.insert(answer, process)
		table.insert(answer, tonumber(all[i + 1]) - now)
		table.insert(answer, users and 1 or 0)
		table.insert(answer, has)
		table.insert(answer, users or '')
	end
end
return answer

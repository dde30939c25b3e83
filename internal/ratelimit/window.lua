-- Counts requests by a sliding window, as window.take does in limits.go: see there. Times are in microseconds.
--
-- KEYS[1]  a hash: the spans of requests that count, as "first:last:requests" under numbers from head to tail, and their total
-- ARGV     how many requests are allowed, in which period, in how many spans at least, the time, 0 for Redis's own, how many
--          requests there are: all are counted, or none; and 1 to count them, 0 to look only
-- answers  whether they are allowed, how many more are, when the oldest is counted no longer, and when these would be allowed
local key = KEYS[1]
local requests, per, spans, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local some, counts = tonumber(ARGV[5]), ARGV[6] == '1'
if now == 0 then
	local time = redis.call('TIME')
	now = time[1] * 1000000 + time[2]
end

local function read(i)
	local first, last, n = string.match(redis.call('HGET', key, i), '^(%d+):(%d+):(%d+)$')
	return tonumber(first), tonumber(last), tonumber(n)
end

local function write(i, first, last, n)
	redis.call('HSET', key, i, string.format('%.0f:%.0f:%.0f', first, last, n))
end

local state = redis.call('HMGET', key, 'head', 'tail', 'total')
local head, tail, total = tonumber(state[1] or 1), tonumber(state[2] or 0), tonumber(state[3] or 0)

-- Times are cut to microseconds: what is a period old by them may be a little younger, and still counts.
while head <= tail do
	local _, last, n = read(head)
	if last + per >= now then break end
	redis.call('HDEL', key, head)
	head, total = head + 1, total - n
end

local allowed = total + some <= requests
if allowed and counts then
	total = total + some
	local joined = false
	if head <= tail and requests > spans then
		local first, _, n = read(tail)
		if now - first < per / spans then
			write(tail, first, now, n + some)
			joined = true
		end
	end
	if not joined then
		tail = tail + 1
		write(tail, now, now, some)
	end
	redis.call('PEXPIRE', key, math.ceil(per / 1000) + 1)
end
-- A key with nothing to count would never expire.
if state[1] or (allowed and counts) then
	redis.call('HSET', key, 'head', head, 'tail', tail, 'total', total)
end

local reset, retry = 0, per
if head <= tail then
	local _, last = read(head)
	reset = last + per + 1 - now
	local missing, i = total + some - requests, head
	while missing > 0 and i <= tail do
		local _, last, n = read(i)
		retry, missing, i = last + per + 1 - now, missing - n, i + 1
	end
end
return {allowed and 1 or 0, requests - total, reset, retry}

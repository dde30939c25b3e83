package mongodb

import "time"

// toMicros is how a time is stored: microseconds since 1970 in UTC, and 0 for the zero time. The dates of BSON have
// milliseconds.
func toMicros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the time that micros stored.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// grace is how much longer than it is needed, at least, the database keeps what it deletes by itself.
const grace = 24 * time.Hour

// forgetAt is when the database should delete by itself what is of no use after the time over: what is over is told by
// queries, and this is for what nobody has deleted. It is reckoned from now, so that nothing goes at once.
func forgetAt(over time.Time) time.Time {
	if now := time.Now(); over.Before(now) {
		over = now
	}
	return over.Add(grace)
}

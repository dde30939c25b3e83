package ratelimit

import "time"

// SetClock makes the limits go by another clock than Redis's.
func (l *Redis) SetClock(clock func() time.Duration) { l.clock = clock }

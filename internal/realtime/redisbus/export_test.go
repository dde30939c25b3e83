package redisbus

// Waiting tells how many hints, and bytes of them, are to be sent.
func (b *Bus) Waiting() (hints, bytes int) {
	b.out.mu.Lock()
	defer b.out.mu.Unlock()
	return len(b.out.waiting), b.out.bytes
}

// Hears reports whether there is a connection to hear by.
func (b *Bus) Hears() bool { return b.roll.hears() }

package dongbaejul

import "maps"

// Cursors are how far somebody has followed what the server numbers. They may be kept as JSON, and are good for as long as
// the server's data is. The zero value is for who has followed nothing yet.
type Cursors struct {
	// Rooms holds the last seq of each room's log.
	Rooms map[string]int64 `json:"rooms"`
	// Notifications is the seq of the last notification; nil for none yet.
	Notifications *int64 `json:"notifications,omitempty"`
}

// none reports whether nothing was followed yet.
func (c Cursors) none() bool { return c.Rooms == nil && c.Notifications == nil }

// clone returns cursors that share nothing with c.
func (c Cursors) clone() Cursors {
	out := Cursors{Rooms: maps.Clone(c.Rooms)}
	if c.Notifications != nil {
		out.Notifications = new(*c.Notifications)
	}
	return out
}

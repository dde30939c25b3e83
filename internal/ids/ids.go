// Package ids makes the ids of everything stored. An id is opaque to clients.
package ids

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/google/uuid"
)

// New makes an id that sorts by the time it was made: a UUIDv7 (RFC 9562 §5.7).
func New() string { return uuid.Must(uuid.NewV7()).String() }

// From makes the id that always follows from parts: a UUIDv8 (RFC 9562 §5.8) over their SHA-256. What must exist once for
// some key gets its id from that key, and a unique id is then all that a store needs to promise.
func From(parts ...string) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	var id uuid.UUID
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

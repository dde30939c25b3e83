package mongodb

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// fate is what becomes of a command on its way.
type fate int

const (
	// pass: nothing.
	pass fate = iota
	// drop: the connection breaks before the server has it.
	drop
	// lose: the server has done it, and the connection breaks before the answer is here.
	lose
	// stall: nothing is heard any more, until the wire is snapped.
	stall
	// refused and more: the server answers with an error, whose code is what is more.
	refused
)

// refuse is the fate of being answered with an error, and not done.
func refuse(code int) fate { return refused + fate(code) }

func (f fate) String() string {
	if f >= refused {
		return fmt.Sprint("error ", int(f-refused))
	}
	return [...]string{"pass", "drop", "lose", "stall"}[f]
}

var errBroken = errors.New("the test has broken the connection")

// wire is the way of one store to the server, which a test can cut.
type wire struct {
	mu sync.Mutex
	// meet decides about a command by its name, such as "insert".
	meet func(command string) fate
	cut  bool
	// answers are the replies to commands that the server never gets.
	answers map[string]bson.D
	// stalled are the connections from which nothing is heard.
	stalled []net.Conn
	// broken tells of each command that has met its fate: of one whose answer is lost, when the server has done it.
	broken chan fate
}

func newWire() *wire { return &wire{broken: make(chan fate, 1000)} }

// through makes a store take the way.
func (w *wire) through(opts *options.ClientOptions) {
	// The driver waits half a second before it tries a server again.
	opts.SetDialer(w).SetHeartbeatInterval(500 * time.Millisecond)
}

// set lets all pass that meet does not stop.
func (w *wire) set(meet func(command string) fate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.meet, w.cut = meet, false
}

// sever ends all communication.
func (w *wire) sever() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
}

// snap closes the connections that are stalled.
func (w *wire) snap() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range w.stalled {
		_ = conn.Close()
	}
	w.stalled = nil
}

func (w *wire) severed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut
}

func (w *wire) fateOf(command string) fate {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.cut:
		return drop
	case w.meet == nil || slices.Contains([]string{"hello", "ping", "endSessions", ""}, command):
		return pass
	}
	return w.meet(command)
}

// DialContext implements options.ContextDialer.
func (w *wire) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if w.severed() {
		return nil, errBroken
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &wireConn{Conn: conn, wire: w}, nil
}

type wireConn struct {
	net.Conn
	wire *wire
	fate fate
	// answer is what was not read yet of an answer that is not the server's.
	answer bytes.Buffer
}

// Write takes whole commands: the driver writes each at once.
func (c *wireConn) Write(b []byte) (int, error) {
	if answer, ok := c.wire.answers[commandOf(b)]; ok {
		return len(b), c.reply(b, answer)
	}
	switch c.fate = c.wire.fateOf(commandOf(b)); {
	case c.fate == drop:
		_ = c.Close()
		c.wire.broken <- drop
		return 0, errBroken
	case c.fate == stall:
		c.wire.mu.Lock()
		c.wire.stalled = append(c.wire.stalled, c.Conn)
		c.wire.mu.Unlock()
		return len(b), nil
	case c.fate > refused:
		return len(b), c.reply(b, bson.D{
			{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(c.fate - refused)}, {Key: "errmsg", Value: "refused by the test"},
		})
	}
	return c.Conn.Write(b)
}

// reply answers the message b.
func (c *wireConn) reply(b []byte, answer any) error {
	document, err := bson.Marshal(answer)
	if err != nil {
		return err
	}
	const opMsg, header = 2013, 16 + 4 + 1
	var head [header]byte
	binary.LittleEndian.PutUint32(head[0:], uint32(header+len(document)))
	copy(head[8:12], b[4:8]) // what it answers
	binary.LittleEndian.PutUint32(head[12:], opMsg)
	c.answer.Write(head[:])
	c.answer.Write(document)
	return nil
}

func (c *wireConn) Read(b []byte) (int, error) {
	if c.answer.Len() > 0 {
		return c.answer.Read(b)
	}
	n, err := c.Conn.Read(b)
	if err == nil && (c.fate == lose || c.wire.severed()) {
		_ = c.Close()
		c.wire.broken <- lose
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// commandOf returns the name of the command in a message of the kind OP_MSG: that of the first field of its first section.
func commandOf(b []byte) string {
	const (
		opMsg = 2013
		// The header, the flags, the section's kind, the document's length and the field's type.
		before = 16 + 4 + 1 + 4 + 1
	)
	if len(b) < before || binary.LittleEndian.Uint32(b[12:]) != opMsg {
		return ""
	}
	name, _, _ := strings.Cut(string(b[before:]), "\x00")
	return name
}

func isWrite(command string) bool {
	return slices.Contains([]string{"insert", "update", "delete", "findAndModify"}, command)
}

// nthWrite has a fate for the n-th write, counted from 0, and lets all others pass. hit reports whether there was one.
func nthWrite(n int, f fate) (meet func(string) fate, hit *bool) {
	hit = new(bool)
	return func(command string) fate {
		if !isWrite(command) {
			return pass
		}
		if n--; n == -1 {
			*hit = true
			return f
		}
		return pass
	}, hit
}

// throughAWire opens a store that a wire leads to.
func throughAWire(t *testing.T, uri string, more ...func(*options.ClientOptions)) (*Store, *wire) {
	t.Helper()
	w := newWire()
	return OpenURI(t, uri, append([]func(*options.ClientOptions){w.through}, more...)...), w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package rpc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

const (
	// largeBodies is how many requests of more than smallRequest bytes are read and decoded at once. One user has a share of them,
	// and so have all whose token is not valid together, and one address of those: a client that sends slowly does not block
	// others.
	largeBodies          = 32
	largeBodiesOfUser    = 4
	largeBodiesOfUnknown = 12
	largeBodiesOfAddress = 4
	// bodyPatience is how long one more may wait for its turn.
	bodyPatience = 5 * time.Second
)

var errBusy = fault.New(fault.Unavailable, "SERVER_BUSY",
	"요청이 많아 지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.",
	"The server is busy with other large requests. Try again shortly.").WithRetryAfter(time.Second)

// turns bounds how many large bodies are read at once, in all and by sender. It may be used concurrently.
type turns struct {
	// all has a place for each turn, and unknown one for each turn of a sender that is not a user.
	all, unknown chan struct{}

	mu     sync.Mutex
	shares map[sender]*share
}

// sender is a user, or an address if it is not known who calls.
type sender struct{ user, address string }

// share is what one sender has of the turns. It exists while somebody waits for it or has it.
type share struct {
	places chan struct{}
	// users are those who wait for a place or have one.
	users int
}

func newTurns(most int) *turns {
	return &turns{
		all: make(chan struct{}, most), unknown: make(chan struct{}, largeBodiesOfUnknown), shares: make(map[sender]*share),
	}
}

// take waits for a turn until ctx ends, and bodyPatience at most. It returns what ends the turn.
func (t *turns) take(ctx context.Context, from sender) (end func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, bodyPatience, errTooManyBodies)
	defer cancel()
	own := t.join(from)
	places := []chan struct{}{own.places, t.unknown, t.all}
	if from.user != "" {
		places = []chan struct{}{own.places, t.all}
	}
	for i, p := range places {
		if err := enter(ctx, p); err != nil {
			t.leave(from, own, places[:i])
			return nil, err
		}
	}
	return func() { t.leave(from, own, places) }, nil
}

func (t *turns) join(from sender) *share {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.shares[from]
	if own == nil {
		most := largeBodiesOfAddress
		if from.user != "" {
			most = largeBodiesOfUser
		}
		own = &share{places: make(chan struct{}, most)}
		t.shares[from] = own
	}
	own.users++
	return own
}

// leave frees the places of from, and forgets its share when no call of it is left.
func (t *turns) leave(from sender, own *share, places []chan struct{}) {
	for _, p := range places {
		<-p
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if own.users--; own.users == 0 {
		delete(t.shares, from)
	}
}

var errTooManyBodies = connect.NewError(connect.CodeUnavailable, errors.New("too many large bodies at once"))

// enter waits for a place until ctx ends.
func enter(ctx context.Context, places chan<- struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
	}
	if cause := context.Cause(ctx); errors.Is(cause, errTooManyBodies) {
		return cause
	}
	return connect.NewError(connect.CodeCanceled, ctx.Err())
}

// body is the body of a call. What is large of it is read in its turn, which ends when its message has been decoded.
type body struct {
	io.ReadCloser
	ctx   context.Context
	large *turns
	// from is asked for the sender when a turn is taken.
	from func() sender
	// free is how much more may be read without a turn, in bytes.
	free int
	// end ends the turn; nil while there is none.
	end func()
}

// newBody bounds the body of a call that may have most bytes. One that is packed is large, whatever it has on the way.
func newBody(w http.ResponseWriter, r *http.Request, most int, large *turns, from func() sender) *body {
	b := &body{ReadCloser: http.MaxBytesReader(w, r.Body, maxDrained), ctx: r.Context(), large: large, from: from, free: smallRequest + 1}
	switch {
	case most <= smallRequest:
		// What is longer is refused, and only read away.
		b.free = maxDrained
	case isPacked(r.Header):
		b.free = 0
	}
	return b
}

func (b *body) Read(p []byte) (int, error) {
	if b.free == 0 && b.end == nil {
		end, err := b.large.take(b.ctx, b.from())
		if err != nil {
			return 0, err
		}
		b.end = end
	}
	if b.end == nil {
		p = p[:min(len(p), b.free)]
	}
	n, err := b.ReadCloser.Read(p)
	b.free = max(b.free-n, 0)
	return n, err
}

// decoded ends the body's turn. It is called by the goroutine that reads the body.
func (b *body) decoded() {
	if b != nil && b.end != nil {
		b.end()
		b.end, b.free = nil, maxDrained
	}
}

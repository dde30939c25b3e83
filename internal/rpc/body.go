package rpc

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

const (
	// largeBodies is how many requests of more than smallRequest bytes are read and decoded at once.
	largeBodies = 16
	// bodyPatience is how long one more may wait for its turn.
	bodyPatience = 5 * time.Second
)

var errBusy = fault.New(fault.Unavailable, "SERVER_BUSY",
	"요청이 많아 지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.",
	"The server is busy with other large requests. Try again shortly.").WithRetryAfter(time.Second)

// turns bounds what is done at once.
type turns chan struct{}

// take waits for a turn until ctx ends, and bodyPatience at most.
func (t turns) take(ctx context.Context) error {
	timer := time.NewTimer(bodyPatience)
	defer timer.Stop()
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return connect.NewError(connect.CodeCanceled, ctx.Err())
	case <-timer.C:
		return connect.NewError(connect.CodeUnavailable, errors.New("too many large bodies at once"))
	}
}

// body is the body of a call. What is large of it is read in its turn, which ends when its message has been decoded.
type body struct {
	io.ReadCloser
	ctx   context.Context
	large turns
	// free is how much more may be read without a turn, in bytes.
	free  int
	taken bool
}

// newBody bounds the body of a call that may have most bytes. One that is packed is large, whatever it has on the way.
func newBody(w http.ResponseWriter, r *http.Request, most int, large turns) *body {
	b := &body{ReadCloser: http.MaxBytesReader(w, r.Body, maxDrained), ctx: r.Context(), large: large, free: smallRequest + 1}
	if most > smallRequest && isPackedRequest(r.Header) {
		b.free = 0
	}
	return b
}

func isPackedRequest(h http.Header) bool {
	for _, name := range []string{"Content-Encoding", "Connect-Content-Encoding", "Grpc-Encoding"} {
		if packing := h.Get(name); packing != "" && packing != "identity" {
			return true
		}
	}
	return false
}

func (b *body) Read(p []byte) (int, error) {
	if b.free == 0 && !b.taken {
		if err := b.large.take(b.ctx); err != nil {
			return 0, err
		}
		b.taken = true
	}
	if !b.taken {
		p = p[:min(len(p), b.free)]
	}
	n, err := b.ReadCloser.Read(p)
	b.free = max(b.free-n, 0)
	return n, err
}

// decoded ends the body's turn. It is called by the goroutine that reads the body.
func (b *body) decoded() {
	if b != nil && b.taken {
		b.taken, b.free = false, maxDrained
		<-b.large
	}
}

var errUnpackedTooLarge = connect.NewError(connect.CodeResourceExhausted, errors.New("the message is too large when it is unpacked"))

// unpacker is gzip that ends with an error after what a request may have: connect reads on to the end of one that is too
// large, to name its size.
type unpacker struct {
	gzip.Reader
	left int
}

func (u *unpacker) Read(p []byte) (int, error) {
	if u.left <= 0 {
		return 0, errUnpackedTooLarge
	}
	n, err := u.Reader.Read(p[:min(len(p), u.left)])
	u.left -= n
	return n, err
}

func (u *unpacker) Reset(r io.Reader) error {
	// One byte more than the most, for connect to find that it is too many.
	u.left = largeRequest + 1
	return u.Reader.Reset(r)
}

// packing is connect's own, but for the unpacker.
func packing() connect.HandlerOption {
	return connect.WithCompression("gzip",
		func() connect.Decompressor { return &unpacker{} },
		func() connect.Compressor { return gzip.NewWriter(io.Discard) },
	)
}

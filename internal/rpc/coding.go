package rpc

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"sync"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/accept"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

var errCoding = fault.New(fault.Invalid, "UNSUPPORTED_ENCODING",
	"본문은 gzip으로만 압축할 수 있습니다.", "The body may be compressed by gzip only.")

// CheckCoding refuses a body that is compressed by something other than gzip, and then sets Accept-Encoding in the answer
// (RFC 9110 §15.5.16).
func CheckCoding(request, response http.Header) error {
	codings := accept.Applied(request.Values("Content-Encoding"))
	if len(codings) == 0 || len(codings) == 1 && codings[0] == "gzip" {
		return nil
	}
	response.Set("Accept-Encoding", "gzip")
	return errCoding
}

// checkMessageCoding refuses the messages of a stream that are compressed by something other than gzip, and then sets
// Connect-Accept-Encoding in the answer. gRPC has a code of its own for that, which connect answers with.
func checkMessageCoding(request, response http.Header) error {
	if knowsCoding(request.Get("Connect-Content-Encoding")) {
		return nil
	}
	response.Set("Connect-Accept-Encoding", "gzip")
	return errCoding
}

// knowsCoding reports whether messages can be unpacked that are compressed by a coding; empty for none.
func knowsCoding(name string) bool {
	coding := accept.Coding(name)
	return coding == "" || coding == accept.Identity || coding == "gzip"
}

// canonicalCodings writes the codings of the messages within a body as connect knows them.
func canonicalCodings(h http.Header) {
	for _, name := range [...]string{"Connect-Content-Encoding", "Grpc-Encoding"} {
		if coding := h.Get(name); coding != "" {
			h.Set(name, accept.Coding(coding))
		}
	}
}

// isPacked reports whether the body, or what is in it, is compressed.
func isPacked(h http.Header) bool {
	for _, name := range [...]string{"Content-Encoding", "Connect-Content-Encoding", "Grpc-Encoding"} {
		if len(accept.Applied(h.Values(name))) > 0 {
			return true
		}
	}
	return false
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

// packing is connect's own, but for the unpacker. It is for messages within a body, and those of GET.
func packing() connect.HandlerOption {
	return connect.WithCompression("gzip",
		func() connect.Decompressor { return &unpacker{} },
		func() connect.Compressor { return gzip.NewWriter(io.Discard) },
	)
}

var unpackers = sync.Pool{New: func() any { return new(unpacker) }}

// packedBody is a body that is compressed as a whole. Nothing of it is unpacked before it is read.
type packedBody struct {
	io.ReadCloser
	// most is how much of it may be read.
	most int
	*unpacker
	err error
}

func (b *packedBody) Read(p []byte) (int, error) {
	if b.unpacker == nil && b.err == nil {
		u, _ := unpackers.Get().(*unpacker)
		if err := u.Reset(b.ReadCloser); err != nil {
			// An empty body is empty whatever it is called: that is io.EOF.
			unpackers.Put(u)
			b.err = err
		} else {
			u.left = b.most + 1
			b.unpacker = u
		}
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.unpacker.Read(p)
	if b.err = err; err != nil {
		unpackers.Put(b.unpacker)
		b.unpacker = nil
	}
	return n, err
}

func (b *packedBody) Close() error { return b.ReadCloser.Close() }

package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"connectrpc.com/connect"
)

// restExchange is one request on its way through vanguard, and its answer. An error that is not the RPC's, but vanguard's
// own about the request, is held back, to be given the form of all others.
type restExchange struct {
	http.ResponseWriter
	// asked is set when the RPC's handler is asked.
	asked bool
	// answered is set when the RPC's handler answers.
	answered bool
	// tooLarge is set when the body was.
	tooLarge bool
	// refused is set when vanguard refuses the request, words are what it says.
	refused bool
	words   bytes.Buffer
}

type restExchangeKey struct{}

func withExchange(ctx context.Context, x *restExchange) context.Context {
	return context.WithValue(ctx, restExchangeKey{}, x)
}

func exchangeFrom(ctx context.Context) *restExchange {
	x, _ := ctx.Value(restExchangeKey{}).(*restExchange)
	return x
}

func (x *restExchange) WriteHeader(status int) {
	if status >= http.StatusBadRequest {
		if !x.answered {
			x.refused = true
			return
		}
		if x.tooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		// vanguard leaves the type of the handler's answer there.
		x.Header().Set("Content-Type", jsonType)
	}
	x.ResponseWriter.WriteHeader(status)
}

// maxWords bounds what vanguard's own errors may say, in bytes.
const maxWords = 4 << 10

func (x *restExchange) Write(p []byte) (int, error) {
	if !x.refused {
		return x.ResponseWriter.Write(p)
	}
	x.words.Write(p[:min(len(p), maxWords-x.words.Len())])
	return len(p), nil
}

// Flush does nothing: an answer is whole when it is written, and one held back must not begin.
func (x *restExchange) Flush() {}

// Unwrap is for http.ResponseController.
func (x *restExchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// refusal is why vanguard refused the request. Nothing of ours was asked, so that the fault is the request's, whatever
// code vanguard gives it.
func (x *restExchange) refusal() error {
	var status struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(x.words.Bytes(), &status) != nil {
		status.Message = x.words.String()
	}
	// protojson begins with its name and either of two spaces.
	words := strings.TrimSpace(strings.TrimPrefix(status.Message, "proto:"))
	return connect.NewError(connect.CodeInvalidArgument, errors.New(words))
}

// onlyWhatIsRead goes between vanguard and the RPCs: to a handler, vanguard ends a body that it could not read like an
// empty one, which is a valid request of every RPC without required fields.
func onlyWhatIsRead(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := exchangeFrom(r.Context())
		x.asked = true
		r.Body = &readBody{ReadCloser: r.Body, exchange: x}
		next.ServeHTTP(&answerWriter{ResponseWriter: w, exchange: x}, r)
	})
}

// readBody ends with an error where the request was refused while it was read.
type readBody struct {
	io.ReadCloser
	exchange *restExchange
}

func (b *readBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		b.exchange.tooLarge = true
	}
	if errors.Is(err, io.EOF) && b.exchange.refused {
		err = b.exchange.refusal()
	}
	return n, err
}

// answerWriter tells the exchange that an answer is the RPC's.
type answerWriter struct {
	http.ResponseWriter
	exchange *restExchange
}

func (w *answerWriter) WriteHeader(status int) {
	w.exchange.answered = w.exchange.answered || !w.exchange.refused
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	w.exchange.answered = w.exchange.answered || !w.exchange.refused
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

package rpc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/accept"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// Handler goes around a generated handler. It bounds what is read of a body. connect reads a request before it asks the first
// interceptor, and answers by itself when it cannot; such an answer is counted against the limits here, unless the gate has
// counted the call, and is given the form of all others, and its line in the log.
func (c *Chain) Handler(next http.Handler) http.Handler {
	return &edge{Chain: c, next: next, answers: connect.NewErrorWriter()}
}

type edge struct {
	*Chain
	next    http.Handler
	answers *connect.ErrorWriter
}

func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	held, call := hold(w, r)
	if err := e.readHeader(held); err != nil {
		if exhausted := e.Count(w, held.request, r.URL.Path); exhausted != nil {
			err = exhausted
		}
		e.refuse(held, err, describe(err))
		return
	}
	if call.body == nil {
		held.request.Body = e.bound(w, held.request, call, r.URL.Path)
		defer call.body.decoded()
	}
	defer func() { call.attempt.end(r.Context(), false) }()
	e.next.ServeHTTP(held, held.request)
	if !held.passing {
		e.answer(held, call)
	}
}

// readHeader validates the headers of a request, or the query of a GET, and rewrites them for connect. HEAD is answered as GET;
// net/http leaves the body out.
func (e *edge) readHeader(held *heldWriter) error {
	r := held.request
	if e.reads[r.URL.Path] && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		r.Method = http.MethodGet
		return readGet(r)
	}
	if r.Method == http.MethodPost {
		if err := refuseQuery(r.URL.RawQuery, r.Header); err != nil {
			return err
		}
	}
	canonicalCodings(r.Header)
	return cmp.Or(CheckCoding(r.Header, held.Header()), checkMessageCoding(r.Header, held.Header()))
}

// answer lets an answer go that nobody of ours has a part in.
func (e *edge) answer(held *heldWriter, c *call) {
	if !c.counted {
		if err := e.Count(held.ResponseWriter, held.request, held.request.URL.Path); err != nil {
			e.refuse(held, err, describe(err))
			return
		}
	}
	refused, ok := held.refusal()
	if !ok {
		if held.status == http.StatusMethodNotAllowed && e.reads[held.request.URL.Path] {
			held.Header().Set("Allow", "GET, HEAD, POST")
		}
		if err := bare[held.status]; err != nil {
			e.refuseAs(held, held.status, err)
			return
		}
		held.pass()
		return
	}
	if isServers(refused.Code()) || refused.Code() == connect.CodeUnimplemented && knowsCoding(held.request.Header.Get("Grpc-Encoding")) {
		// Nobody of ours was asked: it is the request that could not be read, whatever connect calls it.
		refused = connect.NewError(connect.CodeInvalidArgument, errors.New(refused.Message()))
	}
	f := describeRaised(refused).sized(e.readMax.of(held.request.URL.Path))
	c.attempt.end(held.request.Context(), f.callers())
	e.refuse(held, refused, f)
}

// Bound bounds the body of a request to procedure that is read before its handler is asked, by what turns one protocol into
// another, and unpacks it: CheckCoding must have let it pass. It returns the request to go on with, and what ends its turn.
func (c *Chain) Bound(w http.ResponseWriter, r *http.Request, procedure string) (_ *http.Request, done func()) {
	ctx, call := begin(r.Context(), r.Header, w.Header())
	r = r.WithContext(ctx)
	r.Body = c.bound(w, r, call, procedure)
	return r, call.body.decoded
}

func (c *Chain) bound(w http.ResponseWriter, r *http.Request, of *call, procedure string) io.ReadCloser {
	// What is read from here on is plain.
	defer r.Header.Del("Content-Encoding")
	if r.Body == nil || r.Body == http.NoBody {
		return r.Body
	}
	most := c.readMax.of(procedure)
	of.body = newBody(w, r, most, c.large, func() sender {
		if caller := of.caller.Load(); caller != nil {
			return sender{user: caller.UserID}
		}
		return sender{address: network(clientAddress(r.Context(), r.RemoteAddr))}
	})
	if len(accept.Applied(r.Header.Values("Content-Encoding"))) == 0 {
		return of.body
	}
	r.ContentLength = -1
	return &packedBody{ReadCloser: of.body, most: most}
}

// Count counts a request to procedure that is refused without asking its handler: against the limit of its caller, or of the
// address where the caller is not known. It sets the answer's header.
func (c *Chain) Count(w http.ResponseWriter, r *http.Request, procedure string) error {
	ctx := r.Context()
	if caller, err := callerOf(ctx, c.authenticator, r.Header); err == nil {
		ctx = identity.With(ctx, caller)
	}
	a, err := c.limits.take(ctx, &asked{
		spec: connect.Spec{Procedure: procedure}, peer: connect.Peer{Addr: r.RemoteAddr}, request: r.Header, response: w.Header(),
	})
	a.end(ctx, true)
	return err
}

// ErrMethod is an HTTP method that an address does not take.
var ErrMethod = fault.New(fault.Unimplemented, "METHOD_NOT_ALLOWED",
	"이 주소에서 쓸 수 없는 메서드입니다.", "This address does not take that method.")

// bare are the statuses that connect answers what is no call of any protocol with, without a body.
var bare = map[int]error{
	http.StatusMethodNotAllowed: ErrMethod,
	http.StatusUnsupportedMediaType: fault.New(fault.Invalid, "UNSUPPORTED_MEDIA_TYPE",
		"이 호출이 받지 않는 형식의 본문입니다.", "This call does not take a body of that type."),
}

// refuseAs answers err as JSON with an HTTP status, whatever protocol the request claims to be of.
func (e *edge) refuseAs(held *heldWriter, status int, err error) {
	held.request = held.request.Clone(held.request.Context())
	held.request.Header.Del("Content-Type")
	held.ResponseWriter = &statusWriter{held.ResponseWriter, status}
	e.refuse(held, err, describe(err))
}

// statusWriter sends what its handler writes with a status of its own.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(int) { w.ResponseWriter.WriteHeader(w.status) }

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// refuse answers f in place of what was held back.
func (e *edge) refuse(held *heldWriter, cause error, f failure) {
	r := held.request
	ctx := r.Context()
	e.report.write(ctx, ending{
		spec:     connect.Spec{Procedure: r.URL.Path},
		protocol: protocolOf(r.Header.Get("Content-Type")), address: clientAddress(ctx, r.RemoteAddr),
		duration: time.Since(held.began), err: cause, failure: f, unread: true,
	})
	held.discard()
	w := held.ResponseWriter
	if err := e.answers.Write(w, r, wire(f, readerOf(RequestID(ctx), r.Header), w.Header())); err != nil {
		e.report.log.DebugContext(ctx, "an answer was not written", slog.String("error", err.Error()))
	}
}

// protocolOf tells the protocol of a call by its content type.
func protocolOf(contentType string) string {
	switch {
	case strings.HasPrefix(contentType, "application/grpc-web"):
		return connect.ProtocolGRPCWeb
	case strings.HasPrefix(contentType, "application/grpc"):
		return connect.ProtocolGRPC
	}
	return connect.ProtocolConnect
}

// maxHeld bounds what is held back, in bytes. What connect answers by itself is much less.
const maxHeld = 64 << 10

// heldWriter holds an answer back until it is known whose it is.
type heldWriter struct {
	http.ResponseWriter
	began time.Time
	// request is what the answer is to; nil once it passes.
	request *http.Request
	passing bool
	status  int
	body    bytes.Buffer
}

// hold begins the call that r is for, and holds the answer to it back.
func hold(w http.ResponseWriter, r *http.Request) (*heldWriter, *call) {
	ctx, call := begin(r.Context(), r.Header, w.Header())
	call.held = &heldWriter{ResponseWriter: w, began: time.Now(), request: r.WithContext(ctx)}
	return call.held, call
}

func (w *heldWriter) WriteHeader(status int) {
	if w.passing {
		w.ResponseWriter.WriteHeader(status)
	} else if w.status == 0 {
		w.status = status
	}
}

func (w *heldWriter) Write(p []byte) (int, error) {
	if !w.passing {
		if w.status == 0 {
			w.status = http.StatusOK
		}
		if w.body.Len()+len(p) <= maxHeld {
			return w.body.Write(p)
		}
		w.pass()
	}
	return w.ResponseWriter.Write(p)
}

// Flush is what connect asks for before it serves a stream.
func (w *heldWriter) Flush() {
	if w.passing {
		// A writer that cannot flush has nothing to be flushed.
		_ = http.NewResponseController(w.ResponseWriter).Flush()
	}
}

// Unwrap is for http.ResponseController.
func (w *heldWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// pass lets through what was held back, and everything from now on.
func (w *heldWriter) pass() {
	if w.passing {
		return
	}
	w.passing, w.request = true, nil
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
	if w.body.Len() > 0 {
		// Writing on tells of the error as well.
		_, _ = w.ResponseWriter.Write(w.body.Bytes())
		w.body.Reset()
	}
}

// discard forgets what was held back, to answer something else.
func (w *heldWriter) discard() {
	w.passing = true
	for key := range w.Header() {
		if strings.HasPrefix(key, http.TrailerPrefix) {
			delete(w.Header(), key)
		}
	}
}

// refusal reads the error in an answer of connect's own, in the form of any of its protocols; false where there is none.
func (w *heldWriter) refusal() (*connect.Error, bool) {
	h := w.Header()
	for _, prefix := range []string{http.TrailerPrefix, ""} {
		if status, err := strconv.Atoi(h.Get(prefix + "Grpc-Status")); err == nil && status != 0 {
			message, _ := url.PathUnescape(h.Get(prefix + "Grpc-Message"))
			return connect.NewError(connect.Code(status), errors.New(message)), true
		}
	}
	var answer struct {
		refusal
		// End is what a stream ends with.
		End refusal `json:"error"`
	}
	body := w.body.Bytes()
	if strings.HasPrefix(h.Get("Content-Type"), "application/connect+") && len(body) > 5 {
		body = body[5:]
	}
	if w.status == 0 || json.Unmarshal(body, &answer) != nil {
		return nil, false //nolint:nilerr // an answer that is no JSON is none of connect's own
	}
	for _, r := range []refusal{answer.refusal, answer.End} {
		if r.Code != 0 {
			return connect.NewError(r.Code, errors.New(r.Message)), true
		}
	}
	return nil, false
}

// refusal is an error as the Connect protocol writes it.
type refusal struct {
	Code    connect.Code `json:"code"`
	Message string       `json:"message"`
}

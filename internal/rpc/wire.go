package rpc

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// domain says whose reasons those of ErrorInfo are.
const domain = "dongbaejul"

// reader is who reads an error.
type reader struct {
	english   bool
	requestID string
	// presented reports whether the request came with credentials.
	presented bool
}

func readerOf(requestID string, request http.Header) reader {
	return reader{
		english: fault.English(request), requestID: requestID, presented: request.Get("Authorization") != "",
	}
}

func (r reader) text(t fault.Text) string { return t.In(r.english) }

func (r reader) locale() string {
	if r.english {
		return "en"
	}
	return "ko"
}

// Error makes of err, which is not nil, what goes out on the wire in answer to a request: its code, a sentence in the
// language asked for, and details of google.rpc. The cause is left out. Handlers with the options of a Chain do this by
// themselves; it is for what is refused elsewhere.
func Error(ctx context.Context, request, response http.Header, err error) *connect.Error {
	return wire(describe(err), readerOf(RequestID(ctx), request), response)
}

// wire returns a failure the form it has for r, and sets the response's header as HTTP asks for: not in the error's own
// metadata, since that is a trailer in gRPC, where HTTP forbids it.
func wire(f failure, r reader, response http.Header) *connect.Error {
	text := r.text(f.Text)
	if f.Reason == internal.Reason {
		text = r.text(fault.Text{
			Ko: fmt.Sprintf("%s (요청 번호: %s)", internal.Text.Ko, r.requestID),
			En: fmt.Sprintf("%s (request id: %s)", internal.Text.En, r.requestID),
		})
	}
	out := connect.NewError(f.code, errors.New(text))
	add := func(m proto.Message) {
		if detail, err := connect.NewErrorDetail(m); err == nil {
			out.AddDetail(detail)
		}
	}
	wait := f.wait()
	add(&errdetails.ErrorInfo{Reason: f.Reason, Domain: domain, Metadata: f.metadata(wait)})
	if len(f.Fields) > 0 {
		add(badRequest(f.Fields, r))
	}
	if wait > 0 {
		add(&errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
		response.Set("Retry-After", seconds(wait))
	}
	if detail, ok := f.Detail.(proto.Message); ok {
		add(detail)
	}
	add(&errdetails.RequestInfo{RequestId: r.requestID})
	if f.raised != nil {
		for _, detail := range f.raised.Details() {
			out.AddDetail(detail)
		}
		maps.Copy(out.Meta(), f.raised.Meta())
	}
	if f.code == connect.CodeUnauthenticated {
		response.Set("WWW-Authenticate", r.challenge())
	}
	return out
}

// usualWait is how long callers wait for a limit that does not say how long it is used up.
const usualWait = time.Minute

// wait is how long the caller should wait before calling again; 0 if unknown or useless.
func (f failure) wait() time.Duration {
	if f.RetryAfter <= 0 && f.code == connect.CodeResourceExhausted && f.Reason != tooLarge.Reason {
		return usualWait
	}
	return f.RetryAfter
}

// metadata returns ErrorInfo's metadata: that of the reason and that of every error.
func (f failure) metadata(wait time.Duration) map[string]string {
	told := maps.Clone(f.Meta)
	if told == nil {
		told = make(map[string]string)
	}
	if wait > 0 {
		told["retry_after"] = seconds(wait)
	}
	if f.tempID != "" {
		told["temp_id"] = f.tempID
	}
	return told
}

// tempIDOf returns the client's key of the message that a request is about; empty where it has none, or one that is too long.
func tempIDOf(request proto.Message) string {
	if request == nil {
		return ""
	}
	m := request.ProtoReflect()
	field := m.Descriptor().Fields().ByName("temp_id")
	if field == nil {
		return ""
	}
	id := m.Get(field).String()
	rules, ok := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
	if !ok || utf8.RuneCountInString(id) > int(rules.GetString().GetMaxLen()) {
		return ""
	}
	return id
}

func badRequest(fields []fault.Field, r reader) *errdetails.BadRequest {
	bad := &errdetails.BadRequest{}
	for _, f := range fields {
		text := r.text(f.Text)
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: f.Path, Description: text, Reason: f.Rule,
			LocalizedMessage: &errdetails.LocalizedMessage{Locale: r.locale(), Message: text},
		})
	}
	return bad
}

// challenge is how to authenticate (RFC 6750 §3).
func (r reader) challenge() string {
	if r.presented {
		return `Bearer realm="` + domain + `", error="invalid_token"`
	}
	return `Bearer realm="` + domain + `"`
}

// seconds is d as HTTP counts, in whole seconds and never too few.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64(math.Ceil(d.Seconds())), 10)
}

package dongbaejul

import (
	"context"
	"errors"
	"slices"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// domain says whose reasons those of an error are.
const domain = "dongbaejul"

// Problem is what is known of a call that failed.
type Problem struct {
	Code connect.Code
	// Reason is the server's stable name for it, such as "ROOM_NOT_FOUND", which Is compares with the contract's; empty where
	// it was not the server that answered: nobody did, or something between.
	Reason string
	// Message is for people, in the language that the client asked for.
	Message string
	// Fields say what is wrong with the request.
	Fields []*errdetails.BadRequest_FieldViolation
	// RetryAfter is how long the server asks to wait before trying again; 0 where it does not.
	RetryAfter time.Duration
	// RequestID is what the server's log knows the call by.
	RequestID string
	// Meta is more for programs, and Details are all that came along, such as the present state of a game.
	Meta    map[string]string
	Details []proto.Message
}

// Is reports whether the error has a reason of the contract. Each says there what it means and what to do.
func (p Problem) Is(reason v1.ErrorReason) bool { return reason.String() == "ERROR_REASON_"+p.Reason }

// Explain takes an error of a call apart.
func Explain(err error) Problem {
	p := Problem{Code: connect.CodeOf(err)}
	answered, ok := errors.AsType[*connect.Error](err)
	if !ok {
		if err != nil {
			p.Message = err.Error()
		}
		return p
	}
	p.Message = answered.Message()
	for _, d := range answered.Details() {
		detail, err := d.Value()
		if err != nil {
			// Of a newer contract than ours.
			continue
		}
		p.Details = append(p.Details, detail)
		p.read(detail)
	}
	return p
}

func (p *Problem) read(detail proto.Message) {
	switch d := detail.(type) {
	case *errdetails.ErrorInfo:
		if d.GetDomain() == domain {
			p.Reason, p.Meta = d.GetReason(), d.GetMetadata()
		}
	case *errdetails.BadRequest:
		p.Fields = d.GetFieldViolations()
	case *errdetails.RetryInfo:
		p.RetryAfter = max(0, d.GetRetryDelay().AsDuration())
	case *errdetails.RequestInfo:
		p.RequestID = d.GetRequestId()
	}
}

// refusals are the codes with which a server that is well says no: the same request gets the same answer.
var refusals = []connect.Code{
	connect.CodeInvalidArgument, connect.CodeNotFound, connect.CodeAlreadyExists, connect.CodePermissionDenied,
	connect.CodeFailedPrecondition, connect.CodeOutOfRange, connect.CodeUnimplemented, connect.CodeUnauthenticated,
}

// refusal reports whether the server said no. What stands between may say so too, such as a proxy whose server is being
// restarted: that is none.
func refusal(err error) bool {
	if errors.Is(err, ErrSignedOut) {
		return true
	}
	p := Explain(err)
	return p.Reason != "" && slices.Contains(refusals, p.Code)
}

// Temporary reports whether the same call may succeed a little later: nobody answered, the server is away for the moment, or
// it asks to come back. It is no leave to repeat what is not to be done twice.
func Temporary(err error) bool {
	if err == nil || errors.Is(err, ErrSignedOut) || errors.Is(err, errRedirect) || errors.Is(err, context.Canceled) {
		return false
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	p := Explain(err)
	switch p.Code {
	case connect.CodeUnavailable, connect.CodeDeadlineExceeded:
		return true
	case connect.CodeUnknown, connect.CodeInternal, connect.CodeCanceled, connect.CodeAborted, connect.CodeDataLoss:
		if _, answered := errors.AsType[*connect.Error](err); answered && p.Reason == "" {
			// A connection that broke is called any of these.
			return true
		}
	}
	return p.RetryAfter > 0
}

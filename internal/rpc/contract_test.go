package rpc_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

var kindsByCode = map[connect.Code]fault.Kind{
	connect.CodeInvalidArgument: fault.Invalid, connect.CodeUnauthenticated: fault.Unauthenticated, connect.CodePermissionDenied: fault.Denied,
	connect.CodeNotFound: fault.NotFound, connect.CodeAlreadyExists: fault.Exists, connect.CodeFailedPrecondition: fault.Precondition,
	connect.CodeAborted: fault.Aborted, connect.CodeResourceExhausted: fault.Exhausted, connect.CodeUnavailable: fault.Unavailable,
	connect.CodeUnimplemented: fault.Unimplemented,
}

// Every reason of the contract reaches clients of every protocol with its code and its metadata.
func TestEveryReasonOnTheWire(t *testing.T) {
	f := newFixture(t, nil)
	values := dongbaejulv1.ErrorReason(0).Descriptor().Values()
	for i := range values.Len() {
		value := values.Get(i)
		rule, _ := proto.GetExtension(value.Options(), dongbaejulv1.E_Error).(*dongbaejulv1.ErrorRule)
		code, reason := connect.Code(rule.GetCode()), strings.TrimPrefix(string(value.Name()), "ERROR_REASON_")
		kind := kindsByCode[code]
		if kind == 0 {
			// The server's own failures, and what ends with its call, are of no kind.
			continue
		}
		raised, meta := fault.New(kind, reason, "아니요", "no"), map[string]string{}
		for _, key := range rule.GetMetadata() {
			raised, meta[key] = raised.WithMeta(key, "a "+key), "a "+key
		}
		for protocol, options := range protocols {
			f.chat.send = func(context.Context, *dongbaejulv1.SendMessageRequest) (*dongbaejulv1.SendMessageResponse, error) {
				return nil, raised
			}
			_, err := f.client(signedIn(), options...).SendMessage(t.Context(), aMessage("x"))
			info := detailsOf(t, err).info
			got := maps.Clone(info.GetMetadata())
			delete(got, "retry_after")
			delete(got, "temp_id")
			if connect.CodeOf(err) != code || info.GetReason() != reason || info.GetDomain() != "dongbaejul" || !maps.Equal(got, meta) {
				t.Errorf("%s by %s: %v with %v, want %v with %v", reason, protocol, err, info, code, meta)
			}
		}
	}
}

package apptest

import (
	"context"
	"errors"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// contract holds every error that a test's client meets to the contract: its reason is one of ErrorReason, with that one's code
// and no more metadata than it has.
type contract struct{ t testing.TB }

func (c contract) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		res, err := next(ctx, req)
		c.check(req.Spec().Procedure, err)
		return res, err
	}
}

func (c contract) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		return &contractStream{StreamingClientConn: next(ctx, spec), contract: c}
	}
}

func (c contract) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

type contractStream struct {
	connect.StreamingClientConn
	contract contract
}

func (s *contractStream) Receive(m any) error {
	err := s.StreamingClientConn.Receive(m)
	s.contract.check(s.Spec().Procedure, err)
	return err
}

func (c contract) check(procedure string, err error) {
	info := InfoOf(err)
	if info == nil {
		return
	}
	value := v1.ErrorReason(0).Descriptor().Values().ByName(protoreflect.Name("ERROR_REASON_" + info.GetReason()))
	if value == nil {
		c.t.Errorf("%s: the reason %s is not in the contract", procedure, info.GetReason())
		return
	}
	rule, _ := proto.GetExtension(value.Options(), v1.E_Error).(*v1.ErrorRule)
	if code := connect.CodeOf(err); code != connect.Code(rule.GetCode()) {
		c.t.Errorf("%s: %s has the code %v, and in the contract %v", procedure, info.GetReason(), code, rule.GetCode())
	}
	// Any error may have the first, and those about a message the second.
	known := map[string]bool{"retry_after": true, "temp_id": true}
	for _, key := range rule.GetMetadata() {
		known[key] = true
	}
	for key := range info.GetMetadata() {
		if !known[key] {
			c.t.Errorf("%s: %s has %q in its metadata, which the contract does not have", procedure, info.GetReason(), key)
		}
	}
}

// InfoOf returns the server's own ErrorInfo of an error; nil if it has none.
func InfoOf(err error) *errdetails.ErrorInfo {
	failed, ok := errors.AsType[*connect.Error](err)
	if !ok {
		return nil
	}
	for _, detail := range failed.Details() {
		value, err := detail.Value()
		if info, ok := value.(*errdetails.ErrorInfo); err == nil && ok && info.GetDomain() == "dongbaejul" {
			return info
		}
	}
	return nil
}

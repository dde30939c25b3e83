package rpc

import (
	"maps"
	"slices"
	"testing"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// What is told where nobody named the failure is in the contract too.
func TestGeneralReasonsAreInTheContract(t *testing.T) {
	all := map[*fault.Error]connect.Code{
		canceled: connect.CodeCanceled, tooLate: connect.CodeDeadlineExceeded, internal: connect.CodeInternal,
		tooLarge: connect.CodeResourceExhausted, errBusy: connect.CodeUnavailable, errTooMany: connect.CodeResourceExhausted,
	}
	for kind, told := range general {
		all[told] = codes[kind]
	}
	for _, told := range slices.Collect(maps.Values(refusals)) {
		if _, ok := all[told]; !ok {
			all[told] = codes[told.Kind]
		}
	}
	for told, code := range all {
		if got := reasons[told.Reason]; got != code || code == 0 {
			t.Errorf("%s has the code %v in the contract, want %v", told.Reason, got, code)
		}
	}
}

// Whatever code connect raises, its caller sees a reason of the contract with its code.
func TestWhatConnectRaisesIsInTheContract(t *testing.T) {
	for code := connect.CodeCanceled; code <= connect.CodeUnauthenticated; code++ {
		f := describeRaised(connect.NewError(code, nil))
		if reasons[f.Reason] != f.code || f.code == 0 {
			t.Errorf("%v is told as %s with %v", code, f.Reason, f.code)
		}
	}
}

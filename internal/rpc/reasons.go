package rpc

import (
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// reasonPrefix begins the names of the contract's reasons, and is left out on the wire.
const reasonPrefix = "ERROR_REASON_"

// reasons are the codes of the contract's reasons.
var reasons = reasonsOf()

func reasonsOf() map[string]connect.Code {
	values := dongbaejulv1.ErrorReason(0).Descriptor().Values()
	codes := make(map[string]connect.Code, values.Len())
	for i := range values.Len() {
		value := values.Get(i)
		if rule, ok := proto.GetExtension(value.Options(), dongbaejulv1.E_Error).(*dongbaejulv1.ErrorRule); ok && rule != nil {
			// google.rpc and Connect number the codes alike.
			codes[strings.TrimPrefix(string(value.Name()), reasonPrefix)] = connect.Code(rule.GetCode())
		}
	}
	return codes
}

// contracted returns the code of f where the contract has its reason with that code: no other error leaves the server.
func contracted(f *fault.Error) (connect.Code, bool) {
	code, ok := codes[f.Kind]
	return code, ok && reasons[f.Reason] == code
}

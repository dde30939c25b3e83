package rpc

import (
	"net/http"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/jsonread"
)

// UnknownFieldsHeader is the request's header by which a client asks for keys that the contract does not have to be ignored:
// its value is then "ignore". They are refused otherwise, in JSON and in queries.
const UnknownFieldsHeader = "X-Unknown-Fields"

// Unknown returns the refusal of keys that the contract does not have, as the client wrote them; nil if there is none, or the
// client asks for them to be ignored.
func Unknown(request http.Header, keys []string) error {
	if len(keys) == 0 || strings.EqualFold(request.Get(UnknownFieldsHeader), "ignore") {
		return nil
	}
	fields := make([]fault.Field, min(len(keys), maxViolations))
	for i := range fields {
		fields[i] = fault.Field{Path: shortName(keys[i]), Rule: "unknown_field", Text: fault.Text{Ko: "없는 필드입니다.", En: "there is no such field"}}
	}
	return invalid(fields)
}

// known refuses a message whose JSON had unknown keys.
func known(request http.Header, m proto.Message) error {
	keys := jsonread.Unknown(m)
	if len(keys) == 0 {
		return nil
	}
	m.ProtoReflect().SetUnknown(nil)
	return Unknown(request, keys)
}

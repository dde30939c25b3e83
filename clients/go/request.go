package dongbaejul

import (
	"errors"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
)

// ErrInvalidRequest is why a call fails that cannot be sent, since it holds text that is not UTF-8: it is never retried. Its
// connect.Code is CodeInvalidArgument.
var ErrInvalidRequest = errors.New("the request cannot be sent")

// invalidRequest returns err as the failure of a call. connect has the code of a broken connection for a request that cannot be
// encoded.
func invalidRequest(err error) error {
	if errors.Is(err, ErrInvalidRequest) {
		return connect.NewError(connect.CodeInvalidArgument, err)
	}
	return err
}

// codec is connect's own for protobuf, but that its errors of encoding are ErrInvalidRequest.
type codec struct{}

func (codec) Name() string { return "proto" }

func (c codec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

// MarshalAppend saves connect a copy.
func (codec) MarshalAppend(dst []byte, message any) ([]byte, error) {
	encoded, err := proto.MarshalOptions{}.MarshalAppend(dst, message.(proto.Message))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidRequest, err)
	}
	return encoded, nil
}

func (codec) Unmarshal(data []byte, message any) error {
	return proto.Unmarshal(data, message.(proto.Message))
}

// isHeaderValue reports whether text can be the value of a header (RFC 9110 §5.5).
func isHeaderValue(text string) bool {
	for i := range len(text) {
		if b := text[i]; b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

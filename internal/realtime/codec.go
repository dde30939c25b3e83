package realtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/dongbaejul/dongbaejul/internal/jsonread"
	"github.com/dongbaejul/dongbaejul/internal/listlimit"
)

// Codecs are handler options that let a stream send a *Frame by ServerStream.Conn, and read one element too many at most of a
// request's lists. For everything else they do what Connect's own codecs do.
func Codecs() connect.HandlerOption {
	return connect.WithHandlerOptions(
		connect.WithCodec(binaryCodec{}),
		connect.WithCodec(jsonCodec{name: "json"}),
		connect.WithCodec(jsonCodec{name: "json; charset=utf-8"}),
	)
}

type binaryCodec struct{}

func (binaryCodec) Name() string { return "proto" }

func (c binaryCodec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

func (binaryCodec) MarshalAppend(b []byte, message any) ([]byte, error) {
	switch m := message.(type) {
	case *Frame:
		return m.appendProto(b), nil
	case proto.Message:
		return proto.MarshalOptions{}.MarshalAppend(b, m)
	}
	return nil, notMessage(message)
}

func (binaryCodec) MarshalStable(message any) ([]byte, error) {
	m, ok := message.(proto.Message)
	if !ok {
		return nil, notMessage(message)
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(m)
}

func (binaryCodec) IsBinary() bool { return true }

func (binaryCodec) Unmarshal(b []byte, message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return notMessage(message)
	}
	return proto.Unmarshal(listlimit.Protobuf(b, m.ProtoReflect().Descriptor()), m)
}

type jsonCodec struct{ name string }

func (c jsonCodec) Name() string { return c.name }

func (c jsonCodec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

func (jsonCodec) MarshalAppend(b []byte, message any) ([]byte, error) {
	switch m := message.(type) {
	case *Frame:
		return m.appendJSON(b), nil
	case proto.Message:
		return protojson.MarshalOptions{}.MarshalAppend(b, m)
	}
	return nil, notMessage(message)
}

// MarshalStable undoes protojson's random blanks.
func (c jsonCodec) MarshalStable(message any) ([]byte, error) {
	b, err := c.Marshal(message)
	if err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, b); err != nil {
		return nil, err
	}
	return compact.Bytes(), nil
}

func (jsonCodec) IsBinary() bool { return false }

// Unmarshal notes keys that the message does not have.
func (jsonCodec) Unmarshal(b []byte, message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return notMessage(message)
	}
	if len(b) == 0 {
		return errors.New("zero-length payload is not a valid JSON object")
	}
	return jsonread.Unmarshal(protojson.UnmarshalOptions{}, listlimit.JSON(b, m.ProtoReflect().Descriptor()), m)
}

func notMessage(message any) error { return fmt.Errorf("%T is not a protobuf message", message) }

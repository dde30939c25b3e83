package app

import (
	"bytes"

	"connectrpc.com/vanguard"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/dongbaejul/dongbaejul/internal/jsonread"
	"github.com/dongbaejul/dongbaejul/internal/listlimit"
)

// restCodec is the JSON of REST. It is called json, as vanguard expects it of what a client without a content type sends.
type restCodec struct{ vanguard.JSONCodec }

func newRESTCodec(types vanguard.TypeResolver) restCodec {
	return restCodec{vanguard.JSONCodec{
		MarshalOptions:   protojson.MarshalOptions{Resolver: types, UseProtoNames: true, EmitDefaultValues: true},
		UnmarshalOptions: protojson.UnmarshalOptions{Resolver: types},
	}}
}

// Unmarshal takes null, and nothing but space, for a message without fields. Of a list it reads one element too many at most.
// Keys that the message does not have are noted.
func (c restCodec) Unmarshal(data []byte, message proto.Message) error {
	if text := bytes.TrimSpace(data); len(text) == 0 || string(text) == "null" {
		return nil
	}
	return jsonread.UnmarshalWords(c.UnmarshalOptions, listlimit.JSON(data, message.ProtoReflect().Descriptor()), message)
}

package rest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/dongbaejul/dongbaejul/internal/jsonread"
	"github.com/dongbaejul/dongbaejul/internal/listlimit"
)

const (
	codecName = "rest"
	// codecType is what a request for the codec is called on its way to the handler.
	codecType = "application/" + codecName
	// maxParams bounds what the path and the query say, as protobuf, in bytes: a header has at most 64 KiB, and "&n=-1" becomes the
	// longest, 10 bytes.
	maxParams = 128 << 10
)

var errMessage = errors.New("rest: what is to be coded is not a protobuf message")

// codec is the JSON of REST as a codec of Connect. In front of the JSON of a request stand the length of what its path and its query
// say, as a varint, and that itself, as protobuf; see withParams.
type codec struct{ words *words }

// Name implements connect.Codec.
func (codec) Name() string { return codecName }

// Marshal implements connect.Codec.
func (c codec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

// MarshalAppend is Marshal into a buffer that connect reuses.
func (c codec) MarshalAppend(to []byte, message any) ([]byte, error) {
	m, ok := message.(proto.Message)
	if !ok {
		return nil, errMessage
	}
	return protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true, AllowPartial: true}.MarshalAppend(to, c.words.view(m))
}

// Unmarshal implements connect.Codec. Null, and nothing but space, is a message without fields. Of a list it reads one element too
// many at most. Keys that the message does not have are noted. What path and query say counts more than the body.
func (c codec) Unmarshal(data []byte, message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return errMessage
	}
	length, n := binary.Uvarint(data)
	if n <= 0 || length > uint64(len(data)-n) {
		return errors.New("rest: the parameters of the request are cut off")
	}
	params, body := data[n:n+int(length)], data[n+int(length):]
	if text := bytes.TrimSpace(body); len(text) > 0 && string(text) != "null" {
		body := listlimit.JSON(body, m.ProtoReflect().Descriptor())
		if err := jsonread.UnmarshalWords(protojson.UnmarshalOptions{AllowPartial: true}, body, c.words.view(m)); err != nil {
			return inOurWords(err)
		}
	}
	return proto.UnmarshalOptions{Merge: true, AllowPartial: true}.Unmarshal(params, m)
}

// inOurWords returns an error of protojson without its name and either of two spaces.
func inOurWords(err error) error {
	if text, ok := strings.CutPrefix(err.Error(), "proto:"); ok {
		return errors.New(strings.TrimSpace(text))
	}
	return err
}

// withParams returns what stands in front of a body for the codec.
func withParams(m proto.Message) ([]byte, error) {
	size := proto.Size(m)
	return proto.MarshalOptions{}.MarshalAppend(binary.AppendUvarint(make([]byte, 0, size+binary.MaxVarintLen32), uint64(size)), m)
}

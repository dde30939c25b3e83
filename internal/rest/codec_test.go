package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// What is absent is left out of every answer, and null in a request is as absent as what is left out.
func TestTheCodecLeavesOutWhatIsAbsent(t *testing.T) {
	spelled, err := newWords()
	if err != nil {
		t.Fatal(err)
	}
	codec := codec{spelled}
	read := func(text string, m proto.Message) error { return codec.Unmarshal(append([]byte{0}, text...), m) }
	create := func(message protoreflect.MessageDescriptor) proto.Message {
		kind, err := protoregistry.GlobalTypes.FindMessageByName(message.FullName())
		if err != nil {
			t.Fatal(err)
		}
		return kind.New().Interface()
	}
	protoregistry.GlobalFiles.RangeFilesByPackage(contractPackage, func(file protoreflect.FileDescriptor) bool {
		for _, message := range messagesOf(file.Messages()) {
			if message.IsMapEntry() {
				continue
			}
			var nulls []string
			for i := range message.Fields().Len() {
				nulls = append(nulls, fmt.Sprintf("%q:null", message.Fields().Get(i).Name()))
			}
			without, null := create(message), create(message)
			if err := errors.Join(read(`{}`, without), read("{"+strings.Join(nulls, ",")+"}", null)); err != nil || !proto.Equal(without, null) {
				t.Errorf("%s: null is %v, and what is left out %v: %v", message.FullName(), null, without, err)
			}
			var answer map[string]any
			text, err := codec.MarshalAppend(nil, create(message))
			if err := errors.Join(err, json.Unmarshal(text, &answer)); err != nil {
				t.Fatal(err)
			}
			for i := range message.Fields().Len() {
				field := message.Fields().Get(i)
				value, there := answer[string(field.Name())]
				if there == field.HasPresence() || there && value == nil {
					t.Errorf("%s is there: %v, as %v", field.FullName(), there, value)
				}
			}
		}
		return true
	})
}

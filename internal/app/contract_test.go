package app

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// Versions are numbers in JSON too, which an int64 is not.
func TestVersionsAreNumbersInJSON(t *testing.T) {
	found := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("dongbaejul.v1", func(file protoreflect.FileDescriptor) bool {
		for _, message := range messagesOf(file.Messages()) {
			for _, name := range []protoreflect.Name{"version", "expected_version"} {
				field := message.Fields().ByName(name)
				if field == nil {
					continue
				}
				found++
				if field.Kind() != protoreflect.Int32Kind {
					t.Errorf("%s is of the kind %s, want int32", field.FullName(), field.Kind())
				}
			}
		}
		return true
	})
	if found < 4 {
		t.Errorf("only %d versions: the contract was not found", found)
	}
}

// A client follows every stream in the same way: events of a payload that is a hello, a heartbeat, or the stream's own. One that is
// in Event too has the same number and name, so that each can be read as an Event.
func TestStreamsBeginWithHelloAndHaveHeartbeats(t *testing.T) {
	event := (&v1.Event{}).ProtoReflect().Descriptor().Oneofs().ByName("payload").Fields()
	found := 0
	for _, service := range contractServices() {
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			if !method.IsStreamingServer() {
				continue
			}
			found++
			events := method.Output().Fields().ByName("events")
			if events == nil || !events.IsList() || events.Message() == nil {
				t.Errorf("%s answers no events", method.FullName())
				continue
			}
			payload := events.Message().Oneofs().ByName("payload")
			if payload == nil || payload.Fields().Len() != events.Message().Fields().Len() {
				t.Errorf("%s is no payload", events.Message().FullName())
				continue
			}
			for _, name := range []protoreflect.Name{"hello", "heartbeat"} {
				if payload.Fields().ByName(name) == nil {
					t.Errorf("%s has no %s", events.Message().FullName(), name)
				}
			}
			for j := range payload.Fields().Len() {
				field := payload.Fields().Get(j)
				named, numbered := event.ByName(field.Name()), event.ByNumber(field.Number())
				if named != numbered || named != nil && named.Message().FullName() != field.Message().FullName() {
					t.Errorf("%s is another field than in Event", field.FullName())
				}
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d streams: the contract was not found", found)
	}
}

// messagesOf are the messages of a list and those within them.
func messagesOf(list protoreflect.MessageDescriptors) []protoreflect.MessageDescriptor {
	var messages []protoreflect.MessageDescriptor
	for i := range list.Len() {
		messages = append(messages, list.Get(i))
		messages = append(messages, messagesOf(list.Get(i).Messages())...)
	}
	return messages
}

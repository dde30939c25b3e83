package rest

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

func restWords(t *testing.T) *protoregistry.Files {
	t.Helper()
	files, err := copyContract()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestWordsAreThoseOfPeople(t *testing.T) {
	files := restWords(t)
	for enum, want := range map[string][]string{
		"GameStatus":        {"", "scheduled", "ongoing", "completed", "cancelled"},
		"GameEnd":           {"", "completed", "retired", "walkover", "abandoned"},
		"ParticipantStatus": {"", "joined", "waiting_list"},
		"SkillLevel":        {"", "beginner", "intermediate", "advanced", "expert", "all"},
		"ScoringPreset":     {"", "bwf_3x21", "bwf_3x15", "kr_1x25", "1x21", "custom"},
		"RoomType":          {"", "global", "private", "group"},
	} {
		d, err := files.FindDescriptorByName(contractPackage + "." + protoreflect.FullName(enum) + "." + wordEnum)
		if err != nil {
			t.Errorf("%s: %v", enum, err)
			continue
		}
		values := d.(protoreflect.EnumDescriptor).Values()
		if values.Len() != len(want) {
			t.Errorf("%s has %d words, want %d", enum, values.Len(), len(want))
			continue
		}
		for i, word := range want {
			if got := values.Get(i); string(got.Name()) != word || int(got.Number()) != i {
				t.Errorf("%s %d is %q (%d), want %q", enum, i, got.Name(), got.Number(), word)
			}
			if found := values.ByName(protoreflect.Name(word)); found == nil {
				t.Errorf("%s %q is not found by its word", enum, word)
			}
		}
	}
}

// Every message of the copy must have the fields of the original, by number, kind and type, or bytes would change meaning.
func TestWordsChangeNothingElse(t *testing.T) {
	files := restWords(t)
	protoregistry.GlobalFiles.RangeFilesByPackage(contractPackage, func(file protoreflect.FileDescriptor) bool {
		for _, message := range messagesOf(file.Messages()) {
			found, err := files.FindDescriptorByName(message.FullName())
			if err != nil {
				t.Errorf("%s: %v", message.FullName(), err)
				continue
			}
			compareFields(t, message, found.(protoreflect.MessageDescriptor))
		}
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			found, err := files.FindDescriptorByName(service.FullName())
			if err != nil {
				t.Errorf("%s: %v", service.FullName(), err)
				continue
			}
			compareMethods(t, service, found.(protoreflect.ServiceDescriptor))
		}
		return true
	})
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

func compareFields(t *testing.T, original, copied protoreflect.MessageDescriptor) {
	t.Helper()
	if original.Fields().Len() != copied.Fields().Len() {
		t.Errorf("%s has %d fields, the copy %d", original.FullName(), original.Fields().Len(), copied.Fields().Len())
	}
	for i := range original.Fields().Len() {
		want, got := original.Fields().Get(i), copied.Fields().ByNumber(original.Fields().Get(i).Number())
		switch {
		case got == nil:
			t.Errorf("%s is missing", want.FullName())
		case got.Name() != want.Name() || got.Kind() != want.Kind() || got.Cardinality() != want.Cardinality() ||
			got.HasPresence() != want.HasPresence() || got.JSONName() != want.JSONName():
			t.Errorf("%s is another field in the copy: %v", want.FullName(), got)
		case want.Message() != nil && got.Message().FullName() != want.Message().FullName():
			t.Errorf("%s is a %s in the copy", want.FullName(), got.Message().FullName())
		case want.Enum() != nil && want.Enum().ParentFile().Package() == contractPackage && got.Enum().FullName() != want.Enum().FullName()+"."+wordEnum:
			t.Errorf("%s is a %s in the copy", want.FullName(), got.Enum().FullName())
		}
	}
}

func compareMethods(t *testing.T, original, copied protoreflect.ServiceDescriptor) {
	t.Helper()
	for i := range original.Methods().Len() {
		want := original.Methods().Get(i)
		got := copied.Methods().ByName(want.Name())
		if got == nil || got.Input().FullName() != want.Input().FullName() || got.Output().FullName() != want.Output().FullName() ||
			!proto.Equal(got.Options(), want.Options()) {
			t.Errorf("%s is another method in the copy: %v", want.FullName(), got)
		}
	}
}

func TestWordsNeedTheStyle(t *testing.T) {
	value := func(name string) *descriptorpb.EnumValueDescriptorProto {
		return &descriptorpb.EnumValueDescriptorProto{Name: proto.String(name)}
	}
	for name, values := range map[string][]*descriptorpb.EnumValueDescriptorProto{
		"no unspecified": {value("COLOUR_RED")},
		"no prefix":      {value("COLOUR_UNSPECIFIED"), value("RED")},
	} {
		if err := shortenValues(values); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

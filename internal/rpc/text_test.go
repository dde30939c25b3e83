package rpc

import (
	"cmp"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/structpb"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	texts "github.com/dongbaejul/dongbaejul/internal/text"
)

// 한글 in conjoining jamo, as macOS and iOS send it, and in syllables.
const decomposed, composed = "\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"

func TestStringsBecomeNFC(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want proto.Message
	}{
		{"nothing", &dongbaejulv1.SendMessageRequest{}, &dongbaejulv1.SendMessageRequest{}},
		{"plain", &dongbaejulv1.SendMessageRequest{Content: "a\tb\r\nc ~"}, &dongbaejulv1.SendMessageRequest{Content: "a\tb\r\nc ~"}},
		{"a field", &dongbaejulv1.SendMessageRequest{Content: decomposed}, &dongbaejulv1.SendMessageRequest{Content: composed}},
		{"an optional field", &dongbaejulv1.SendMessageRequest{ReplyTo: &[]string{decomposed}[0]}, &dongbaejulv1.SendMessageRequest{ReplyTo: &[]string{composed}[0]}},
		{"what is read, with blanks around it", &dongbaejulv1.CreatePostRequest{Title: "\u3000a \u200b", Content: "\n a\n b\u00a0\n"}, &dongbaejulv1.CreatePostRequest{Title: "a", Content: "a\n b"}},
		{"what is blank", &dongbaejulv1.CreatePostRequest{Title: "\u3000", Content: " \n"}, &dongbaejulv1.CreatePostRequest{Title: "\u3000", Content: " \n"}},
		{"what nobody reads", &dongbaejulv1.SendMessageRequest{TempId: " a "}, &dongbaejulv1.SendMessageRequest{TempId: " a "}},
		{"a list", &dongbaejulv1.CreateRoomRequest{Participants: []string{"a", decomposed, ""}}, &dongbaejulv1.CreateRoomRequest{Participants: []string{"a", composed, ""}}},
		{
			"messages in a list",
			&dongbaejulv1.Message{Attachments: []*dongbaejulv1.Attachment{{Name: "a"}, {Name: decomposed}}},
			&dongbaejulv1.Message{Attachments: []*dongbaejulv1.Attachment{{Name: "a"}, {Name: composed}}},
		},
		{
			"a message in a choice",
			&dongbaejulv1.Event{Payload: &dongbaejulv1.Event_Message{Message: &dongbaejulv1.Message{Sender: &dongbaejulv1.UserSummary{DisplayName: decomposed}}}},
			&dongbaejulv1.Event{Payload: &dongbaejulv1.Event_Message{Message: &dongbaejulv1.Message{Sender: &dongbaejulv1.UserSummary{DisplayName: composed}}}},
		},
		{
			"a map",
			&dongbaejulv1.CreateUploadResponse{Headers: map[string]string{decomposed: "a", "b": decomposed, "c": "c"}},
			&dongbaejulv1.CreateUploadResponse{Headers: map[string]string{composed: "a", "b": composed, "c": "c"}},
		},
		{
			"an object of the client's own, which stays as it is",
			&dongbaejulv1.Preferences{App: object(map[string]*structpb.Value{decomposed: structpb.NewStringValue("\x00" + decomposed)}).GetStructValue()},
			&dongbaejulv1.Preferences{App: object(map[string]*structpb.Value{decomposed: structpb.NewStringValue("\x00" + decomposed)}).GetStructValue()},
		},
		{
			"a message that holds itself",
			object(map[string]*structpb.Value{decomposed: list(structpb.NewStringValue(decomposed), structpb.NewNumberValue(1))}),
			object(map[string]*structpb.Value{composed: list(structpb.NewStringValue(composed), structpb.NewNumberValue(1))}),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := cleaning()(c.got); err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(c.got, c.want) {
				t.Errorf("got %v, want %v", c.got, c.want)
			}
		})
	}
}

func object(fields map[string]*structpb.Value) *structpb.Value {
	return structpb.NewStructValue(&structpb.Struct{Fields: fields})
}

func list(values ...*structpb.Value) *structpb.Value {
	return structpb.NewListValue(&structpb.ListValue{Values: values})
}

func TestStringsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name       string
		m          proto.Message
		path, rule string
	}{
		{"a bell", &dongbaejulv1.SendMessageRequest{Content: "\a"}, "content", "text.control"},
		{"a zero", &dongbaejulv1.SendMessageRequest{Content: "a\x00"}, "content", "text.control"},
		{"a delete", &dongbaejulv1.SendMessageRequest{Content: "\x7f"}, "content", "text.control"},
		{"a C1 control among letters", &dongbaejulv1.SendMessageRequest{Content: "한\u0085글"}, "content", "text.control"},
		{"what is no UTF-8", &dongbaejulv1.SendMessageRequest{TempId: "한\xff"}, "temp_id", "text.utf8"},
		{"half a surrogate pair", &dongbaejulv1.SendMessageRequest{TempId: "\xed\xa0\x80"}, "temp_id", "text.utf8"},
		{"in a list", &dongbaejulv1.CreateRoomRequest{Participants: []string{"a", "\x01"}}, "participants[1]", "text.control"},
		{"in a message of a list", &dongbaejulv1.SubscribeRequest{Rooms: []*dongbaejulv1.RoomCursor{{}, {RoomId: "\x01"}}}, "rooms[1].room_id", "text.control"},
		{"in a value of a map", &dongbaejulv1.CreateUploadResponse{Headers: map[string]string{"키": "\x01"}}, `headers["키"]`, "text.control"},
		{"in a key of a map", &dongbaejulv1.CreateUploadResponse{Headers: map[string]string{"\x01": ""}}, `headers["\x01"]`, "text.control"},
		{"keys that become one", &dongbaejulv1.CreateUploadResponse{Headers: map[string]string{decomposed: "", composed: ""}}, `headers["한글"]`, "text.keys"},
		{"far down", object(map[string]*structpb.Value{"a": list(structpb.NewStringValue("\x01"))}), `struct_value.fields["a"].list_value.values[0].string_value`, "text.control"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got *fault.Error
			err := cleaning()(c.m)
			if !errors.As(err, &got) || got.Kind != fault.Invalid || len(got.Fields) != 1 {
				t.Fatalf("%v", err)
			}
			if got.Fields[0].Path != c.path || got.Fields[0].Rule != c.rule || !strings.HasPrefix(got.Text.Ko, c.path+": ") {
				t.Errorf("%+v, %v", got.Fields, got.Text)
			}
		})
	}
}

// TestMapsOfOtherThanStrings uses a message made for it, since the contract has none with such maps.
func TestMapsOfOtherThanStrings(t *testing.T) {
	file, err := protodesc.NewFile(mapsFile(), nil)
	if err != nil {
		t.Fatal(err)
	}
	md := file.Messages().ByName("Maps")
	counts, names := md.Fields().ByName("counts"), md.Fields().ByName("names")
	m := dynamicpb.NewMessage(md)
	m.Mutable(counts).Map().Set(protoreflect.ValueOfString(decomposed).MapKey(), protoreflect.ValueOfInt32(7))
	m.Mutable(names).Map().Set(protoreflect.ValueOfInt32(1).MapKey(), protoreflect.ValueOfString(decomposed))
	if err := cleaning()(m); err != nil {
		t.Fatal(err)
	}
	count := m.Get(counts).Map().Get(protoreflect.ValueOfString(composed).MapKey())
	name := m.Get(names).Map().Get(protoreflect.ValueOfInt32(1).MapKey())
	if !count.IsValid() || count.Int() != 7 || m.Get(counts).Map().Len() != 1 || name.String() != composed {
		t.Errorf("got %v", m)
	}
}

// mapsFile is: message Maps { map<string, int32> counts = 1; map<int32, string> names = 2; }
func mapsFile() *descriptorpb.FileDescriptorProto {
	text, number := descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_INT32
	field := func(name string, n int32, kind descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: &name, Number: &n, Type: &kind, Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}
	}
	entry := func(name string, key, value descriptorpb.FieldDescriptorProto_Type) *descriptorpb.DescriptorProto {
		return &descriptorpb.DescriptorProto{
			Name: &name, Options: &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)},
			Field: []*descriptorpb.FieldDescriptorProto{field("key", 1, key), field("value", 2, value)},
		}
	}
	entries := func(name string, n int32, of string) *descriptorpb.FieldDescriptorProto {
		f := field(name, n, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE)
		f.Label, f.TypeName = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum(), &of
		return f
	}
	return &descriptorpb.FileDescriptorProto{
		Name: proto.String("maps.proto"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{
			Name:       proto.String("Maps"),
			Field:      []*descriptorpb.FieldDescriptorProto{entries("counts", 1, ".Maps.CountsEntry"), entries("names", 2, ".Maps.NamesEntry")},
			NestedType: []*descriptorpb.DescriptorProto{entry("CountsEntry", text, number), entry("NamesEntry", number, text)},
		}},
	}
}

func FuzzText(f *testing.F) {
	f.Add("", "")
	f.Add(decomposed, "a")
	f.Add("a\u0301\u0323", "\x00")
	f.Add("\xff", "\u0085")
	f.Add("\uac00\u11a8", "👩‍👩‍👧 한\t글\r\n")
	clean := cleaning()
	f.Fuzz(func(t *testing.T, a, b string) {
		m := &dongbaejulv1.CreatePostRequest{Content: a, Attachments: []string{b}}
		err := clean(m)
		if want := isText(a) && isText(b); (err == nil) != want {
			t.Fatalf("%q, %q: %v", a, b, err)
		}
		if err != nil {
			var refused *fault.Error
			if !errors.As(err, &refused) {
				t.Fatalf("%q, %q: %v", a, b, err)
			}
			return
		}
		if m.Content != kept(a) || m.Attachments[0] != norm.NFC.String(b) {
			t.Fatalf("%q, %q became %v", a, b, m)
		}
		again := proto.CloneOf(m)
		if err := clean(again); err != nil || !proto.Equal(m, again) {
			t.Fatalf("%v became %v when cleaned again: %v", m, again, err)
		}
	})
}

// kept is what becomes of a text, the slow way.
func kept(s string) string { return cmp.Or(texts.Trim(norm.NFC.String(s)), norm.NFC.String(s)) }

func TestInertRunesAreInNormalForm(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := string(r)
		if isInert(r) && !(norm.NFC.IsNormalString(s) && norm.NFC.PropertiesString(s).BoundaryBefore()) {
			t.Errorf("%U is not in normal form C wherever it stands", r)
		}
	}
}

// isText tells what may be in a string, the slow way.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.Is(unicode.Cc, r) && !strings.ContainsRune("\n\r\t", r)
	})
}

func BenchmarkText(b *testing.B) {
	clean := cleaning()
	for name, content := range map[string]string{"ascii": strings.Repeat("a", 200), "korean": strings.Repeat("한", 200)} {
		b.Run(name, func(b *testing.B) {
			m := &dongbaejulv1.SendMessageRequest{RoomId: "0198c0de", TempId: "0198c0df", Content: content}
			b.ReportAllocs()
			for b.Loop() {
				if err := clean(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

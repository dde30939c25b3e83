package rpc

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

func TestWhatTheRulesSay(t *testing.T) {
	check, err := validation()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("가", 10_001)
	for _, c := range []struct {
		name                   string
		m                      proto.Message
		path, rule, korean, en string
	}{
		{"an id left out", &dongbaejulv1.LeaveRoomRequest{}, "room_id", "string.min_len", "값이 있어야 합니다.", "must be given"},
		{"too long", &dongbaejulv1.SendMessageRequest{RoomId: "r", TempId: "t", Content: long}, "content", "string.max_len", "10000자까지 쓸 수 있습니다.", "must be at most 10000 characters"},
		{"in a list", &dongbaejulv1.SubscribeRequest{Rooms: []*dongbaejulv1.RoomCursor{{RoomId: "r", Seq: -1}}}, "rooms[0].seq", "int64.gte", "0 이상이어야 합니다.", "must be at least 0"},
		{"an element", &dongbaejulv1.InviteMembersRequest{RoomId: "r", Participants: []string{"a", ""}}, "participants[1]", "string.min_len", "값이 있어야 합니다.", "must be given"},
		{"a long element", &dongbaejulv1.InviteMembersRequest{RoomId: "r", Participants: []string{long}}, "participants[0]", "string.max_len", "64자까지 쓸 수 있습니다.", "must be at most 64 characters"},
		{"an empty list", &dongbaejulv1.InviteMembersRequest{RoomId: "r"}, "participants", "repeated.min_items", "값이 있어야 합니다.", "must be given"},
		{"a long list", &dongbaejulv1.SendMessageRequest{RoomId: "r", TempId: "t", Content: "a", Attachments: attachments(21)}, "attachments", "repeated.max_items", "20개까지 넣을 수 있습니다.", "must have at most 20 items"},
		{"twice", &dongbaejulv1.InviteMembersRequest{RoomId: "r", Participants: []string{"a", "a"}}, "participants", "repeated.unique", "같은 값이 두 번 있습니다.", "must not have the same item twice"},
		{"out of a range", &dongbaejulv1.ListMessagesRequest{RoomId: "r", Limit: proto.Int32(101)}, "limit", "int32.gte_lte", "1부터 100까지여야 합니다.", "must be from 1 to 100"},
		{"blank", &dongbaejulv1.EditMessageRequest{RoomId: "r", MessageId: "m", Content: " \n"}, "content", "string.text", "빈칸이 아닌 글자가 있어야 합니다.", "must not be blank"},
		{"of private use", &dongbaejulv1.EditMessageRequest{RoomId: "r", MessageId: "m", Content: "a\uf8ff"}, "content", "string.private", "기기마다 다르게 보이는 글자는 쓸 수 없어요.", "must not have characters that look different on each device"},
		{"two lines", &dongbaejulv1.CreateRoomRequest{Type: dongbaejulv1.RoomType_ROOM_TYPE_GROUP, Name: "a\nb"}, "name", "string.line", "보이는 글자로 된 한 줄이어야 합니다.", "must be one line of visible characters"},
		{"nothing chosen", &dongbaejulv1.CreateRoomRequest{}, "type", "enum.not_in", "값이 있어야 합니다.", "must be given"},
		{"nothing to choose", &dongbaejulv1.CreateRoomRequest{Type: 99}, "type", "enum.defined_only", "없는 값입니다.", "must be one of the values there are"},
		{"of the whole message", &dongbaejulv1.SendMessageRequest{RoomId: "r", TempId: "t"}, "content", "content.or_attachments", "내용이나 첨부 파일이 있어야 합니다.", "content must hold text, or there must be attachments"},
		{"an address", &dongbaejulv1.UpdateProfileRequest{Avatar: proto.String("ftp://a.example")}, "avatar", "string.web_url", "https 주소여야 합니다.", "must be an https URL"},
		{
			"of a list", &dongbaejulv1.CreateUploadRequest{Purpose: 1, Size: 1, ContentType: "text/html"}, "content_type", "string.in",
			"다음 중 하나여야 합니다: image/jpeg, image/png, image/webp, image/gif", "must be one of: image/jpeg, image/png, image/webp, image/gif",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got *fault.Error
			if err := check(c.m); !errors.As(err, &got) || got.Kind != fault.Invalid || got.Reason != "INVALID_FIELD" {
				t.Fatalf("%v", err)
			}
			first := got.Fields[0]
			if first.Path != c.path || first.Rule != c.rule || first.Text.Ko != c.korean || first.Text.En != c.en {
				t.Errorf("%+v", first)
			}
			prefix := ""
			if c.path != "" {
				prefix = c.path + ": "
			}
			if got.Text.Ko != prefix+c.korean || got.Text.En != prefix+c.en {
				t.Errorf("%+v", got.Text)
			}
		})
	}
}

func attachments(n int) []string { return slices.Repeat([]string{"f"}, n) }

func TestAllThatIsWrongIsToldUpToABound(t *testing.T) {
	check, err := validation()
	if err != nil {
		t.Fatal(err)
	}
	var got *fault.Error
	if err := check(&dongbaejulv1.SendMessageRequest{Content: "a"}); !errors.As(err, &got) || len(got.Fields) != 2 ||
		got.Fields[0].Path != "room_id" || got.Fields[1].Path != "temp_id" {
		t.Errorf("%v", err)
	}
	rooms := make([]*dongbaejulv1.RoomCursor, 900)
	for i := range rooms {
		rooms[i] = &dongbaejulv1.RoomCursor{}
	}
	if err := check(&dongbaejulv1.SubscribeRequest{Rooms: rooms}); !errors.As(err, &got) || len(got.Fields) != maxViolations {
		t.Errorf("%d fields", len(got.Fields))
	}
	if err := check(&dongbaejulv1.SendMessageRequest{RoomId: "r", TempId: "t", Content: "a"}); err != nil {
		t.Errorf("a valid request: %v", err)
	}
}

// Clients that page send an empty token for the first page (https://google.aip.dev/158), and forms send fields that are not filled in.
func TestAnEmptyPlaceOrTimeIsNone(t *testing.T) {
	check, err := validation()
	if err != nil {
		t.Fatal(err)
	}
	places := []protoreflect.Name{"page_token", "before", "after", "date_from", "date_to"}
	seen := map[protoreflect.Name]bool{}
	for _, md := range requestsOf("dongbaejul.v1") {
		for _, name := range places {
			fd := md.Fields().ByName(name)
			if fd == nil {
				continue
			}
			seen[name] = true
			m := dynamicpb.NewMessage(md)
			m.Set(fd, protoreflect.ValueOfString(""))
			var got *fault.Error
			if errors.As(check(m), &got) && slices.ContainsFunc(got.Fields, func(f fault.Field) bool { return f.Path == string(name) }) {
				t.Errorf("%s: %v", fd.FullName(), got)
			}
		}
	}
	if len(seen) != len(places) {
		t.Errorf("only %v are in the contract", seen)
	}
}

// TestEveryRuleOfTheContractHasItsText walks what calls take for the ids that violations of their rules have.
func TestEveryRuleOfTheContractHasItsText(t *testing.T) {
	w := ruleWalk{ids: map[string]string{}, seen: map[protoreflect.FullName]bool{}}
	for _, md := range requestsOf("dongbaejul.v1") {
		w.message(md)
	}
	if len(w.ids) < 10 {
		t.Fatalf("the walk found only %v", w.ids)
	}
	for id, where := range w.ids {
		if _, ok := ruleTexts[id]; !ok {
			t.Errorf("%s of %s has no text", id, where)
		}
	}
	for id := range ruleTexts {
		if _, ok := w.ids[id]; !ok {
			t.Errorf("%s has a text and no use", id)
		}
	}
	hole := regexp.MustCompile(`\{\w+\}`)
	for id, text := range ruleTexts {
		if ko, en := hole.FindAllString(text.Ko, -1), hole.FindAllString(text.En, -1); len(ko) != len(en) {
			t.Errorf("%s tells %v in Korean and %v in English", id, ko, en)
		}
	}
}

// ruleWalk collects where each rule is used.
type ruleWalk struct {
	ids  map[string]string
	seen map[protoreflect.FullName]bool
}

func (w ruleWalk) message(md protoreflect.MessageDescriptor) {
	if w.seen[md.FullName()] {
		return
	}
	w.seen[md.FullName()] = true
	if rules, ok := proto.GetExtension(md.Options(), validate.E_Message).(*validate.MessageRules); ok {
		for _, cel := range rules.GetCel() {
			w.ids[cel.GetId()] = string(md.FullName())
		}
	}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if rules, ok := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules); ok && rules != nil {
			w.rules(fd, rules)
		}
		if fd.Message() != nil && fd.Message().ParentFile().Package() == "dongbaejul.v1" {
			w.message(fd.Message())
		}
	}
}

func (w ruleWalk) rules(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) {
	where := string(fd.FullName())
	for _, cel := range rules.GetCel() {
		w.ids[cel.GetId()] = where
	}
	if rules.GetRequired() {
		w.ids["required"] = where
	}
	if items := rules.GetRepeated().GetItems(); items != nil {
		w.rules(fd, items)
	}
	of := rules.ProtoReflect().WhichOneof(rules.ProtoReflect().Descriptor().Oneofs().ByName("type"))
	if of == nil {
		return
	}
	kind := string(of.Name())
	for _, prefix := range numbers {
		if kind+"." == prefix {
			kind = "number"
		}
	}
	var names []string
	rules.ProtoReflect().Get(of).Message().Range(func(rule protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		predefined, _ := proto.GetExtension(rule.Options(), validate.E_Predefined).(*validate.PredefinedRules)
		for _, cel := range predefined.GetCel() {
			if rule.IsExtension() {
				w.ids[cel.GetId()] = where
			}
		}
		if rule.Name() != "items" && !rule.IsExtension() {
			names = append(names, string(rule.Name()))
		}
		return true
	})
	if kind == "number" && len(names) == 2 {
		names = []string{"gte_lte"}
	}
	for _, name := range names {
		w.ids[kind+"."+name] = where
	}
}

func TestEveryServiceIsInThePackage(t *testing.T) {
	methods := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("dongbaejul.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods += file.Services().Get(i).Methods().Len()
		}
		return true
	})
	if got := len(requestsOf("dongbaejul.v1")); got != methods || got < 50 {
		t.Errorf("%d requests of %d calls", got, methods)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := validation(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	check, err := validation()
	if err != nil {
		b.Fatal(err)
	}
	m := &dongbaejulv1.SendMessageRequest{RoomId: "0198c0de", TempId: "0198c0df", Content: strings.Repeat("한", 200)}
	b.ReportAllocs()
	for b.Loop() {
		if err := check(m); err != nil {
			b.Fatal(err)
		}
	}
}

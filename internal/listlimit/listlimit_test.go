package listlimit_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/listlimit"
)

// lists calls f with every list of every request of the contract, and a message that has it filled with n elements.
func lists(t *testing.T, n int, f func(md protoreflect.MessageDescriptor, fd protoreflect.FieldDescriptor, m proto.Message)) {
	t.Helper()
	found := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("dongbaejul.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				md := methods.Get(j).Input()
				for k := range md.Fields().Len() {
					fd := md.Fields().Get(k)
					if !fd.IsList() {
						continue
					}
					found++
					m := dynamicpb.NewMessage(md)
					list := m.Mutable(fd).List()
					for range n {
						list.Append(list.NewElement())
					}
					f(md, fd, m)
				}
			}
		}
		return true
	})
	if found < 10 {
		t.Fatalf("only %d lists were found", found)
	}
}

func TestEveryListOfARequestIsShortenedToOneTooMany(t *testing.T) {
	lists(t, 5000, func(md protoreflect.MessageDescriptor, fd protoreflect.FieldDescriptor, m proto.Message) {
		most, bounded := listlimit.MaxItems(fd)
		if !bounded {
			t.Errorf("%s has no max_items", fd.FullName())
			return
		}
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		text, err := protojson.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		binary, fromJSON := dynamicpb.NewMessage(md), dynamicpb.NewMessage(md)
		if err := proto.Unmarshal(listlimit.Protobuf(b, md), binary); err != nil {
			t.Errorf("%s: %v", fd.FullName(), err)
		}
		if err := protojson.Unmarshal(listlimit.JSON(text, md), fromJSON); err != nil {
			t.Errorf("%s: %v", fd.FullName(), err)
		}
		if n := binary.Get(fd).List().Len(); n != most+1 {
			t.Errorf("%s: %d elements of protobuf, want %d", fd.FullName(), n, most+1)
		}
		if n := fromJSON.Get(fd).List().Len(); n != most+1 {
			t.Errorf("%s: %d elements of JSON, want %d", fd.FullName(), n, most+1)
		}
		if long := listlimit.TooLong(binary, 20); len(long) != 1 || long[0].Field != fd || long[0].Path != string(fd.Name()) {
			t.Errorf("%s: too long are %v", fd.FullName(), long)
		}
		binary.Mutable(fd).List().Truncate(most)
		if long := listlimit.TooLong(binary, 20); len(long) != 0 {
			t.Errorf("%s with %d elements: too long are %v", fd.FullName(), most, long)
		}
	})
}

// No request may hold a list or a map that nothing bounds, however deep.
func TestEveryListOfTheContractsRequestsIsBounded(t *testing.T) {
	seen := make(map[protoreflect.FullName]bool)
	var walk func(md protoreflect.MessageDescriptor)
	walk = func(md protoreflect.MessageDescriptor) {
		if seen[md.FullName()] {
			return
		}
		seen[md.FullName()] = true
		for i := range md.Fields().Len() {
			fd := md.Fields().Get(i)
			if fd.IsMap() {
				t.Errorf("%s is a map, which package listlimit does not look into", fd.FullName())
			}
			if _, bounded := listlimit.MaxItems(fd); fd.IsList() && !bounded {
				t.Errorf("%s has no max_items", fd.FullName())
			}
			// A Struct is bounded as a whole: by the size of its request, and by what its service keeps.
			if fd.Message() != nil && fd.Message().FullName() != "google.protobuf.Struct" {
				walk(fd.Message())
			}
		}
	}
	protoregistry.GlobalFiles.RangeFilesByPackage("dongbaejul.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			for j := range file.Services().Get(i).Methods().Len() {
				walk(file.Services().Get(i).Methods().Get(j).Input())
			}
		}
		return true
	})
	if len(seen) < 50 {
		t.Errorf("only %d messages were found", len(seen))
	}
}

func TestJSON(t *testing.T) {
	md := (&v1.SetTeamsRequest{}).ProtoReflect().Descriptor() // two in each team
	for in, want := range map[string]string{
		`{"gameId":"g","team1":["a","b"],"team2":["c","d","e"]}`:             `{"gameId":"g","team1":["a","b"],"team2":["c","d","e"]}`,
		`{"team1":["a","b","c","d"]}`:                                        `{"team1":["a","b","c"]}`,
		` { "team1" : [ "a" , "b" , "c" , "d" , [1,{}], null ] , "x" : 1 } `: ` { "team1" : [ "a" , "b" , "c"] , "x" : 1 } `,
		`{"team1":[1,2,3,4],"team2":[1,2,3,4,5],"gameId":"]"}`:               `{"team1":[1,2,3],"team2":[1,2,3],"gameId":"]"}`,
		`{"\u0074eam1":["a","b","c","d"]}`:                                   `{"\u0074eam1":["a","b","c"]}`,
		`{"team1":["\"]","b","c","d"]}`:                                      `{"team1":["\"]","b","c"]}`,
		`{"unknown":{"team1":[1,2,3,4,5]},"team1":[]}`:                       `{"unknown":{"team1":[1,2,3,4,5]},"team1":[]}`,
		`{"unknown":[1,2,3,4,5]}`:                                            `{"unknown":[1,2,3,4,5]}`,
		`{"team1":["a","b","c","d"`:                                          `{"team1":["a","b","c","d"`,
		`{"team1":["a" "b" "c" "d"]}`:                                        `{"team1":["a" "b" "c" "d"]}`,
		`null`:                                                               `null`,
		``:                                                                   ``,
	} {
		if got := string(listlimit.JSON([]byte(in), md)); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

// deep is a message with lists in lists, and one of numbers, as no request of the contract has yet.
func deep(t *testing.T) protoreflect.MessageDescriptor {
	t.Helper()
	bounded := func(n uint64) *descriptorpb.FieldOptions {
		options := &descriptorpb.FieldOptions{}
		rules := &validate.RepeatedRules{}
		rules.SetMaxItems(n)
		field := &validate.FieldRules{}
		field.SetRepeated(rules)
		proto.SetExtension(options, validate.E_Field, field)
		return options
	}
	field := func(name string, number int32, of descriptorpb.FieldDescriptorProto_Type, typeName *string) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: &name, JsonName: &name, Number: &number, Type: &of, TypeName: typeName,
			Label: descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum(), Options: bounded(2),
		}
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("deep.proto"), Package: proto.String("deep"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Deep"), Field: []*descriptorpb.FieldDescriptorProto{
			field("inner", 1, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, proto.String(".deep.Deep")),
			field("numbers", 2, descriptorpb.FieldDescriptorProto_TYPE_INT32, nil),
		}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Messages().Get(0)
}

func TestListsInLists(t *testing.T) {
	md := deep(t)
	for in, path := range map[string]string{
		`{"numbers":[1,2]}`:       "",
		`{"numbers":[1,2,3,4,5]}`: "numbers",
		`{"inner":[{"numbers":[1]},{"inner":[{},{"numbers":[1,2,3,4]}]}]}`: "inner[1].inner[1].numbers",
		`{"inner":[{},{},{"numbers":[1,2,3,4]},{}]}`:                       "inner",
	} {
		whole := dynamicpb.NewMessage(md)
		if err := protojson.Unmarshal([]byte(in), whole); err != nil {
			t.Fatal(err)
		}
		b, err := proto.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		binary, fromJSON := dynamicpb.NewMessage(md), dynamicpb.NewMessage(md)
		if err := errors.Join(proto.Unmarshal(listlimit.Protobuf(b, md), binary), protojson.Unmarshal(listlimit.JSON([]byte(in), md), fromJSON)); err != nil {
			t.Fatal(err)
		}
		for form, m := range map[string]proto.Message{"protobuf": binary, "JSON": fromJSON} {
			long := listlimit.TooLong(m, 20)
			if path == "" {
				if len(long) != 0 || !proto.Equal(m, whole) {
					t.Errorf("%s as %s became %v", in, form, m)
				}
				continue
			}
			if len(long) != 1 || long[0].Path != path || strings.Contains(fmt.Sprint(m), "4") {
				t.Errorf("%s as %s became %v, in which %v are too long", in, form, m, long)
			}
		}
	}
}

func TestShorten(t *testing.T) {
	m := &v1.InviteMembersRequest{RoomId: "r", Participants: []string{"a", "b", "c"}}
	listlimit.Shorten(m, 2)
	if len(m.Participants) != 2 || m.RoomId != "r" {
		t.Errorf("%v", m)
	}
}

// Whatever is shortened decodes as the original does, but for what is too much.
func FuzzProtobuf(f *testing.F) {
	md := (&v1.PollRequest{}).ProtoReflect().Descriptor()
	many := &v1.PollRequest{}
	for i := range 1200 {
		many.Rooms = append(many.Rooms, &v1.RoomCursor{RoomId: fmt.Sprint(i)})
	}
	b, err := proto.Marshal(many)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		var whole, short v1.PollRequest
		if proto.Unmarshal(b, &whole) != nil {
			_ = listlimit.Protobuf(b, md)
			return
		}
		if err := proto.Unmarshal(listlimit.Protobuf(b, md), &short); err != nil {
			t.Fatal(err)
		}
		if len(whole.Rooms) > 1000 {
			if len(short.Rooms) != 1001 {
				t.Errorf("%d rooms are left", len(short.Rooms))
			}
		} else if !proto.Equal(&whole, &short) {
			t.Errorf("%v became %v", &whole, &short)
		}
	})
}

func FuzzJSON(f *testing.F) {
	md := (&v1.SetTeamsRequest{}).ProtoReflect().Descriptor()
	f.Add([]byte(`{"gameId":"g","team1":["a","b","c","d"],"team2":[]}`))
	f.Add([]byte(`{"Team1":["a"],"team1":null,"team2":["\u3000","50%","👨\u200d👩","\u202e"],"game_id":"g","gameId":"g"}`))
	f.Add([]byte(`{"expectedVersion":"1","team1":{"a":[1,2,3,4,5]},"team2":[[],[]]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var whole, short v1.SetTeamsRequest
		lenient := protojson.UnmarshalOptions{DiscardUnknown: true}
		text := listlimit.JSON(b, md)
		if lenient.Unmarshal(b, &whole) != nil {
			return
		}
		if err := lenient.Unmarshal(text, &short); err != nil {
			t.Fatal(err)
		}
		listlimit.Shorten(&whole, 3)
		if !proto.Equal(&whole, &short) {
			t.Errorf("%q became %q: %v became %v", b, text, &whole, &short)
		}
	})
}

func BenchmarkHostile(b *testing.B) {
	md := (&v1.InviteMembersRequest{}).ProtoReflect().Descriptor()
	for name, c := range map[string]struct {
		body  []byte
		limit func([]byte, protoreflect.MessageDescriptor) []byte
	}{
		"protobuf": {bytes.Repeat([]byte{2<<3 | 2, 0}, 32<<10), listlimit.Protobuf},
		"JSON":     {[]byte(`{"participants":[""` + strings.Repeat(`,""`, 21<<10) + `]}`), listlimit.JSON},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.limit(c.body, md)
			}
		})
	}
}

package main

import (
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/pb33f/libopenapi/datamodel/high/base"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// schemasOf makes the schemas of messages that go in the directions given.
func schemasOf(t *testing.T, messages map[direction][]proto.Message) *schemas {
	t.Helper()
	s, err := newSchemas()
	if err != nil {
		t.Fatal(err)
	}
	each := func(do func(protoreflect.MessageDescriptor, direction)) {
		for to, list := range messages {
			for _, m := range list {
				do(m.ProtoReflect().Descriptor(), to)
			}
		}
	}
	each(s.note)
	each(func(m protoreflect.MessageDescriptor, to direction) {
		if _, err := s.message(m, slices.Collect(fieldsOf(m)), to); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *schemas) want(t *testing.T, name, want string) {
	t.Helper()
	proxy, ok := s.made[name]
	if !ok {
		t.Errorf("there is no schema %s", name)
		return
	}
	got, err := proxy.Render()
	if err != nil {
		t.Fatal(err)
	}
	if want = strings.TrimPrefix(want, "\n"); string(got) != want {
		t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
	}
}

// A message that goes both ways has a schema for each: what is always there, and what is refused, is not the same.
func TestAMessageThatGoesBothWays(t *testing.T) {
	s := schemasOf(t, map[direction][]proto.Message{told: {&v1.FinalScore{}, &v1.ScoringRules{}}, asked: {&v1.FinalScore{}, &v1.ScoringRules{}}})
	s.want(t, "FinalScore", `
type: object
properties:
    team1_score:
        type: integer
        format: int32
    team2_score:
        type: integer
        format: int32
required:
    - team1_score
    - team2_score
`)
	s.want(t, "FinalScoreInput", `
type: object
properties:
    team1_score:
        type: integer
        maximum: 199
        minimum: 0
        format: int32
    team2_score:
        type: integer
        maximum: 199
        minimum: 0
        format: int32
additionalProperties: false
`)
	if required := s.made["ScoringRulesInput"].Schema().Required; !slices.Equal(required, []string{"preset"}) {
		t.Errorf("rules need %q", required)
	}
}

func TestAMessageThatGoesOneWay(t *testing.T) {
	s := schemasOf(t, map[direction][]proto.Message{asked: {&v1.SendMessageRequest{}}, told: {&v1.Attachment{}}})
	s.want(t, "SendMessageRequest", `
type: object
properties:
    room_id:
        type: string
        maxLength: 64
        minLength: 1
    temp_id:
        type: string
        maxLength: 64
        minLength: 1
    content:
        type: string
        maxLength: 10000
        description: Not blank, and without private-use characters.
    attachments:
        type: array
        items:
            type: string
            maxLength: 64
            minLength: 1
        maxItems: 20
    reply_to:
        type: string
        maxLength: 64
        minLength: 1
required:
    - room_id
    - temp_id
additionalProperties: false
description: Content must hold text, or there must be attachments.
`)
	s.want(t, "Attachment", `
type: object
properties:
    file_id:
        type: string
    url:
        type: string
    name:
        type: string
    content_type:
        type: string
    size:
        type: string
        pattern: ^-?[0-9]+$
        format: int64
    width:
        type: integer
        format: int32
    height:
        type: integer
        format: int32
    blurhash:
        type: string
required:
    - file_id
    - url
    - name
    - content_type
    - size
    - width
    - height
    - blurhash
`)
}

func TestWordsOfRequestsAndAnswers(t *testing.T) {
	s := schemasOf(t, map[direction][]proto.Message{asked: {&v1.UpdateProfileRequest{}, &v1.UpdateCourtRequest{}}, told: {&v1.Member{}}})
	words := func(schema *base.SchemaProxy) string {
		var words []string
		for _, node := range schema.Schema().Enum {
			words = append(words, node.Value)
		}
		return strings.Join(words, ",")
	}
	for name, want := range map[string]string{
		"UpdateProfileRequest/skill_level": "beginner,intermediate,advanced,expert",
		"UpdateCourtRequest/status":        "available,maintenance",
	} {
		message, field, _ := strings.Cut(name, "/")
		if got := words(s.made[message].Schema().Properties.GetOrZero(field)); got != want {
			t.Errorf("%s may be %s, want %s", name, got, want)
		}
	}
	if got, want := words(s.made["SkillLevel"]), "beginner,intermediate,advanced,expert,all,"; got != want {
		t.Errorf("a skill level is one of %s, want %s", got, want)
	}
	if ref := s.made["Member"].Schema().Properties.GetOrZero("skill_level").GetReference(); ref != "#/components/schemas/SkillLevel" {
		t.Errorf("a member's skill level is %q", ref)
	}
}

func TestAnEventIsExactlyOneThing(t *testing.T) {
	s := schemasOf(t, map[direction][]proto.Message{told: {&v1.PollResponse{}}})
	event := s.made["Event"].Schema()
	if event.MinProperties == nil || *event.MinProperties != 1 || event.MaxProperties == nil || *event.MaxProperties != 1 || len(event.Required) > 0 {
		t.Errorf("an event has %v to %v properties and needs %q", event.MinProperties, event.MaxProperties, event.Required)
	}
	if room := s.made["Room"]; room == nil {
		t.Error("a room, which an event holds, has no schema")
	}
	if hello := s.made["Hello"].Schema().Properties.GetOrZero("heartbeat_interval").Schema(); hello.Pattern == "" || hello.Type[0] != "string" {
		t.Errorf("a duration is %v", hello)
	}
}

// stringRules are rules with one of the contract's own.
func stringRules(rule protoreflect.ExtensionType) *validate.StringRules {
	rules := &validate.StringRules{}
	proto.SetExtension(rules, rule, true)
	return rules
}

func TestRules(t *testing.T) {
	for name, c := range map[string]struct {
		rules *validate.FieldRules
		want  string
	}{
		"nothing": {nil, "{}\n"},
		"a text": {&validate.FieldRules{Type: &validate.FieldRules_String_{String_: &validate.StringRules{
			MinLen: proto.Uint64(2), MaxLen: proto.Uint64(9), Pattern: proto.String("^[^ ]+$"),
		}}}, "maxLength: 9\nminLength: 2\npattern: ^[^ ]+$\n"},
		"a text that is not blank": {&validate.FieldRules{Type: &validate.FieldRules_String_{String_: &validate.StringRules{
			Pattern: proto.String(`[^\s]`),
		}}}, "minLength: 1\npattern: '[^\\s]'\n"},
		"what people read": {&validate.FieldRules{Type: &validate.FieldRules_String_{String_: stringRules(v1.E_Text)}},
			"description: Not blank, and without private-use characters.\n"},
		"a line": {&validate.FieldRules{Type: &validate.FieldRules_String_{String_: stringRules(v1.E_Line)}},
			"description: One line without hidden, private-use or unassigned characters, and not blank.\n"},
		"an address": {&validate.FieldRules{Type: &validate.FieldRules_String_{String_: stringRules(v1.E_WebUrl)}},
			"format: uri\ndescription: An https URL with a host and without credentials.\n"},
		"one of some texts": {&validate.FieldRules{Type: &validate.FieldRules_String_{String_: &validate.StringRules{
			In: []string{"a", "b"},
		}}}, "enum:\n    - a\n    - b\n"},
		"a number": {&validate.FieldRules{Type: &validate.FieldRules_Int32{Int32: &validate.Int32Rules{
			GreaterThan: &validate.Int32Rules_Gte{Gte: 0}, LessThan: &validate.Int32Rules_Lte{Lte: 5},
		}}}, "maximum: 5\nminimum: 0\n"},
		"a long number": {&validate.FieldRules{Type: &validate.FieldRules_Int64{Int64: &validate.Int64Rules{
			GreaterThan: &validate.Int64Rules_Gte{Gte: 1}, LessThan: &validate.Int64Rules_Lte{Lte: 1 << 40},
		}}}, "pattern: ^[1-9][0-9]*$\ndescription: 1099511627776 at most.\n"},
		"a list": {&validate.FieldRules{Type: &validate.FieldRules_Repeated{Repeated: &validate.RepeatedRules{
			MinItems: proto.Uint64(1), MaxItems: proto.Uint64(2), Unique: proto.Bool(true),
		}}}, "maxItems: 2\nminItems: 1\nuniqueItems: true\n"},
		"a rule in words": {&validate.FieldRules{Cel: []*validate.Rule{{Message: proto.String("must be an https URL")}}},
			"description: Must be an https URL.\n"},
	} {
		schema := &base.Schema{}
		if err := constrain(schema, c.rules); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got, err := base.CreateSchemaProxy(schema).Render()
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v, %q, want %q", name, err, got, c.want)
		}
	}
}

// A rule that the document would not tell of is refused.
func TestRulesThatAreNotKnown(t *testing.T) {
	for name, rules := range map[string]*validate.FieldRules{
		"of texts": {Type: &validate.FieldRules_String_{String_: &validate.StringRules{Prefix: proto.String("a")}}},
		"of long numbers": {Type: &validate.FieldRules_Int64{Int64: &validate.Int64Rules{
			GreaterThan: &validate.Int64Rules_Gte{Gte: 7},
		}}},
		"of times":       {Type: &validate.FieldRules_Timestamp{Timestamp: &validate.TimestampRules{LessThan: &validate.TimestampRules_LtNow{LtNow: true}}}},
		"of all kinds":   {Ignore: validate.Ignore_IGNORE_ALWAYS.Enum()},
		"without a text": {CelExpression: []string{"this > 1"}},
	} {
		if err := constrain(&base.Schema{}, rules); err == nil {
			t.Errorf("rules %s are passed over", name)
		}
	}
}

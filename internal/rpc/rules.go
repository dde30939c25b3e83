package rpc

import (
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// ruleTexts says what each rule of the contract asks for, by the rule's id, with {bound} for a bound of that name. The
// rules of numbers are "number" for all of their types.
var ruleTexts = map[string]fault.Text{
	"required":           missing,
	"string.min_len":     {Ko: "{min_len}자 이상이어야 합니다.", En: "must be at least {min_len} characters"},
	"string.max_len":     {Ko: "{max_len}자까지 쓸 수 있습니다.", En: "must be at most {max_len} characters"},
	"string.text":        {Ko: "빈칸이 아닌 글자가 있어야 합니다.", En: "must not be blank"},
	"string.private":     {Ko: "기기마다 다르게 보이는 글자는 쓸 수 없어요.", En: "must not have characters that look different on each device"},
	"string.line":        {Ko: "보이는 글자로 된 한 줄이어야 합니다.", En: "must be one line of visible characters"},
	"string.web_url":     {Ko: "https 주소여야 합니다.", En: "must be an https URL"},
	"string.in":          {Ko: "다음 중 하나여야 합니다: {in}", En: "must be one of: {in}"},
	"string.pattern":     {Ko: "23:00처럼 시와 분이어야 해요.", En: "must be hours and minutes, such as 23:00"},
	"number.gte":         {Ko: "{gte} 이상이어야 합니다.", En: "must be at least {gte}"},
	"number.gte_lte":     {Ko: "{gte}부터 {lte}까지여야 합니다.", En: "must be from {gte} to {lte}"},
	"enum.defined_only":  {Ko: "없는 값입니다.", En: "must be one of the values there are"},
	"enum.in":            {Ko: "쓸 수 없는 값입니다.", En: "must be one of the values allowed here"},
	"enum.not_in":        {Ko: "쓸 수 없는 값입니다.", En: "must be one of the values allowed here"},
	"repeated.min_items": {Ko: "{min_items}개 이상이어야 합니다.", En: "must have at least {min_items} items"},
	"repeated.max_items": {Ko: "{max_items}개까지 넣을 수 있습니다.", En: "must have at most {max_items} items"},
	"repeated.unique":    {Ko: "같은 값이 두 번 있습니다.", En: "must not have the same item twice"},

	"content.or_attachments":    {Ko: "내용이나 첨부 파일이 있어야 합니다.", En: "content must hold text, or there must be attachments"},
	"message_ids.or_up_to":      {Ko: "message_ids나 up_to가 있어야 합니다.", En: "give message_ids or up_to"},
	"notifications.kinds":       {Ko: "같은 종류가 두 번 있습니다.", En: "must not name a kind twice"},
	"quiet_hours.from_to":       {Ko: "서로 다른 두 시각이거나 둘 다 비어 있어야 해요.", En: "must have two different times, or none"},
	"notification_ids.or_up_to": {Ko: "notification_ids나 up_to가 있어야 합니다.", En: "give notification_ids or up_to"},
}

// missing is said where nothing was given, whichever rule found that.
var missing = fault.Text{Ko: "값이 있어야 합니다.", En: "must be given"}

// numbers are the types whose rules are alike.
var numbers = []string{"int32.", "int64.", "uint32.", "uint64.", "sint32.", "sint64.", "float.", "double."}

// ruleText says what the rule of md that was broken asks for; in protovalidate's words where we have none.
func ruleText(md protoreflect.MessageDescriptor, v *protovalidate.Violation) fault.Text {
	id := v.Proto.GetRuleId()
	for _, prefix := range numbers {
		if rest, ok := strings.CutPrefix(id, prefix); ok {
			id = "number." + rest
		}
	}
	if isMissing(id, v.FieldValue) {
		return missing
	}
	if text, ok := ruleTexts[id]; ok {
		if text, ok = fill(text, rulesOf(md, v)); ok {
			return text
		}
	}
	return fault.Text{Ko: v.Proto.GetMessage(), En: v.Proto.GetMessage()}
}

// isMissing reports whether a rule was broken by a value that stands for none.
func isMissing(id string, value protoreflect.Value) bool {
	if !value.IsValid() {
		return false
	}
	switch id {
	case "string.min_len":
		return value.String() == ""
	case "enum.not_in":
		return value.Enum() == 0
	case "repeated.min_items":
		return value.List().Len() == 0
	}
	return false
}

// rulesOf returns the rules that the one that was broken belongs to, such as the StringRules of a field of md or of its
// elements; nil where there are none.
func rulesOf(md protoreflect.MessageDescriptor, v *protovalidate.Violation) protoreflect.Message {
	fd := fieldOf(md, v.Proto.GetField().GetElements())
	path := v.Proto.GetRule().GetElements()
	if fd == nil || len(path) == 0 {
		return nil
	}
	rules, ok := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	if !ok || rules == nil {
		return nil
	}
	m := rules.ProtoReflect()
	for _, element := range path[:len(path)-1] {
		within := m.Descriptor().Fields().ByName(protoreflect.Name(element.GetFieldName()))
		if within == nil || within.Message() == nil || within.IsList() || within.IsMap() {
			return nil
		}
		m = m.Get(within).Message()
	}
	return m
}

// fieldOf returns the field at the end of a path that begins in md; nil where there is none.
func fieldOf(md protoreflect.MessageDescriptor, path []*validate.FieldPathElement) protoreflect.FieldDescriptor {
	var fd protoreflect.FieldDescriptor
	for _, element := range path {
		if md == nil {
			return nil
		}
		if fd = md.Fields().ByName(protoreflect.Name(element.GetFieldName())); fd == nil {
			return nil
		}
		md = fd.Message()
	}
	return fd
}

// fill puts the bounds of rules into the text; false where one is missing.
func fill(text fault.Text, rules protoreflect.Message) (fault.Text, bool) {
	if rules != nil {
		var pairs []string
		rules.Range(func(fd protoreflect.FieldDescriptor, value protoreflect.Value) bool {
			pairs = append(pairs, "{"+string(fd.Name())+"}", bound(fd, value))
			return true
		})
		r := strings.NewReplacer(pairs...)
		text = fault.Text{Ko: r.Replace(text.Ko), En: r.Replace(text.En)}
	}
	return text, !strings.Contains(text.Ko+text.En, "{")
}

func bound(fd protoreflect.FieldDescriptor, value protoreflect.Value) string {
	if !fd.IsList() {
		return value.String()
	}
	list := value.List()
	elements := make([]string, list.Len())
	for i := range elements {
		elements[i] = list.Get(i).String()
	}
	return strings.Join(elements, ", ")
}

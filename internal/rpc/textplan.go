package rpc

import (
	"sync"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// textPlan is where the strings of a message are.
type textPlan struct{ fields []textField }

// textField is a field with strings in it.
type textField struct {
	fd protoreflect.FieldDescriptor
	// inner is the plan of the message, or of each one in the list or among the map's values; nil for strings.
	inner *textPlan
	// values reports whether a map's values hold strings.
	values bool
	// read is whether the strings are for people to read.
	read bool
}

// structName is the message for an object whose fields the contract does not know.
var structName = (&structpb.Struct{}).ProtoReflect().Descriptor().FullName()

// textPlans makes the plan of each message once. It may be used concurrently.
type textPlans struct{ plans sync.Map }

func (p *textPlans) of(md protoreflect.MessageDescriptor) *textPlan {
	if plan, ok := p.plans.Load(md); ok {
		return plan.(*textPlan)
	}
	plan, _ := p.plans.LoadOrStore(md, makeTextPlan(md, map[protoreflect.MessageDescriptor]*textPlan{}))
	return plan.(*textPlan)
}

// makeTextPlan plans md and what is in it. made has the plans that are finished or being made: a message may hold itself.
func makeTextPlan(md protoreflect.MessageDescriptor, made map[protoreflect.MessageDescriptor]*textPlan) *textPlan {
	if plan, ok := made[md]; ok {
		return plan
	}
	plan := &textPlan{}
	made[md] = plan
	fields := md.Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		element := fd
		if fd.IsMap() {
			element = fd.MapValue()
		}
		if element.Message() != nil && element.Message().FullName() == structName && md.ParentFile().Package() != structName.Parent() {
			// What a client keeps in an object of its own stays as it is.
			continue
		}
		f := textField{fd: fd, values: holdsText(element, map[protoreflect.MessageDescriptor]bool{}), read: isRead(fd)}
		if !f.values && !(fd.IsMap() && fd.MapKey().Kind() == protoreflect.StringKind) {
			continue
		}
		if f.values && element.Message() != nil {
			f.inner = makeTextPlan(element.Message(), made)
		}
		plan.fields = append(plan.fields, f)
	}
	return plan
}

// isRead reports whether the field, or an element of it, has one of the contract's rules for what people read.
func isRead(fd protoreflect.FieldDescriptor) bool {
	rules := stringRules(fd)
	return proto.GetExtension(rules, dongbaejulv1.E_Text).(bool) || proto.GetExtension(rules, dongbaejulv1.E_Line).(bool)
}

// stringRules returns the rules of a string, or of the elements of a list.
func stringRules(fd protoreflect.FieldDescriptor) *validate.StringRules {
	rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	if fd.IsList() {
		rules = rules.GetRepeated().GetItems()
	}
	return rules.GetString()
}

// holdsText reports whether a value of the field can have a string in it. Messages in seen are being looked at already.
func holdsText(fd protoreflect.FieldDescriptor, seen map[protoreflect.MessageDescriptor]bool) bool {
	if fd.Kind() == protoreflect.StringKind {
		return true
	}
	md := fd.Message()
	if md == nil || seen[md] {
		return false
	}
	seen[md] = true
	fields := md.Fields()
	for i := range fields.Len() {
		if holdsText(fields.Get(i), seen) {
			return true
		}
	}
	return false
}

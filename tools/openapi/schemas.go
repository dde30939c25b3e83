package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"github.com/pb33f/go-yaml"
	"github.com/pb33f/libopenapi/datamodel/high/base"
	"github.com/pb33f/libopenapi/orderedmap"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// direction is where a message goes: what may be left out, and what is refused, is not the same in both.
type direction string

const (
	asked direction = "asked"
	told  direction = "told"
)

// schemas makes the schemas of the contract's messages.
type schemas struct {
	// made are the components, by name.
	made map[string]*base.SchemaProxy
	// uses tells in which directions a message within others goes.
	uses      map[protoreflect.FullName]map[direction]bool
	validator protovalidate.Validator
}

func newSchemas() (*schemas, error) {
	validator, err := protovalidate.New()
	return &schemas{
		made: make(map[string]*base.SchemaProxy), uses: make(map[protoreflect.FullName]map[direction]bool), validator: validator,
	}, err
}

// note notes that a message goes in a direction, and all that is in it.
func (s *schemas) note(message protoreflect.MessageDescriptor, to direction) {
	if s.uses[message.FullName()][to] {
		return
	}
	if s.uses[message.FullName()] == nil {
		s.uses[message.FullName()] = make(map[direction]bool)
	}
	s.uses[message.FullName()][to] = true
	for field := range fieldsOf(message) {
		if field.Message() != nil {
			s.note(field.Message(), to)
		}
	}
}

// nameOf is what a message's schema is called. One that goes both ways has two.
func (s *schemas) nameOf(message protoreflect.MessageDescriptor, to direction) string {
	if to == asked && s.uses[message.FullName()][told] {
		return string(message.Name()) + "Input"
	}
	return string(message.Name())
}

// message makes the schema of a message with some of its fields, unless it is there, and refers to it.
func (s *schemas) message(message protoreflect.MessageDescriptor, fields []protoreflect.FieldDescriptor, to direction) (string, error) {
	name := s.nameOf(message, to)
	if _, ok := s.made[name]; !ok {
		// A message may contain itself.
		s.made[name] = nil
		schema, err := s.object(message, fields, to)
		if err != nil {
			return "", err
		}
		if call, ok := strings.CutSuffix(name, "Response"); ok {
			// oapi-codegen has a type ListGamesResponse of its own for a call ListGames: the whole answer of HTTP.
			schema.Extensions = orderedmap.New[string, *yaml.Node]()
			schema.Extensions.Set("x-go-name", text(call+"Result"))
		}
		s.made[name] = base.CreateSchemaProxy(schema)
	}
	return "#/components/schemas/" + name, nil
}

func (s *schemas) object(message protoreflect.MessageDescriptor, fields []protoreflect.FieldDescriptor, to direction) (*base.Schema, error) {
	schema := &base.Schema{
		Type: []string{"object"}, Description: comment(message),
		Properties: orderedmap.New[string, *base.SchemaProxy](),
	}
	required, err := s.required(message, to)
	if err != nil {
		return nil, err
	}
	for _, field := range fields {
		property, err := s.field(field, to)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field.FullName(), err)
		}
		schema.Properties.Set(string(field.Name()), property)
		if required[string(field.Name())] {
			schema.Required = append(schema.Required, string(field.Name()))
		}
	}
	if to == asked {
		// Fields that are not known are refused.
		schema.AdditionalProperties = &base.DynamicValue[*base.SchemaProxy, bool]{N: 1, B: false}
		rules, _ := proto.GetExtension(message.Options(), validate.E_Message).(*validate.MessageRules)
		for _, rule := range rules.GetCel() {
			addText(schema, sentence(rule.GetMessage()))
		}
	}
	if isUnion(message) {
		one := int64(1)
		schema.MinProperties, schema.MaxProperties = &one, &one
		addText(schema, "Exactly one of these is there.")
	}
	return schema, nil
}

// isUnion reports whether exactly one field of a message is set.
func isUnion(message protoreflect.MessageDescriptor) bool {
	oneofs := message.Oneofs()
	return oneofs.Len() == 1 && !oneofs.Get(0).IsSynthetic() && oneofs.Get(0).Fields().Len() == message.Fields().Len()
}

// required are the fields that are always there. In a request these are the ones without which it breaks a rule of theirs.
// In an answer they are those of which protobuf does not know whether they are set: they are written out, zero or not.
func (s *schemas) required(message protoreflect.MessageDescriptor, to direction) (map[string]bool, error) {
	required := make(map[string]bool)
	if to == told {
		for field := range fieldsOf(message) {
			required[string(field.Name())] = !field.HasPresence()
		}
		return required, nil
	}
	err := s.validator.Validate(dynamicpb.NewMessage(message))
	broken, ok := errors.AsType[*protovalidate.ValidationError](err)
	if err != nil && !ok {
		return nil, fmt.Errorf("the rules of %s: %w", message.FullName(), err)
	}
	if broken != nil {
		for _, violation := range broken.Violations {
			if path := violation.Proto.GetField().GetElements(); len(path) > 0 {
				required[path[0].GetFieldName()] = true
			}
		}
	}
	return required, nil
}

// field makes the schema of a field's value, with what is said of it.
func (s *schemas) field(field protoreflect.FieldDescriptor, to direction) (*base.SchemaProxy, error) {
	about := &base.Schema{Description: comment(field)}
	if behaves(field, annotations.FieldBehavior_OUTPUT_ONLY) {
		readOnly := true
		about.ReadOnly = &readOnly
	}
	rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
	switch {
	case field.IsMap():
		about.Type = []string{"object"}
		values, err := s.value(field.MapValue(), &base.Schema{}, nil, to)
		if err != nil {
			return nil, err
		}
		about.AdditionalProperties = &base.DynamicValue[*base.SchemaProxy, bool]{A: values}
	case field.IsList():
		about.Type = []string{"array"}
		items, err := s.value(field, &base.Schema{}, rules.GetRepeated().GetItems(), to)
		if err != nil {
			return nil, err
		}
		about.Items = &base.DynamicValue[*base.SchemaProxy, bool]{A: items}
	default:
		return s.value(field, about, rules, to)
	}
	if to == asked {
		return base.CreateSchemaProxy(about), constrain(about, rules)
	}
	return base.CreateSchemaProxy(about), nil
}

// value makes the schema of one value of a field's type, into about.
func (s *schemas) value(field protoreflect.FieldDescriptor, about *base.Schema, rules *validate.FieldRules, to direction) (*base.SchemaProxy, error) {
	if to == told {
		rules = nil
	}
	switch field.Kind() {
	case protoreflect.MessageKind:
		if err := constrain(about, rules); err != nil {
			return nil, err
		}
		return s.messageValue(field.Message(), about, to)
	case protoreflect.EnumKind:
		if to == told {
			return referTo(s.enum(field.Enum()), about), nil
		}
		about.Type = []string{"string"}
		words(about, acceptedValues(field.Enum(), rules.GetEnum()))
	case protoreflect.StringKind:
		about.Type = []string{"string"}
	case protoreflect.BoolKind:
		about.Type = []string{"boolean"}
	case protoreflect.Int32Kind:
		about.Type, about.Format = []string{"integer"}, "int32"
	case protoreflect.Int64Kind:
		about.Type, about.Format, about.Pattern = []string{"string"}, "int64", "^-?[0-9]+$"
	case protoreflect.DoubleKind:
		about.Type, about.Format = []string{"number"}, "double"
	default:
		return nil, fmt.Errorf("fields of type %s are not known here", field.Kind())
	}
	return base.CreateSchemaProxy(about), constrain(about, rules)
}

func (s *schemas) messageValue(message protoreflect.MessageDescriptor, about *base.Schema, to direction) (*base.SchemaProxy, error) {
	switch message.FullName() {
	case "google.protobuf.Timestamp":
		about.Type, about.Format = []string{"string"}, "date-time"
		return base.CreateSchemaProxy(about), nil
	case "google.protobuf.Duration":
		about.Type, about.Pattern = []string{"string"}, `^-?[0-9]+(\.[0-9]+)?s$`
		addText(about, `Seconds, such as "15s" or "1.5s".`)
		return base.CreateSchemaProxy(about), nil
	case "google.protobuf.Struct":
		about.Type, about.AdditionalProperties = []string{"object"}, &base.DynamicValue[*base.SchemaProxy, bool]{N: 1, B: true}
		return base.CreateSchemaProxy(about), nil
	}
	if message.ParentFile().Package() != contractPackage {
		return nil, fmt.Errorf("%s is not known here", message.FullName())
	}
	ref, err := s.message(message, slices.Collect(fieldsOf(message)), to)
	return referTo(ref, about), err
}

// referTo refers to a component, and says what about does besides.
func referTo(ref string, about *base.Schema) *base.SchemaProxy {
	if about.Description == "" && about.ReadOnly == nil {
		return base.CreateSchemaProxyRef(ref)
	}
	return base.CreateSchemaProxyRefWithSchema(ref, about)
}

// enum makes the schema of an enum in answers, unless it is there, and refers to it.
func (s *schemas) enum(enum protoreflect.EnumDescriptor) string {
	name := string(enum.Name())
	if _, ok := s.made[name]; !ok {
		schema := &base.Schema{Type: []string{"string"}, Description: comment(enum)}
		values := valuesOf(enum)
		words(schema, append(values[1:], values[0]))
		addText(schema, "Empty where nothing is set.")
		s.made[name] = base.CreateSchemaProxy(schema)
	}
	return "#/components/schemas/" + name
}

func valuesOf(enum protoreflect.EnumDescriptor) []protoreflect.EnumValueDescriptor {
	values := make([]protoreflect.EnumValueDescriptor, enum.Values().Len())
	for i := range values {
		values[i] = enum.Values().Get(i)
	}
	return values
}

// acceptedValues are those that a request may have; the one that stands for nothing can be left out as well.
func acceptedValues(enum protoreflect.EnumDescriptor, rules *validate.EnumRules) []protoreflect.EnumValueDescriptor {
	return slices.DeleteFunc(valuesOf(enum), func(value protoreflect.EnumValueDescriptor) bool {
		number := int32(value.Number())
		return number == 0 || slices.Contains(rules.GetNotIn(), number) || len(rules.GetIn()) > 0 && !slices.Contains(rules.GetIn(), number)
	})
}

// words lets a schema be one of the words of an enum, and says what the contract says of them.
func words(schema *base.Schema, values []protoreflect.EnumValueDescriptor) {
	var list []string
	for _, value := range values {
		schema.Enum = append(schema.Enum, text(word(value)))
		if said := comment(value); said != "" {
			list = append(list, fmt.Sprintf("- `%s`: %s", word(value), said))
		}
	}
	addText(schema, strings.Join(list, "\n"))
}

// addText adds a paragraph to what a schema says.
func addText(schema *base.Schema, paragraph string) {
	if schema.Description != "" && paragraph != "" {
		schema.Description += "\n\n"
	}
	schema.Description += paragraph
}

// sentence makes one of words.
func sentence(words string) string {
	return strings.ToUpper(words[:1]) + strings.TrimSuffix(words[1:], ".") + "."
}

// text is a string in YAML.
func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

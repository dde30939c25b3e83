package main

import (
	"fmt"
	"regexp"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/pb33f/libopenapi/datamodel/high/base"
	"google.golang.org/protobuf/reflect/protoreflect"

	// The contract's own rules.
	_ "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// constrain says in a schema what a value of a request is held to. A rule that is not known here is an error: nobody would
// notice that it is missing from the document.
func constrain(schema *base.Schema, rules *validate.FieldRules) error {
	var err error
	apply := func(rule string, value protoreflect.Value) bool {
		if !constrainBy(schema, rule, value) {
			err = fmt.Errorf("the rule %s = %v is not known here", rule, value)
		}
		return err == nil
	}
	rules.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.ContainingOneof() == nil {
			return apply(string(field.Name()), value)
		}
		value.Message().Range(func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
			return apply(string(field.Name()+"."+rule.Name()), value)
		})
		return err == nil
	})
	return err
}

// constrainBy says one rule; false where it is not known.
func constrainBy(schema *base.Schema, rule string, value protoreflect.Value) bool {
	switch rule {
	case "required", "repeated.items", "enum.defined_only", "enum.in", "enum.not_in":
		// They are said where the message, the items and the words are.
	case "cel":
		for i := range value.List().Len() {
			said := value.List().Get(i).Message().Interface().(*validate.Rule).GetMessage()
			addText(schema, sentence(said))
		}
	case "string.min_len":
		schema.MinLength = new(int64(value.Uint()))
	case "string.max_len":
		schema.MaxLength = new(int64(value.Uint()))
	case "string.pattern":
		schema.Pattern = value.String()
		// Said as a bound as well where it asks for a character, for people and forms.
		if schema.MinLength == nil && !regexp.MustCompile(schema.Pattern).MatchString("") {
			schema.MinLength = new(int64(1))
		}
	case "string.text":
		addText(schema, "Not blank, and without private-use characters.")
	case "string.line":
		addText(schema, "One line without hidden, private-use or unassigned characters, and not blank.")
	case "string.web_url":
		schema.Format = "uri"
		addText(schema, "An https URL with a host and without credentials.")
	case "string.in":
		for i := range value.List().Len() {
			schema.Enum = append(schema.Enum, text(value.List().Get(i).String()))
		}
	case "int32.gte":
		schema.Minimum = new(float64(value.Int()))
	case "int32.lte":
		schema.Maximum = new(float64(value.Int()))
	case "int64.gte":
		// 64 bits are a string in JSON, which has no minimum.
		pattern, ok := map[int64]string{0: "^[0-9]+$", 1: "^[1-9][0-9]*$"}[value.Int()]
		schema.Pattern = pattern
		return ok
	case "int64.lte":
		addText(schema, fmt.Sprintf("%d at most.", value.Int()))
	case "repeated.min_items":
		schema.MinItems = new(int64(value.Uint()))
	case "repeated.max_items":
		schema.MaxItems = new(int64(value.Uint()))
	case "repeated.unique":
		schema.UniqueItems = new(value.Bool())
	default:
		return false
	}
	return true
}

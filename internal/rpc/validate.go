package rpc

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/listlimit"
)

// maxViolations bounds how many fields are told to be wrong at once.
const maxViolations = 20

// validation holds every message to the rules of its contract.
func validation() (inspection, error) {
	requests := requestsOf(dongbaejulv1.File_dongbaejul_v1_common_proto.Package())
	validator, err := protovalidate.New(protovalidate.WithMessageDescriptors(requests...))
	if err != nil {
		return nil, fmt.Errorf("rpc: %w", err)
	}
	// A rule that cannot be evaluated is found now, and not by who calls first.
	for _, md := range requests {
		err := validator.Validate(dynamicpb.NewMessage(md))
		if _, broken := errors.AsType[*protovalidate.ValidationError](err); err != nil && !broken {
			return nil, fmt.Errorf("rpc: rules of %s: %w", md.FullName(), err)
		}
	}
	return func(m proto.Message) error {
		md := m.ProtoReflect().Descriptor()
		if long := listlimit.TooLong(m, maxViolations); len(long) > 0 {
			return invalid(tooLong(long))
		}
		first, err := violations(validator.Validate(m, protovalidate.WithFailFast()))
		if err != nil {
			return fmt.Errorf("validate %s: %w", md.FullName(), err)
		}
		if len(first) == 0 {
			return nil
		}
		// Elements beyond those whose violations would be told are not looked at: m is not used any more.
		listlimit.Shorten(m, maxViolations)
		all, err := violations(validator.Validate(m))
		if err != nil {
			return fmt.Errorf("validate %s: %w", md.FullName(), err)
		}
		if len(all) == 0 {
			all = first
		}
		return invalid(fieldsOf(md, all))
	}, nil
}

// violations are those that a validator found; an error where it could not look.
func violations(err error) ([]*protovalidate.Violation, error) {
	if violated, ok := errors.AsType[*protovalidate.ValidationError](err); ok {
		return violated.Violations, nil
	}
	return nil, err
}

// tooLong are the violations of lists that are too long.
func tooLong(lists []listlimit.Excess) []fault.Field {
	const rule = "repeated.max_items"
	fields := make([]fault.Field, len(lists))
	for i, list := range lists {
		most, _ := listlimit.MaxItems(list.Field)
		bound := strings.NewReplacer("{max_items}", strconv.Itoa(most))
		fields[i] = fault.Field{Path: list.Path, Rule: rule, Text: fault.Text{
			Ko: bound.Replace(ruleTexts[rule].Ko), En: bound.Replace(ruleTexts[rule].En),
		}}
	}
	return fields
}

// requestsOf returns the messages that calls of the package's services take.
func requestsOf(pkg protoreflect.FullName) []protoreflect.MessageDescriptor {
	var requests []protoreflect.MessageDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage(pkg, func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				requests = append(requests, methods.Get(j).Input())
			}
		}
		return true
	})
	return requests
}

func fieldsOf(md protoreflect.MessageDescriptor, violations []*protovalidate.Violation) []fault.Field {
	fields := make([]fault.Field, 0, min(len(violations), maxViolations))
	for _, v := range violations[:min(len(violations), maxViolations)] {
		fields = append(fields, fault.Field{Path: pathOf(md, v), Rule: v.Proto.GetRuleId(), Text: ruleText(md, v)})
	}
	return fields
}

// pathOf names the field that a rule is about. The id of a rule about several fields of a message begins with the one that
// a client should look at first, such as "content.or_attachments".
func pathOf(md protoreflect.MessageDescriptor, v *protovalidate.Violation) string {
	path := protovalidate.FieldPathString(v.Proto.GetField())
	first, _, _ := strings.Cut(v.Proto.GetRuleId(), ".")
	if path == "" && md.Fields().ByName(protoreflect.Name(first)) != nil {
		return first
	}
	return path
}

// invalid is a request that is wrong in fields, at least one. Its text is about the first.
func invalid(fields []fault.Field) error {
	first := fields[0]
	e := fault.InvalidField(first.Path, first.Rule, first.Text.Ko, first.Text.En)
	e.Fields = fields
	return e
}

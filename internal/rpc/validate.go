package rpc

import (
	"errors"
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
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
		err := validator.Validate(m)
		if err == nil {
			return nil
		}
		violated, ok := errors.AsType[*protovalidate.ValidationError](err)
		if !ok {
			return fmt.Errorf("validate %s: %w", m.ProtoReflect().Descriptor().FullName(), err)
		}
		return invalid(fieldsOf(m.ProtoReflect().Descriptor(), violated.Violations))
	}, nil
}

// requestsOf gives the messages that calls of the package's services take.
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
	ko, en := first.Text.Ko, first.Text.En
	if first.Path != "" {
		ko, en = first.Path+": "+ko, first.Path+": "+en
	}
	e := fault.InvalidField(first.Path, first.Rule, ko, en)
	e.Fields = fields
	return e
}

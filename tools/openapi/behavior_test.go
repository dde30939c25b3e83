package main

import (
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// The contract says of each field of a request whether it is required, as its rules have it, and of what the server assigns that
// it is in answers only.
func TestFieldsSayHowTheyBehave(t *testing.T) {
	s, err := newSchemas()
	if err != nil {
		t.Fatal(err)
	}
	protoregistry.GlobalFiles.RangeFilesByPackage(v1.File_dongbaejul_v1_common_proto.Package(), func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			for method := range methodsOf(file.Services().Get(i)) {
				s.note(method.Input(), asked)
				s.note(method.Output(), told)
			}
		}
		return true
	})
	for name, uses := range s.uses {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
		if err != nil {
			t.Fatal(err)
		}
		message := found.(protoreflect.MessageDescriptor)
		if message.ParentFile().Package() != contractPackage {
			continue
		}
		if uses[asked] {
			checkRequired(t, s, message)
		}
		for field := range fieldsOf(message) {
			if !uses[asked] && isAssigned(field) && !behaves(field, annotations.FieldBehavior_OUTPUT_ONLY) {
				t.Errorf("%s: OUTPUT_ONLY is missing", field.FullName())
			}
		}
	}
}

func checkRequired(t *testing.T, s *schemas, message protoreflect.MessageDescriptor) {
	t.Helper()
	required, err := s.required(message, asked)
	if err != nil {
		t.Fatal(err)
	}
	for field := range fieldsOf(message) {
		switch says, is := behaves(field, annotations.FieldBehavior_REQUIRED), required[string(field.Name())]; {
		case is && !says:
			t.Errorf("%s: REQUIRED is missing", field.FullName())
		case says && !is:
			t.Errorf("%s: REQUIRED, and a request without it is taken", field.FullName())
		}
	}
}

func methodsOf(service protoreflect.ServiceDescriptor) func(yield func(protoreflect.MethodDescriptor) bool) {
	return func(yield func(protoreflect.MethodDescriptor) bool) {
		for i := range service.Methods().Len() {
			if !yield(service.Methods().Get(i)) {
				return
			}
		}
	}
}

package main

import (
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// behaves reports whether the contract says of a field that it behaves so (AIP-203).
func behaves(field protoreflect.FieldDescriptor, behavior annotations.FieldBehavior) bool {
	behaviors, _ := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(behaviors, behavior)
}

// isAssigned reports whether a field holds what the server assigns: an id, a number, a count or a time.
func isAssigned(field protoreflect.FieldDescriptor) bool {
	name := string(field.Name())
	switch {
	case field.Message() != nil:
		return strings.HasSuffix(name, "_at") && field.Message().FullName() == "google.protobuf.Timestamp"
	case name == "id", name == "seq", name == "version":
		return true
	}
	return strings.HasSuffix(name, "_count")
}

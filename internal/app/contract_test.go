package app

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Versions are numbers in JSON too, which an int64 is not.
func TestVersionsAreNumbersInJSON(t *testing.T) {
	found := 0
	protoregistry.GlobalFiles.RangeFilesByPackage(contractPackage, func(file protoreflect.FileDescriptor) bool {
		for _, message := range messagesOf(file.Messages()) {
			for _, name := range []protoreflect.Name{"version", "expected_version"} {
				field := message.Fields().ByName(name)
				if field == nil {
					continue
				}
				found++
				if field.Kind() != protoreflect.Int32Kind {
					t.Errorf("%s is of the kind %s, want int32", field.FullName(), field.Kind())
				}
			}
		}
		return true
	})
	if found < 4 {
		t.Errorf("only %d versions: the contract was not found", found)
	}
}

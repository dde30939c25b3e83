package app

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/runtime/protoimpl"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// contractPackage is the protobuf package of the contract.
const contractPackage protoreflect.FullName = "dongbaejul.v1"

// wordEnum is what an enum is called inside the message that replaces it in the contract of REST.
const wordEnum = "Word"

// restContract copies the contract as REST speaks it: the same messages and the same bytes, but enum values have the short
// words of people (GAME_STATUS_SCHEDULED is "scheduled") and the zero value, which stands for nothing, is "".
func restContract() (*protoregistry.Files, error) {
	files := new(protoregistry.Files)
	var err error
	protoregistry.GlobalFiles.RangeFilesByPackage(contractPackage, func(file protoreflect.FileDescriptor) bool {
		err = addFile(files, file)
		return err == nil
	})
	return files, err
}

// addFile adds file and what it imports: copies of the contract's own files, the others as they are.
func addFile(files *protoregistry.Files, file protoreflect.FileDescriptor) error {
	if _, err := files.FindFileByPath(file.Path()); err == nil {
		return nil
	}
	imports := file.Imports()
	for i := range imports.Len() {
		if err := addFile(files, imports.Get(i).FileDescriptor); err != nil {
			return err
		}
	}
	if file.Package() != contractPackage {
		return files.RegisterFile(file)
	}
	copied := protodesc.ToFileDescriptorProto(file)
	if err := shortenFile(copied); err != nil {
		return fmt.Errorf("short words for %s: %w", file.Path(), err)
	}
	raw, err := proto.Marshal(copied)
	if err != nil {
		return err
	}
	// Not protodesc.NewFile: it refuses words that are no identifiers, such as "1x21" and "".
	protoimpl.DescBuilder{RawDescriptor: raw, FileRegistry: files}.Build()
	return nil
}

func shortenFile(file *descriptorpb.FileDescriptorProto) error {
	for _, message := range file.GetMessageType() {
		if err := shortenMessage(message); err != nil {
			return err
		}
	}
	holders, err := holdersOf(file.GetEnumType())
	file.EnumType = nil
	file.MessageType = append(file.MessageType, holders...)
	return err
}

func shortenMessage(message *descriptorpb.DescriptorProto) error {
	for _, field := range message.GetField() {
		if field.GetType() == descriptorpb.FieldDescriptorProto_TYPE_ENUM && inContract(field.GetTypeName()) {
			field.TypeName = proto.String(field.GetTypeName() + "." + wordEnum)
		}
	}
	for _, nested := range message.GetNestedType() {
		if err := shortenMessage(nested); err != nil {
			return err
		}
	}
	holders, err := holdersOf(message.GetEnumType())
	message.EnumType = nil
	message.NestedType = append(message.NestedType, holders...)
	return err
}

func inContract(typeName string) bool {
	return strings.HasPrefix(typeName, "."+string(contractPackage)+".")
}

// holdersOf gives each enum a message of its own, since the names of enum values lie in the scope around the enum, where
// equal words of two enums would collide.
func holdersOf(enums []*descriptorpb.EnumDescriptorProto) ([]*descriptorpb.DescriptorProto, error) {
	holders := make([]*descriptorpb.DescriptorProto, 0, len(enums))
	for _, enum := range enums {
		holder := &descriptorpb.DescriptorProto{Name: proto.String(enum.GetName()), EnumType: []*descriptorpb.EnumDescriptorProto{enum}}
		enum.Name = proto.String(wordEnum)
		if err := shortenValues(enum.GetValue()); err != nil {
			return nil, fmt.Errorf("enum %s: %w", holder.GetName(), err)
		}
		holders = append(holders, holder)
	}
	return holders, nil
}

// shortenValues takes off the prefix that the names of an enum's values share by the contract's style.
func shortenValues(values []*descriptorpb.EnumValueDescriptorProto) error {
	prefix, ok := strings.CutSuffix(values[0].GetName(), "UNSPECIFIED")
	if !ok {
		return fmt.Errorf("the first value is %s, not …_UNSPECIFIED", values[0].GetName())
	}
	values[0].Name = proto.String("")
	for _, value := range values[1:] {
		word, ok := strings.CutPrefix(value.GetName(), prefix)
		if !ok {
			return fmt.Errorf("value %s does not begin with %s", value.GetName(), prefix)
		}
		value.Name = proto.String(strings.ToLower(word))
	}
	return nil
}

// restTypes finds the types of REST's contract, and everything else (error details above all) among the generated ones.
type restTypes struct{ contract *dynamicpb.Types }

func (t restTypes) FindMessageByName(name protoreflect.FullName) (protoreflect.MessageType, error) {
	if found, err := t.contract.FindMessageByName(name); err == nil {
		return found, nil
	}
	return protoregistry.GlobalTypes.FindMessageByName(name)
}

func (t restTypes) FindMessageByURL(url string) (protoreflect.MessageType, error) {
	if found, err := t.contract.FindMessageByURL(url); err == nil {
		return found, nil
	}
	return protoregistry.GlobalTypes.FindMessageByURL(url)
}

func (restTypes) FindExtensionByName(name protoreflect.FullName) (protoreflect.ExtensionType, error) {
	return protoregistry.GlobalTypes.FindExtensionByName(name)
}

func (restTypes) FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionType, error) {
	return protoregistry.GlobalTypes.FindExtensionByNumber(message, number)
}

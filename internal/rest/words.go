package rest

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/runtime/protoimpl"
	"google.golang.org/protobuf/types/descriptorpb"
)

// wordEnum is what an enum is called inside the message that replaces it in the contract of REST.
const wordEnum = "Word"

// words is the contract as REST speaks it.
type words struct {
	files *protoregistry.Files
	// spelled has the copies of the messages that have an enum in them, however deep.
	spelled map[protoreflect.FullName]protoreflect.MessageDescriptor
}

func newWords() (*words, error) {
	files, err := copyContract()
	if err != nil {
		return nil, err
	}
	w := &words{files: files, spelled: make(map[protoreflect.FullName]protoreflect.MessageDescriptor)}
	files.RangeFilesByPackage(contractPackage, func(file protoreflect.FileDescriptor) bool {
		w.addMessages(file.Messages())
		return true
	})
	return w, nil
}

func (w *words) addMessages(messages protoreflect.MessageDescriptors) {
	for i := range messages.Len() {
		message := messages.Get(i)
		if hasEnum(message, make(map[protoreflect.FullName]bool)) {
			w.spelled[message.FullName()] = message
		}
		w.addMessages(message.Messages())
	}
}

// hasEnum reports whether an enum of the contract is anywhere in a message. Messages in seen are being looked at already.
func hasEnum(message protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	if seen[message.FullName()] {
		return false
	}
	seen[message.FullName()] = true
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		if enum := field.Enum(); enum != nil && enum.ParentFile().Package() == contractPackage {
			return true
		}
		if inner := field.Message(); inner != nil && hasEnum(inner, seen) {
			return true
		}
	}
	return false
}

// copyContract copies the contract as REST speaks it: the same messages and the same bytes, but enum values have the short
// words of people (GAME_STATUS_SCHEDULED is "scheduled") and the zero value, which stands for nothing, is "".
func copyContract() (*protoregistry.Files, error) {
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

// holdersOf returns each enum a message of its own, since the names of enum values lie in the scope around the enum, where
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

func shortenValues(values []*descriptorpb.EnumValueDescriptorProto) error {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = value.GetName()
	}
	short, err := shorten(names)
	for i, word := range short {
		values[i].Name = proto.String(word)
	}
	return err
}

// Words returns the words of an enum of the contract, in the order of its values.
func Words(enum protoreflect.EnumDescriptor) ([]string, error) {
	names := make([]string, enum.Values().Len())
	for i := range names {
		names[i] = string(enum.Values().Get(i).Name())
	}
	return shorten(names)
}

// shorten removes the prefix that the names of an enum's values share by the contract's style. The first stands for nothing.
func shorten(names []string) ([]string, error) {
	prefix, ok := strings.CutSuffix(names[0], "UNSPECIFIED")
	if !ok {
		return nil, fmt.Errorf("the first value is %s, not …_UNSPECIFIED", names[0])
	}
	words := make([]string, len(names))
	for i, name := range names[1:] {
		word, ok := strings.CutPrefix(name, prefix)
		if !ok {
			return nil, fmt.Errorf("value %s does not begin with %s", name, prefix)
		}
		words[i+1] = strings.ToLower(word)
	}
	return words, nil
}

// resolver finds types by name, for protojson.
type resolver interface {
	protoregistry.MessageTypeResolver
	protoregistry.ExtensionTypeResolver
}

// resolver returns one whose messages are views.
func (w *words) resolver() resolver { return viewTypes{protoregistry.GlobalTypes, w} }

type viewTypes struct {
	*protoregistry.Types
	words *words
}

// FindMessageByURL implements protoregistry.MessageTypeResolver.
func (t viewTypes) FindMessageByURL(url string) (protoreflect.MessageType, error) {
	found, err := t.Types.FindMessageByURL(url)
	if err != nil {
		return nil, err
	}
	return viewType{found, t.words}, nil
}

type viewType struct {
	protoreflect.MessageType
	words *words
}

// New implements protoreflect.MessageType.
func (t viewType) New() protoreflect.Message { return t.words.viewOf(t.MessageType.New()) }

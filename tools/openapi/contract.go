package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// contractPackage is the protobuf package of the contract.
const contractPackage protoreflect.FullName = "dongbaejul.v1"

// readContract returns the services of the contract by name, with all that they refer to and the comments, and the reasons of
// their errors.
func readContract(image []byte) ([]protoreflect.ServiceDescriptor, []reason, error) {
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(image, &set); err != nil {
		return nil, nil, fmt.Errorf("read the image of the contract: %w", err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return nil, nil, fmt.Errorf("read the image of the contract: %w", err)
	}
	reasons, err := readReasons(files)
	if err != nil {
		return nil, nil, err
	}
	var services []protoreflect.ServiceDescriptor
	for _, f := range set.GetFile() {
		file, err := files.FindFileByPath(f.GetName())
		if err != nil {
			return nil, nil, err
		}
		for i := range file.Services().Len() {
			if file.Package() == contractPackage {
				services = append(services, file.Services().Get(i))
			}
		}
	}
	if len(services) == 0 {
		return nil, nil, errors.New("there is no service of the contract in the image")
	}
	slices.SortFunc(services, func(a, b protoreflect.ServiceDescriptor) int { return cmp.Compare(a.Name(), b.Name()) })
	return services, reasons, nil
}

// call is an RPC as REST has it.
type call struct {
	protoreflect.MethodDescriptor
	// verb is in lower case, as OpenAPI has it.
	verb, path string
	// id names it: the RPC's name, and for a binding beside the first one also its verb, such as "UpdateGameByPatch".
	id string
	// inPath, inQuery and inBody are the fields of the request by where they go.
	inPath, inQuery, inBody []protoreflect.FieldDescriptor
}

var variable = regexp.MustCompile(`\{(\w+)\}`)

// callsOf returns the RPC as REST has it, once for each of its bindings: nothing for one that REST does not have.
func callsOf(method protoreflect.MethodDescriptor) ([]call, error) {
	rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return nil, nil
	}
	var calls []call
	for i, rule := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		c, err := callOf(method, rule)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			c.id += "By" + strings.ToUpper(c.verb[:1]) + c.verb[1:]
		}
		calls = append(calls, c)
	}
	return calls, nil
}

func callOf(method protoreflect.MethodDescriptor, rule *annotations.HttpRule) (call, error) {
	m := rule.ProtoReflect()
	verb := m.WhichOneof(m.Descriptor().Oneofs().ByName("pattern"))
	if verb == nil || verb.Kind() != protoreflect.StringKind || rule.GetResponseBody() != "" {
		return call{}, fmt.Errorf("%s: only a path with a plain method and the whole answer is known here", method.FullName())
	}
	c := call{MethodDescriptor: method, id: string(method.Name()), verb: string(verb.Name()), path: m.Get(verb).String()}
	var variables []string
	for _, match := range variable.FindAllStringSubmatch(c.path, -1) {
		variables = append(variables, match[1])
	}
	for field := range fieldsOf(method.Input()) {
		switch {
		case slices.Contains(variables, string(field.Name())):
			c.inPath = append(c.inPath, field)
		case rule.GetBody() == "*":
			c.inBody = append(c.inBody, field)
		case rule.GetBody() == "":
			c.inQuery = append(c.inQuery, field)
		default:
			return call{}, fmt.Errorf("%s: a body that is one field is not known here", method.FullName())
		}
	}
	if len(c.inPath) != len(variables) {
		return call{}, fmt.Errorf("%s: %s names what is no field", method.FullName(), c.path)
	}
	return c, nil
}

func fieldsOf(message protoreflect.MessageDescriptor) func(yield func(protoreflect.FieldDescriptor) bool) {
	return func(yield func(protoreflect.FieldDescriptor) bool) {
		for i := range message.Fields().Len() {
			if !yield(message.Fields().Get(i)) {
				return
			}
		}
	}
}

// markdown keeps what Markdown would take for HTML.
var markdown = strings.NewReplacer("<", `\<`)

// comment returns what the contract says of d, with one line for each paragraph.
func comment(d protoreflect.Descriptor) string {
	var paragraphs []string
	for paragraph := range strings.SplitSeq(d.ParentFile().SourceLocations().ByDescriptor(d).LeadingComments, "\n\n") {
		if text := strings.Join(strings.Fields(paragraph), " "); text != "" {
			paragraphs = append(paragraphs, markdown.Replace(text))
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// firstSentence is what a comment says first, without its full stop.
func firstSentence(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	first, _, _ := strings.Cut(text, ". ")
	return strings.TrimSuffix(first, ".")
}

// word is what REST calls a value of an enum: the name without the prefix that all of them share, in lower case, and
// nothing for the zero value.
func word(value protoreflect.EnumValueDescriptor) string {
	zero := value.Parent().(protoreflect.EnumDescriptor).Values().ByNumber(0)
	prefix := strings.TrimSuffix(string(zero.Name()), "UNSPECIFIED")
	if value.Number() == 0 {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(string(value.Name()), prefix))
}

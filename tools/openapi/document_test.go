package main

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// linkedImage is an image of the contract that is linked in, which has no comments.
func linkedImage(t *testing.T) []byte {
	t.Helper()
	var set descriptorpb.FileDescriptorSet
	var add func(file protoreflect.FileDescriptor)
	add = func(file protoreflect.FileDescriptor) {
		if slices.ContainsFunc(set.File, func(f *descriptorpb.FileDescriptorProto) bool { return f.GetName() == file.Path() }) {
			return
		}
		for i := range file.Imports().Len() {
			add(file.Imports().Get(i))
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
	}
	protoregistry.GlobalFiles.RangeFilesByPackage(contractPackage, func(file protoreflect.FileDescriptor) bool {
		add(file)
		return true
	})
	image, err := proto.Marshal(&set)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestTheDocumentIsTheSameEveryTime(t *testing.T) {
	var first []byte
	for range 2 {
		document, err := generate(linkedImage(t))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = document
		}
		if !bytes.Equal(document, first) {
			t.Fatal("the document is another one")
		}
	}
}

func TestWhatIsNoContract(t *testing.T) {
	for name, image := range map[string][]byte{"nothing": nil, "rubbish": []byte("rubbish")} {
		if _, err := generate(image); err == nil {
			t.Errorf("%s: a document", name)
		}
	}
}

func TestReasonsByCode(t *testing.T) {
	_, reasons, err := readContract(linkedImage(t))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(reasons, func(a, b reason) int { return cmp.Compare(a.code, b.code) }) {
		t.Error("the reasons are not sorted by code")
	}
	table := reasonTable(reasons)
	for _, row := range []string{
		"| failed_precondition | `GAME_FULL` |  | ", "| canceled | `CANCELED` |  | ",
		"| failed_precondition | `COURT_OCCUPIED` | `court_id`, `game_id`, `game_title` | ",
	} {
		if !strings.Contains(table, row) {
			t.Errorf("there is no row %s in\n%s", row, table)
		}
	}
	document, err := generate(linkedImage(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reasons {
		if !bytes.Contains(document, []byte("`"+r.name+"`")) {
			t.Errorf("the document does not have %s", r.name)
		}
	}
}

// Calls that take fields may be asked to ignore those that are not known.
func TestUnknownFieldsMayBeIgnored(t *testing.T) {
	document, err := generate(linkedImage(t))
	if err != nil {
		t.Fatal(err)
	}
	bodies := 0
	for path, item := range modelOf(t, document).Paths.PathItems.FromOldest() {
		for verb, operation := range item.GetOperations().FromOldest() {
			takes, offers := operation.RequestBody != nil, false
			for _, p := range operation.Parameters {
				takes = takes || p.In == "query"
				offers = offers || p.In == "header" && p.Name == rpc.UnknownFieldsHeader && p.Schema.Schema().Examples[0].Value == "ignore"
			}
			if takes != offers {
				t.Errorf("%s %s takes fields: %t, and the header: %t", verb, path, takes, offers)
			}
			if operation.RequestBody != nil {
				bodies++
			}
		}
	}
	if bodies < 20 {
		t.Errorf("only %d calls take a body", bodies)
	}
}

// Generators have one namespace for what a document names, in which oapi-codegen adds a Response of its own to each call.
func TestNamesAreOfOneThing(t *testing.T) {
	document, err := generate(linkedImage(t))
	if err != nil {
		t.Fatal(err)
	}
	model := modelOf(t, document)
	of := make(map[string]string)
	take := func(name, kind string) {
		if taken, ok := of[strings.ToLower(name)]; ok {
			t.Errorf("%s is the name of a %s and of a %s", name, taken, kind)
		}
		of[strings.ToLower(name)] = kind
	}
	for name, schema := range model.Components.Schemas.FromOldest() {
		if goName, ok := schema.Schema().Extensions.Get("x-go-name"); ok {
			name = goName.Value
		}
		take(name, "schema")
	}
	for name := range model.Components.Responses.KeysFromOldest() {
		take(name, "response")
	}
	for name := range model.Components.Parameters.KeysFromOldest() {
		take(name, "parameter")
	}
	for _, item := range model.Paths.PathItems.FromOldest() {
		for _, operation := range item.GetOperations().FromOldest() {
			take(operation.OperationId+"Response", "call's answer")
		}
	}
}

func modelOf(t *testing.T, document []byte) *v3.Document {
	t.Helper()
	parsed, err := libopenapi.NewDocument(document)
	if err != nil {
		t.Fatal(err)
	}
	model, err := parsed.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	return &model.Model
}

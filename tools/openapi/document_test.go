package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
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
		document, err := generate(linkedImage(t), os.DirFS("../.."))
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
		if _, err := generate(image, os.DirFS("../..")); err == nil {
			t.Errorf("%s: a document", name)
		}
	}
	if _, err := generate(linkedImage(t), os.DirFS(t.TempDir())); err == nil || !strings.Contains(err.Error(), "root of the repository") {
		t.Errorf("without the source: %v", err)
	}
}

func TestReasonsInTheSource(t *testing.T) {
	got, err := reasonsIn("x.go", []byte(`package x

var (
	errGone = fault.New(fault.NotFound, "GONE", "없습니다.", "It is gone.").WithField("id")
	errMany = fault.New(fault.Exhausted, "MANY", fmt.Sprintf("%d", max), fmt.Sprintf("%d", max))
	other   = errors.New("no reason")
	another = something.New(fault.NotFound, "NO", "", "")
	named   = fault.New(fault.NotFound, name, "", "")
)

const (
	Unreachable Reason = "UNREACHABLE" // no rallies lead there
	Plain              = "PLAIN"
)
`))
	want := []reason{
		{"GONE", "not_found", "It is gone."}, {"MANY", "resource_exhausted", ""}, {"UNREACHABLE", "invalid_argument", "No rallies lead there."},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if _, err := reasonsIn("x.go", []byte("rubbish")); err == nil {
		t.Error("rubbish has no reasons")
	}
}

func TestReasonsOfTheServices(t *testing.T) {
	reasons, err := readReasons(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for service, name := range map[string]string{
		"": "RATE_LIMITED", "GameService": "SCORE_UNREACHABLE", "ChatService": "ROOM_NOT_FOUND", "AuthService": "TOKEN_EXPIRED",
	} {
		if !slices.ContainsFunc(reasons[service], func(r reason) bool { return r.name == name && r.code != "" }) {
			t.Errorf("%s is no reason of %q", name, service)
		}
	}
}

// Command protoc-gen-grpc-stubs is a plugin of buf and protoc. It runs protoc-gen-go-grpc and moves what that generates to a package
// of its own, below the messages' package, so that importing the messages does not import grpc-go.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "protoc-gen-grpc-stubs:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	input, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	var request pluginpb.CodeGeneratorRequest
	if err := proto.Unmarshal(input, &request); err != nil {
		return err
	}
	generator := exec.Command("go", "tool", "protoc-gen-go-grpc")
	generator.Stdin, generator.Stderr = bytes.NewReader(input), os.Stderr
	generated, err := generator.Output()
	if err != nil {
		return fmt.Errorf("protoc-gen-go-grpc: %w", err)
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(generated, &response); err != nil {
		return err
	}
	packages := make(map[string]string)
	for _, file := range request.GetProtoFile() {
		packages[strings.TrimSuffix(file.GetName(), ".proto")] = file.GetOptions().GetGoPackage()
	}
	for _, file := range response.GetFile() {
		importPath, name, _ := strings.Cut(packages[strings.TrimSuffix(file.GetName(), "_grpc.pb.go")], ";")
		if err := move(file, importPath, name); err != nil {
			return err
		}
	}
	output, err := proto.Marshal(&response)
	if err != nil {
		return err
	}
	_, err = out.Write(output)
	return err
}

// move moves a generated file to the package NAMEgrpc below the messages' package, which it imports with a dot.
func move(file *pluginpb.CodeGeneratorResponse_File, importPath, name string) error {
	dir, base := path.Split(file.GetName())
	content := file.GetContent()
	for old, replacement := range map[string]string{
		"\npackage " + name + "\n": "\npackage " + name + "grpc\n",
		"\nimport (\n":             "\nimport (\n\t. \"" + importPath + "\"\n",
	} {
		if strings.Count(content, old) != 1 {
			return fmt.Errorf("%s does not hold %q once", file.GetName(), old)
		}
		content = strings.Replace(content, old, replacement, 1)
	}
	file.Name, file.Content = proto.String(path.Join(dir, name+"grpc", base)), proto.String(content)
	return nil
}

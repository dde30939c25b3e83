// Command openapi writes the OpenAPI document of the REST surface, from an image of the contract on standard input:
//
//	buf build proto -o - | go run ./tools/openapi FILE
//
// What the contract says becomes paths and schemas: its comments, its google.api.http options, its bounds. What it does not
// say is in base.yaml. The examples tell one story, that of story.yaml, and what the server answered in it is in
// answers.yaml; both are held to a server by this package's test.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os"
)

//go:embed base.yaml
var baseYAML []byte

//go:embed story.yaml
var storyYAML []byte

//go:embed answers.yaml
var answersYAML []byte

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: buf build proto -o - | openapi FILE")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func write(file string) error {
	image, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	document, err := generate(image)
	if err != nil {
		return err
	}
	return os.WriteFile(file, document, 0o644)
}

// generate returns the document of the contract in image.
func generate(image []byte) ([]byte, error) {
	services, reasons, err := readContract(image)
	if err != nil {
		return nil, err
	}
	examples, err := readExamples(storyYAML, answersYAML)
	if err != nil {
		return nil, err
	}
	d, err := newDocument(baseYAML, services, examples)
	if err != nil {
		return nil, err
	}
	for _, service := range services {
		if err := d.addService(service); err != nil {
			return nil, err
		}
	}
	body, err := d.render(reasons)
	if err != nil {
		return nil, err
	}
	const origin = "# Written by tools/openapi from the contract: change that, and run 'make generate'.\n"
	return append([]byte(origin), bytes.TrimLeft(body, "\n")...), nil
}

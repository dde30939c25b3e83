package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi/datamodel/high/base"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
	"github.com/pb33f/libopenapi/orderedmap"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// openCalls come before there is a token.
var openCalls = []string{"StartBandLogin", "CompleteBandLogin", "RefreshToken"}

// document is the document while it is made.
type document struct {
	*v3.Document
	schemas  *schemas
	examples *examples
}

// newDocument begins with what the contract does not say.
func newDocument(beginning []byte, services []protoreflect.ServiceDescriptor, examples *examples) (*document, error) {
	parsed, err := libopenapi.NewDocument(beginning)
	if err != nil {
		return nil, fmt.Errorf("base.yaml: %w", err)
	}
	model, err := parsed.BuildV3Model()
	if err != nil {
		return nil, fmt.Errorf("base.yaml: %w", err)
	}
	schemas, err := newSchemas()
	if err != nil {
		return nil, err
	}
	d := &document{Document: &model.Model, schemas: schemas, examples: examples}
	d.Paths = &v3.Paths{PathItems: orderedmap.New[string, *v3.PathItem]()}
	return d, eachCall(services, func(c call) error {
		for _, field := range slices.Concat(c.inQuery, c.inBody) {
			if field.Message() != nil {
				schemas.note(field.Message(), asked)
			}
		}
		schemas.note(c.Output(), told)
		return nil
	})
}

// eachCall calls do for each HTTP binding of each RPC.
func eachCall(services []protoreflect.ServiceDescriptor, do func(call) error) error {
	for _, service := range services {
		for i := range service.Methods().Len() {
			calls, err := callsOf(service.Methods().Get(i))
			for _, c := range calls {
				err = errors.Join(err, do(c))
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// addService adds a service and its calls.
func (d *document) addService(service protoreflect.ServiceDescriptor) error {
	d.Tags = append(d.Tags, &base.Tag{Name: string(service.Name()), Description: comment(service)})
	return eachCall([]protoreflect.ServiceDescriptor{service}, func(c call) error {
		operation, err := d.operation(c)
		if err != nil {
			return err
		}
		item, ok := d.Paths.PathItems.Get(c.path)
		if !ok {
			item = &v3.PathItem{Parameters: []*v3.Parameter{{Reference: "#/components/parameters/AcceptLanguage"}}}
			d.Paths.PathItems.Set(c.path, item)
		}
		switch c.verb {
		case "get":
			item.Get = operation
		case "post":
			item.Post = operation
		case "put":
			item.Put = operation
		case "patch":
			item.Patch = operation
		case "delete":
			item.Delete = operation
		default:
			return fmt.Errorf("%s: %s is not known here", c.FullName(), c.verb)
		}
		return nil
	})
}

// render writes the document, with the reasons of errors.
func (d *document) render(reasons []reason) ([]byte, error) {
	d.Info.Description = strings.Replace(d.Info.Description, "REASONS", reasonTable(reasons), 1)
	for _, name := range slices.Sorted(maps.Keys(d.schemas.made)) {
		if _, taken := d.Components.Schemas.Get(name); taken {
			return nil, fmt.Errorf("both the contract and base.yaml have a %s", name)
		}
		d.Components.Schemas.Set(name, d.schemas.made[name])
	}
	if err := d.addErrors(); err != nil {
		return nil, err
	}
	if unused := d.examples.unused(); len(unused) > 0 {
		return nil, fmt.Errorf("story.yaml has examples of nothing: %s", strings.Join(unused, ", "))
	}
	return d.RenderWithIndention(2), nil
}

// addErrors shows the errors of the story in the answers that they are examples of.
func (d *document) addErrors() error {
	for name, response := range d.Components.Responses.FromOldest() {
		media := response.Content.GetOrZero(jsonType)
		if media == nil {
			return errors.New("base.yaml: the response " + name + " has no " + jsonType)
		}
		for title, answer := range d.examples.errorsOf(name) {
			if media.Examples == nil {
				media.Examples = orderedmap.New[string, *base.Example]()
			}
			media.Examples.Set(title, &base.Example{Value: answer})
		}
	}
	return nil
}

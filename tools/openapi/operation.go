package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pb33f/go-yaml"
	"github.com/pb33f/libopenapi/datamodel/high/base"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
	"github.com/pb33f/libopenapi/orderedmap"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

const jsonType = "application/json"

func (d *document) operation(c call) (*v3.Operation, error) {
	name, about := string(c.Name()), comment(c)
	operation := &v3.Operation{
		Tags: []string{string(c.Parent().Name())}, OperationId: c.id, Summary: firstSentence(about), Description: about,
	}
	if slices.Contains(openCalls, name) {
		operation.Security = []*base.SecurityRequirement{}
	}
	example, answer := d.examples.of(name)
	var err error
	if operation.Parameters, err = d.parameters(c, example); err != nil {
		return nil, err
	}
	if operation.RequestBody, err = d.requestBody(c, example); err != nil {
		return nil, err
	}
	operation.Responses, err = d.responses(c, answer)
	return operation, err
}

func (d *document) parameters(c call, example *yaml.Node) ([]*v3.Parameter, error) {
	var parameters []*v3.Parameter
	required, err := d.schemas.required(c.Input(), asked)
	if err != nil {
		return nil, err
	}
	for _, field := range slices.Concat(c.inPath, c.inQuery) {
		p := &v3.Parameter{Name: string(field.Name()), In: "query", Example: valueAt(example, string(field.Name()))}
		if slices.Contains(c.inPath, field) {
			p.In = "path"
		} else if field.IsMap() || field.IsList() && field.Message() != nil {
			return nil, fmt.Errorf("%s: a query cannot say this", field.FullName())
		}
		if p.In == "path" || required[p.Name] {
			p.Required = new(true)
		}
		if p.Schema, err = d.schemas.field(field, asked); err != nil {
			return nil, fmt.Errorf("%s: %w", field.FullName(), err)
		}
		// What is said of the field is said of the parameter.
		if schema := p.Schema.Schema(); schema != nil {
			p.Description, schema.Description = schema.Description, ""
		}
		p.Description = cmp.Or(p.Description, usual(field))
		parameters = append(parameters, p)
	}
	if len(c.inQuery)+len(c.inBody) > 0 {
		parameters = append(parameters, &v3.Parameter{Reference: "#/components/parameters/UnknownFields"})
	}
	return parameters, nil
}

// usual describes a parameter that the contract says nothing of, since its name says it.
func usual(field protoreflect.FieldDescriptor) string {
	name := strings.ReplaceAll(string(field.Name()), "_", " ")
	switch thing, isID := strings.CutSuffix(name, " id"); {
	case isID:
		return "The id of the " + thing + "."
	case name == "page":
		return "The number of the page, from 1."
	case name == "limit":
		return "How many a page has at most."
	case field.Enum() != nil:
		return "Only those of this " + name + "."
	}
	return ""
}

func (d *document) requestBody(c call, example *yaml.Node) (*v3.RequestBody, error) {
	if len(c.inBody) == 0 {
		return nil, nil
	}
	ref, err := d.schemas.message(c.Input(), c.inBody, asked)
	if err != nil {
		return nil, err
	}
	body := &v3.RequestBody{Content: jsonContent(ref, bodyOf(example, c.inBody))}
	required, err := d.schemas.required(c.Input(), asked)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(c.inBody, func(field protoreflect.FieldDescriptor) bool { return required[string(field.Name())] }) {
		body.Required = new(true)
	}
	return body, nil
}

// responses are the answer and the errors that a call's form tells of. What else may happen is under default.
func (d *document) responses(c call, answer *yaml.Node) (*v3.Responses, error) {
	ref, err := d.schemas.message(c.Output(), slices.Collect(fieldsOf(c.Output())), told)
	if err != nil {
		return nil, err
	}
	codes := orderedmap.New[string, *v3.Response]()
	codes.Set("200", &v3.Response{Description: "Done.", Headers: d.answerHeaders(), Content: jsonContent(ref, answer)})
	reads := c.Options().(*descriptorpb.MethodOptions).GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
	signedIn := !slices.Contains(openCalls, string(c.Name()))
	for _, e := range []struct {
		status, name string
		possible     bool
	}{
		{"400", "InvalidRequest", c.Input().Fields().Len() > 0},
		{"401", "Unauthenticated", signedIn || c.Name() == "RefreshToken"},
		{"403", "PermissionDenied", signedIn && !reads || c.Name() == "CompleteBandLogin"},
		{"404", "NotFound", len(c.inPath) > 0},
		{"409", "Conflict", signedIn && !reads},
		{"429", "TooManyRequests", true},
	} {
		if e.possible {
			codes.Set(e.status, &v3.Response{Reference: "#/components/responses/" + e.name})
		}
	}
	return &v3.Responses{Codes: codes, Default: &v3.Response{Reference: "#/components/responses/Other"}}, nil
}

// answerHeaders are those of base.yaml that come with every answer.
func (d *document) answerHeaders() *orderedmap.Map[string, *v3.Header] {
	headers := orderedmap.New[string, *v3.Header]()
	for name := range d.Components.Headers.KeysFromOldest() {
		if name != "Retry-After" && name != "WWW-Authenticate" {
			headers.Set(name, &v3.Header{Reference: "#/components/headers/" + name})
		}
	}
	return headers
}

func jsonContent(ref string, example *yaml.Node) *orderedmap.Map[string, *v3.MediaType] {
	return orderedmap.FromPairs(orderedmap.NewPair(jsonType, &v3.MediaType{Schema: base.CreateSchemaProxyRef(ref), Example: example}))
}

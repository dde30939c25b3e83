// Package rest serves the contract's unary calls as REST, by its google.api.http options, over their Connect handlers.
//
// JSON is snake_case with zero values written out, enums are short words, and errors are google.rpc.Status. A body with an
// unknown field, and an unknown word for an enum anywhere, is refused; so is an unknown query parameter.
//
// A request is decoded once, by a codec of Connect: what its path and its query say travels in front of its body.
package rest

import (
	"fmt"
	"net/http"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

const (
	// Prefix is where every path of the contract's google.api.http options lies.
	Prefix = "/api/"
	// contractPackage is the protobuf package of the contract.
	contractPackage protoreflect.FullName = "dongbaejul.v1"
)

// REST is the contract as REST speaks it. It may be used concurrently.
type REST struct {
	words *words
	chain *rpc.Chain
}

// New reads the contract. It fails where the contract does not follow its own style.
func New(chain *rpc.Chain) (*REST, error) {
	w, err := newWords()
	if err != nil {
		return nil, err
	}
	return &REST{words: w, chain: chain}, nil
}

// Options returns what the handlers need that Handlers calls, after all other options.
func (r *REST) Options() []connect.HandlerOption {
	return []connect.HandlerOption{
		connect.WithCodec(codec{r.words}),
		connect.WithConditionalHandlerOptions(func(spec connect.Spec) []connect.HandlerOption {
			// The body itself is bounded before it is read.
			method, _ := spec.Schema.(protoreflect.MethodDescriptor)
			return []connect.HandlerOption{connect.WithReadMaxBytes(rpc.ReadMax(method) + maxParams)}
		}),
	}
}

// Handlers returns the handler of each path, as http.ServeMux writes paths. procedures serves the RPCs with Options.
func (r *REST) Handlers(procedures http.Handler) (map[string]http.Handler, error) {
	paths := make(map[string]byMethod)
	for _, service := range Services() {
		for i := range service.Methods().Len() {
			if err := r.addRoutes(paths, service.Methods().Get(i), procedures); err != nil {
				return nil, err
			}
		}
	}
	handlers := make(map[string]http.Handler, len(paths))
	for path, routes := range paths {
		handlers[path] = routes
	}
	return handlers, nil
}

// Services are those of the contract.
func Services() []protoreflect.ServiceDescriptor {
	var found []protoreflect.ServiceDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage(contractPackage, func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			found = append(found, file.Services().Get(i))
		}
		return true
	})
	return found
}

func (r *REST) addRoutes(paths map[string]byMethod, method protoreflect.MethodDescriptor, procedures http.Handler) error {
	for _, binding := range Bindings(method) {
		if binding.Verb == "" {
			return fmt.Errorf("%s: only GET, POST, PUT, PATCH and DELETE are served", method.FullName())
		}
		route, err := r.newRoute(binding, method, procedures)
		if err != nil {
			return err
		}
		if paths[binding.Path] == nil {
			paths[binding.Path] = make(byMethod)
		}
		paths[binding.Path][binding.Verb] = route
	}
	return nil
}

// Binding is where REST serves a method.
type Binding struct {
	// Verb is the HTTP method; empty for one that is not served.
	Verb string
	// Path has "{name}" for the value of a field.
	Path string
	// HasBody is whether the body is the request.
	HasBody bool
}

// Bindings returns where REST serves a method, the first one its own; none for a method that it does not serve.
func Bindings(method protoreflect.MethodDescriptor) []Binding {
	rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return nil
	}
	var found []Binding
	for _, rule := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		verb, path := verbAndPath(rule)
		found = append(found, Binding{Verb: verb, Path: path, HasBody: rule.GetBody() != ""})
	}
	return found
}

func verbAndPath(rule *annotations.HttpRule) (verb, path string) {
	switch pattern := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return http.MethodGet, pattern.Get
	case *annotations.HttpRule_Put:
		return http.MethodPut, pattern.Put
	case *annotations.HttpRule_Post:
		return http.MethodPost, pattern.Post
	case *annotations.HttpRule_Delete:
		return http.MethodDelete, pattern.Delete
	case *annotations.HttpRule_Patch:
		return http.MethodPatch, pattern.Patch
	}
	return "", ""
}

// byMethod is one path: the route of each HTTP method. HEAD is served as GET; net/http leaves the body out.
type byMethod map[string]*route

// ServeHTTP implements http.Handler.
func (m byMethod) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if route, ok := m[method]; ok {
		route.serve(w, r)
		return
	}
	allowed := make([]string, 0, len(m)+1)
	for method := range m {
		allowed = append(allowed, method)
		if method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	RefuseMethod(w, r, allowed)
}

package app

import (
	"fmt"
	"net/http"

	"connectrpc.com/vanguard"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

const (
	// restPrefix is where every path of the contract's google.api.http options lies.
	restPrefix = "/api/"
	// maxRESTAnswer bounds what is buffered to turn one answer into JSON, in bytes. The largest answers, pages of a hundred
	// long posts, are a tenth of it.
	maxRESTAnswer = 64 << 20
)

// newREST serves the contract's unary calls as REST, by its google.api.http options, over the handlers of procedures.
//
// JSON is snake_case with zero values written out, enums are short words, and errors are google.rpc.Status. A body with an
// unknown field, and an unknown word for an enum anywhere, is refused; so is an unknown query parameter. Requests
// are routed and looked through here, and vanguard turns the messages into RPCs and back: it would route as well, but
// answer what is wrong with a request as if the server were at fault.
func newREST(procedures http.Handler, chain *rpc.Chain) (http.Handler, error) {
	contract, err := restContract()
	if err != nil {
		return nil, err
	}
	types := restTypes{dynamicpb.NewTypes(contract)}
	var services []*vanguard.Service
	paths := make(map[string]byMethod)
	for _, service := range servicesOf(contract) {
		services = append(services, vanguard.NewServiceWithSchema(service, onlyWhatIsRead(procedures)))
		if err := addRoutes(paths, service, chain); err != nil {
			return nil, err
		}
	}
	transcoder, err := vanguard.NewTranscoder(services,
		vanguard.WithCodec(func(vanguard.TypeResolver) vanguard.Codec { return newRESTCodec(types) }),
		vanguard.WithDefaultServiceOptions(
			vanguard.WithTypeResolver(types),
			// Another protocol and codec than the client's, always: where both are the same, vanguard passes the handler's own
			// JSON through, which is camelCase.
			vanguard.WithTargetProtocols(vanguard.ProtocolConnect),
			vanguard.WithTargetCodecs(vanguard.CodecProto),
			vanguard.WithMaxMessageBufferBytes(maxRESTAnswer),
		),
	)
	if err != nil {
		return nil, err
	}
	mux := exactMux{http.NewServeMux()}
	for path, routes := range paths {
		for _, route := range routes {
			route.transcoder = transcoder
		}
		mux.Handle(path, routes)
	}
	mux.HandleFunc("/", refuseUnknownPath)
	return mux, nil
}

func servicesOf(files *protoregistry.Files) []protoreflect.ServiceDescriptor {
	var services []protoreflect.ServiceDescriptor
	files.RangeFilesByPackage(contractPackage, func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			services = append(services, file.Services().Get(i))
		}
		return true
	})
	return services
}

func addRoutes(paths map[string]byMethod, service protoreflect.ServiceDescriptor, chain *rpc.Chain) error {
	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
		if rule == nil {
			continue
		}
		for _, rule := range bindings(rule) {
			verb, path := verbAndPath(rule)
			if verb == "" {
				return fmt.Errorf("%s: only GET, POST, PUT, PATCH and DELETE are served", method.FullName())
			}
			if paths[path] == nil {
				paths[path] = make(byMethod)
			}
			paths[path][verb] = newRoute(path, rule.GetBody() != "", method, chain)
		}
	}
	return nil
}

// bindings returns rule and its additional bindings.
func bindings(rule *annotations.HttpRule) []*annotations.HttpRule {
	return append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...)
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

func (m byMethod) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if route, ok := m[method]; ok {
		route.serve(w, r, method)
		return
	}
	allowed := make([]string, 0, len(m)+1)
	for method := range m {
		allowed = append(allowed, method)
		if method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	refuseMethod(w, r, allowed)
}

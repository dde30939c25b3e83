package rest

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// route is one RPC under its REST path.
type route struct {
	// segments are those of the path; "{name}" stands for a value.
	segments []string
	// hasBody is whether the RPC reads a body; one sent to another is passed over.
	hasBody bool
	input   protoreflect.MessageType
	// shown is the request as REST speaks it.
	shown protoreflect.MessageDescriptor
	// procedure is the RPC, and maxBody how large its requests may be, in bytes.
	procedure  string
	maxBody    int64
	procedures http.Handler
	*REST
}

func (r *REST) newRoute(b Binding, method protoreflect.MethodDescriptor, procedures http.Handler) (*route, error) {
	input, err := protoregistry.GlobalTypes.FindMessageByName(method.Input().FullName())
	if err != nil {
		return nil, err
	}
	return &route{
		segments: strings.Split(strings.TrimPrefix(b.Path, "/"), "/"), hasBody: b.HasBody, input: input,
		shown: r.words.viewOf(input.Zero()).Descriptor(), procedure: "/" + string(method.Parent().FullName()) + "/" + string(method.Name()),
		maxBody: int64(rpc.ReadMax(method)), procedures: procedures, REST: r,
	}, nil
}

// serve makes a call of Connect of r, and answers what that is answered with.
func (route *route) serve(w http.ResponseWriter, r *http.Request) {
	inner := r.WithContext(r.Context())
	if !route.hasBody {
		inner.Body, inner.ContentLength = http.NoBody, 0
	}
	if status, err := route.checkBody(inner, w.Header()); err != nil {
		route.refuse(w, r, status, err)
		return
	}
	params, err := route.params(r)
	if err != nil {
		route.refuse(w, r, http.StatusBadRequest, err)
		return
	}
	inner, decoded := route.chain.Bound(w, inner, route.procedure)
	defer decoded()
	body := &boundBody{ReadCloser: http.MaxBytesReader(w, inner.Body, route.maxBody)}
	inner.Method, inner.URL = http.MethodPost, &url.URL{Path: route.procedure}
	inner.Body, inner.ContentLength = prefixed{io.MultiReader(bytes.NewReader(params), body), body}, -1
	inner.Header.Set("Content-Type", codecType)
	// What these say is said of another protocol's messages.
	inner.Header.Del("Connect-Protocol-Version")
	inner.Header.Del("Connect-Content-Encoding")
	a := &answer{ResponseWriter: w}
	route.procedures.ServeHTTP(a, inner)
	if body.tooLarge && a.failed != 0 {
		a.failed = http.StatusRequestEntityTooLarge
	}
	a.end(route.words)
}

// refuse answers a request that the RPC was not asked about. It counts like one that was.
func (route *route) refuse(w http.ResponseWriter, r *http.Request, httpStatus int, err error) {
	if exhausted := route.chain.Count(w, r, route.procedure); exhausted != nil {
		httpStatus, err = http.StatusTooManyRequests, exhausted
	}
	Refuse(w, r, httpStatus, err)
}

var errMediaType = fault.New(fault.Invalid, "UNSUPPORTED_MEDIA_TYPE",
	"본문은 application/json(UTF-8)이어야 합니다.", "The body must be application/json in UTF-8.")

// checkBody refuses a body that is not what it should be by its header. An empty one may be called anything.
func (route *route) checkBody(r *http.Request, answer http.Header) (status int, err error) {
	switch {
	case r.ContentLength == 0:
		return 0, nil
	case r.ContentLength > route.maxBody:
		return http.StatusRequestEntityTooLarge, rpc.TooLarge(int(route.maxBody))
	case !isJSON(r.Header.Values("Content-Type")):
		return http.StatusUnsupportedMediaType, errMediaType
	}
	return http.StatusUnsupportedMediaType, rpc.CheckCoding(r.Header, answer)
}

// isJSON reports whether a body of that content type is JSON; one that does not say is taken for it.
func isJSON(contentType []string) bool {
	if len(contentType) == 0 {
		return true
	}
	kind, params, err := mime.ParseMediaType(contentType[0])
	charset, named := params["charset"]
	return err == nil && len(contentType) == 1 && kind == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}

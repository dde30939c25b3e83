package app

import (
	"cmp"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/jsonread"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// route is one RPC under its REST path.
type route struct {
	// segments are those of the path; "{name}" stands for a value.
	segments []string
	// hasBody tells whether the RPC reads a body; one sent to another is passed over.
	hasBody bool
	input   protoreflect.MessageDescriptor
	// procedure is the RPC, and maxBody how large its requests may be, in bytes.
	procedure  string
	maxBody    int64
	chain      *rpc.Chain
	transcoder http.Handler
}

func newRoute(path string, hasBody bool, method protoreflect.MethodDescriptor, chain *rpc.Chain) *route {
	return &route{
		segments: strings.Split(strings.TrimPrefix(path, "/"), "/"), hasBody: hasBody, input: method.Input(),
		procedure: servicePath(method.Parent()) + string(method.Name()), maxBody: int64(rpc.ReadMax(method)), chain: chain,
	}
}

// serve makes of r what vanguard understands in one way only, and has it answered.
func (route *route) serve(w http.ResponseWriter, r *http.Request, method string) {
	inner := r.Clone(r.Context())
	inner.Method = method
	if !route.hasBody {
		inner.Body, inner.ContentLength = http.NoBody, 0
	}
	if status, err := route.checkBody(inner, w.Header()); err != nil {
		route.refuse(w, r, status, err)
		return
	}
	if err := route.rewrite(r, inner.URL); err != nil {
		route.refuse(w, r, http.StatusBadRequest, err)
		return
	}
	inner, decoded := route.chain.Bound(w, inner, route.procedure)
	defer decoded()
	inner.Body = http.MaxBytesReader(w, inner.Body, route.maxBody)
	// Each of these would make another protocol of it, or is nothing that the contract has.
	for _, name := range []string{"Connect-Protocol-Version", "X-Server-Timeout", "Content-Type"} {
		inner.Header.Del(name)
	}
	x := &restExchange{ResponseWriter: w}
	route.transcoder.ServeHTTP(x, inner.WithContext(withExchange(inner.Context(), x)))
	switch {
	case x.refused && x.asked:
		refuse(w, r, http.StatusBadRequest, x.refusal())
	case x.refused:
		route.refuse(w, r, http.StatusBadRequest, x.refusal())
	}
}

// refuse answers a request that the RPC was not asked about. It counts like one that was.
func (route *route) refuse(w http.ResponseWriter, r *http.Request, httpStatus int, err error) {
	if exhausted := route.chain.Count(w, r, route.procedure); exhausted != nil {
		httpStatus, err = http.StatusTooManyRequests, exhausted
	}
	refuse(w, r, httpStatus, err)
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

// isJSON tells whether a body of that content type is JSON; one that does not say is taken for it.
func isJSON(contentType []string) bool {
	if len(contentType) == 0 {
		return true
	}
	kind, params, err := mime.ParseMediaType(contentType[0])
	charset, named := params["charset"]
	return err == nil && len(contentType) == 1 && kind == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}

// rewrite puts the path and the query of r into u. Its error names what of them cannot be read.
func (route *route) rewrite(r *http.Request, u *url.URL) error {
	var path strings.Builder
	given := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i, segment := range route.segments {
		path.WriteByte('/')
		name, ok := variable(segment)
		if !ok {
			path.WriteString(segment)
			continue
		}
		value, err := url.PathUnescape(given[i])
		if err != nil || !utf8.ValidString(value) {
			return rpc.Malformed(name, "it is not UTF-8")
		}
		// vanguard unescapes each segment of URL.Path, and takes what follows a colon for something else.
		path.WriteString(strings.ReplaceAll(url.PathEscape(value), ":", "%3A"))
	}
	u.Path, u.RawPath = path.String(), ""
	parameters, err := rpc.ParseQuery(u.RawQuery)
	if err != nil {
		return err
	}
	query, unknown, err := route.query(parameters)
	u.RawQuery = query.Encode()
	return cmp.Or(err, rpc.Unknown(r.Header, unknown))
}

func variable(segment string) (name string, ok bool) {
	name, ok = strings.CutPrefix(segment, "{")
	return strings.TrimSuffix(name, "}"), ok
}

// query keeps what names a field of the request that text can be given for, other than those in the path, by the contract's
// name. Nothing but a list is given twice, and nothing but text and words may have an empty value: the empty word stands for
// none. The names of no field are returned as well.
func (route *route) query(given url.Values) (kept url.Values, unknown []string, err error) {
	kept = make(url.Values, len(given))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		path, field := fieldAt(route.input, name)
		if field == nil {
			unknown = append(unknown, name)
			continue
		}
		if field.Parent() == route.input && route.hasVariable(path) {
			continue
		}
		kept[path] = append(kept[path], given[name]...)
		if len(kept[path]) > 1 && !field.IsList() {
			return nil, nil, rpc.Malformed(path, "it is given more than once")
		}
		switch hasEmpty := slices.Contains(kept[path], ""); {
		case hasEmpty && field.Kind() == protoreflect.EnumKind:
			kept[path] = slices.DeleteFunc(kept[path], func(value string) bool { return value == "" })
		case hasEmpty && field.Kind() != protoreflect.StringKind:
			return nil, nil, rpc.Malformed(path, "it has no value")
		}
		for _, value := range kept[path] {
			if !isValue(field, value) {
				return nil, nil, rpc.Malformed(path, fmt.Sprintf("there is no value %.64q", value))
			}
		}
	}
	return kept, unknown, nil
}

var number = regexp.MustCompile(`^-?[0-9]+$`)

// isValue reports whether text is written as a value of the field is, where vanguard takes more than that.
func isValue(field protoreflect.FieldDescriptor, text string) bool {
	switch field.Kind() {
	case protoreflect.MessageKind:
		_, err := jsonread.ParseTimestamp(text)
		return field.Message().FullName() != "google.protobuf.Timestamp" || err == nil
	case protoreflect.BoolKind:
		return text == "true" || text == "false"
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		return number.MatchString(text)
	case protoreflect.EnumKind:
		return field.Enum().Values().ByName(protoreflect.Name(text)) != nil
	}
	return true
}

func (route *route) hasVariable(name string) bool {
	for _, segment := range route.segments {
		if v, ok := variable(segment); ok && v == name {
			return true
		}
	}
	return false
}

// fieldAt returns the field at a path with dots, if text can be given for it (a scalar, an enum, a time or a duration, or a
// list of scalars or enums), and its path by the contract's names. Names are those of the contract or of JSON.
func fieldAt(message protoreflect.MessageDescriptor, path string) (string, protoreflect.FieldDescriptor) {
	name, rest, deeper := strings.Cut(path, ".")
	field := message.Fields().ByName(protoreflect.Name(name))
	if field == nil {
		field = message.Fields().ByJSONName(name)
	}
	switch {
	case field == nil:
		return "", nil
	case field.Message() == nil && !deeper:
		return string(field.Name()), field
	case field.Message() == nil, field.IsList(), field.IsMap():
		return "", nil
	case deeper:
		below, found := fieldAt(field.Message(), rest)
		return string(field.Name()) + "." + below, found
	}
	switch field.Message().FullName() {
	case "google.protobuf.Timestamp", "google.protobuf.Duration":
		return string(field.Name()), field
	}
	return "", nil
}

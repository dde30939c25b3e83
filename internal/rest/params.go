package rest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/dongbaejul/dongbaejul/internal/jsonread"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// params returns what the path and the query of r say, for the codec. Its error names what of them cannot be read.
func (route *route) params(r *http.Request) ([]byte, error) {
	request := route.input.New()
	m := route.words.viewOf(request)
	if err := route.bindPath(m, r.URL.EscapedPath()); err != nil {
		return nil, err
	}
	if r.URL.RawQuery != "" {
		query, err := rpc.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, err
		}
		unknown, err := route.bindQuery(m, query)
		if err := cmp.Or(err, rpc.Unknown(r.Header, unknown)); err != nil {
			return nil, err
		}
	}
	return withParams(request.Interface())
}

// bindPath sets the fields of m that an escaped path has values for.
func (route *route) bindPath(m protoreflect.Message, path string) error {
	given := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range route.segments {
		name, ok := variable(segment)
		if !ok {
			continue
		}
		text, err := url.PathUnescape(given[i])
		if err != nil || !utf8.ValidString(text) {
			return rpc.Malformed(name, "it is not UTF-8")
		}
		m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(name)), protoreflect.ValueOfString(text))
	}
	return nil
}

func variable(segment string) (name string, ok bool) {
	name, ok = strings.CutPrefix(segment, "{")
	return strings.TrimSuffix(name, "}"), ok
}

// bindQuery sets the fields of m that a query names, other than those in the path. Nothing but a list is given twice, and nothing but
// text and words may have an empty value: the empty word stands for none. It returns the names of no field.
func (route *route) bindQuery(m protoreflect.Message, query url.Values) (unknown []string, err error) {
	texts := make(map[string][]string, len(query))
	fields := make(map[string][]protoreflect.FieldDescriptor, len(query))
	for _, name := range slices.Sorted(maps.Keys(query)) {
		path, at := fieldAt(route.shown, name)
		switch {
		case at == nil:
			unknown = append(unknown, name)
		case !route.hasVariable(path):
			texts[path], fields[path] = append(texts[path], query[name]...), at
		}
	}
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		if err := bind(m, path, fields[path], texts[path]); err != nil {
			return nil, err
		}
	}
	return unknown, nil
}

// bind sets the field of m at a path to the values in texts. fields are those on the path.
func bind(m protoreflect.Message, path string, fields []protoreflect.FieldDescriptor, texts []string) error {
	field := fields[len(fields)-1]
	if len(texts) > 1 && !field.IsList() {
		return rpc.Malformed(path, "it is given more than once")
	}
	if field.Kind() == protoreflect.EnumKind {
		texts = slices.DeleteFunc(texts, func(text string) bool { return text == "" })
	}
	for _, text := range texts {
		if text == "" && field.Kind() != protoreflect.StringKind {
			return rpc.Malformed(path, "it has no value")
		}
		value, err := parse(field, text)
		if err != nil {
			return rpc.Malformed(path, fmt.Sprintf("there is no value %.64q", text))
		}
		in := m
		for _, above := range fields[:len(fields)-1] {
			in = in.Mutable(above).Message()
		}
		if field.IsList() {
			in.Mutable(field).List().Append(value)
		} else {
			in.Set(field, value)
		}
	}
	return nil
}

// integer is how JSON writes one.
var integer = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// parse reads the value of a field, or of one element.
func parse(field protoreflect.FieldDescriptor, text string) (protoreflect.Value, error) {
	none := protoreflect.Value{}
	switch kind := field.Kind(); kind {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text), nil
	case protoreflect.BoolKind:
		if text != "true" && text != "false" {
			return none, strconv.ErrSyntax
		}
		return protoreflect.ValueOfBool(text == "true"), nil
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		if !integer.MatchString(text) {
			return none, strconv.ErrSyntax
		}
		if kind == protoreflect.Int32Kind {
			n, err := strconv.ParseInt(text, 10, 32)
			return protoreflect.ValueOfInt32(int32(n)), err
		}
		n, err := strconv.ParseInt(text, 10, 64)
		return protoreflect.ValueOfInt64(n), err
	case protoreflect.EnumKind:
		word := field.Enum().Values().ByName(protoreflect.Name(text))
		if word == nil {
			return none, strconv.ErrSyntax
		}
		return protoreflect.ValueOfEnum(word.Number()), nil
	case protoreflect.MessageKind:
		return parseTime(field.Message(), text)
	}
	return none, strconv.ErrSyntax
}

// parseTime reads a time or a duration.
func parseTime(message protoreflect.MessageDescriptor, text string) (protoreflect.Value, error) {
	if message.FullName() == timestampName {
		if _, err := jsonread.ParseTimestamp(text); err != nil {
			return protoreflect.Value{}, err
		}
	}
	kind, err := protoregistry.GlobalTypes.FindMessageByName(message.FullName())
	if err != nil {
		return protoreflect.Value{}, err
	}
	m := kind.New()
	return protoreflect.ValueOfMessage(m), protojson.Unmarshal([]byte(strconv.Quote(text)), m.Interface())
}

func (route *route) hasVariable(name string) bool {
	for _, segment := range route.segments {
		if v, ok := variable(segment); ok && v == name {
			return true
		}
	}
	return false
}

const (
	timestampName protoreflect.FullName = "google.protobuf.Timestamp"
	durationName  protoreflect.FullName = "google.protobuf.Duration"
)

// fieldAt returns the fields on a path with dots, and the path by the contract's names; none if text cannot be given for the last one.
// It can for a scalar, an enum, a time or a duration, and for a list of scalars or enums. Names are those of the contract or of JSON.
func fieldAt(message protoreflect.MessageDescriptor, path string) (string, []protoreflect.FieldDescriptor) {
	name, rest, deeper := strings.Cut(path, ".")
	field := message.Fields().ByName(protoreflect.Name(name))
	if field == nil {
		field = message.Fields().ByJSONName(name)
	}
	switch {
	case field == nil:
		return "", nil
	case field.Message() == nil && !deeper:
		return string(field.Name()), []protoreflect.FieldDescriptor{field}
	case field.Message() == nil, field.IsList(), field.IsMap():
		return "", nil
	case deeper:
		below, fields := fieldAt(field.Message(), rest)
		if fields == nil {
			return "", nil
		}
		return string(field.Name()) + "." + below, append([]protoreflect.FieldDescriptor{field}, fields...)
	}
	switch field.Message().FullName() {
	case timestampName, durationName:
		return string(field.Name()), []protoreflect.FieldDescriptor{field}
	}
	return "", nil
}

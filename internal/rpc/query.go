package rpc

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/internal/accept"
)

// Malformed is a request of which the part called name cannot be read. Why is for developers.
func Malformed(name, why string) error {
	return refusals[connect.CodeInvalidArgument].About(name).WithMeta("detail", name+": "+why)
}

// ParseQuery reads the parameters of a URL. It refuses a query that is malformed anywhere, where net/url leaves out what it
// cannot read: a filter that was left out would answer something else than was asked for.
func ParseQuery(raw string) (url.Values, error) {
	query := make(url.Values)
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		key, text, _ := strings.Cut(pair, "=")
		name, err := unescape(key)
		if err != nil {
			return nil, Malformed(shortName(key), err.Error())
		}
		value, err := unescape(text)
		if err != nil {
			return nil, Malformed(shortName(name), err.Error())
		}
		query[name] = append(query[name], value)
	}
	return query, nil
}

func unescape(s string) (string, error) {
	if strings.Contains(s, ";") {
		return "", fmt.Errorf("a semicolon must be written %%3B")
	}
	text, err := url.QueryUnescape(s)
	if err == nil && !utf8.ValidString(text) {
		err = fmt.Errorf("it is not UTF-8")
	}
	return text, err
}

// shortName is what an error calls a parameter or a key whose name the request made up.
func shortName(name string) string {
	const most = 64
	return strings.ToValidUTF8(name[:min(len(name), most)], "\uFFFD")
}

// The parameters of Connect's GET (https://connectrpc.com/docs/protocol#unary-get-request).
const (
	paramMessage     = "message"
	paramEncoding    = "encoding"
	paramBase64      = "base64"
	paramCompression = "compression"
	paramVersion     = "connect"
)

// parameters are those of a Connect GET.
var parameters = []string{paramVersion, paramEncoding, paramMessage, paramBase64, paramCompression}

// refuseQuery refuses the query of a POST: no protocol has parameters there.
func refuseQuery(raw string, request http.Header) error {
	query, err := ParseQuery(raw)
	if err != nil {
		return err
	}
	return Unknown(request, slices.Sorted(maps.Keys(query)))
}

// readGet validates the query of a Connect GET and canonicalizes it: connect ignores what it cannot read and compares codings
// literally.
func readGet(r *http.Request) error {
	query, err := ParseQuery(r.URL.RawQuery)
	if err != nil {
		return err
	}
	unknown := slices.DeleteFunc(slices.Sorted(maps.Keys(query)), func(name string) bool { return slices.Contains(parameters, name) })
	if err := Unknown(r.Header, unknown); err != nil {
		return err
	}
	for _, name := range parameters {
		if len(query[name]) > 1 {
			return Malformed(name, "it is given more than once")
		}
	}
	for _, name := range []string{paramEncoding, paramMessage} {
		if !query.Has(name) {
			return Malformed(name, "it is missing")
		}
	}
	if encoding := query.Get(paramEncoding); encoding != "json" && encoding != "proto" {
		return Malformed(paramEncoding, "it must be json or proto")
	}
	if query.Has(paramVersion) && query.Get(paramVersion) != "v1" {
		return Malformed(paramVersion, "it must be v1")
	}
	switch query.Get(paramBase64) {
	case "":
	case "1":
		if !isBase64(query.Get(paramMessage)) {
			return Malformed(paramMessage, "it is not base64 of the URL-safe alphabet")
		}
	default:
		return Malformed(paramBase64, "it must be 1 or be left out")
	}
	switch coding := accept.Coding(query.Get(paramCompression)); coding {
	case "", accept.Identity:
		query.Del(paramCompression)
	case "gzip":
		query.Set(paramCompression, coding)
	default:
		return errCoding.WithField(paramCompression)
	}
	address := *r.URL
	address.RawQuery = query.Encode()
	r.URL = &address
	return nil
}

// isBase64 reports whether s is what connect decodes: padding may be left out. The decoder passes over line breaks.
func isBase64(s string) bool {
	if strings.ContainsAny(s, "\r\n") {
		return false
	}
	encoding := base64.URLEncoding
	if len(s)%4 != 0 {
		encoding = base64.RawURLEncoding
	}
	_, err := encoding.DecodeString(s)
	return err == nil
}

package pagination

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// ErrToken is a page_token that is not of the list that is asked for.
var ErrToken = fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "page_token이 이 목록의 것이 아니에요. 첫 페이지부터 다시 불러 주세요.",
	"The page_token is not of this list. Load the first page again.").WithField("page_token")

// ErrBoth is a request that has both the number of a page and where it begins.
var ErrBoth = fault.New(fault.Invalid, "PAGE_OR_CURSOR", "page는 page_token이나 before_seq와 함께 보낼 수 없어요.",
	"Only one of page and page_token or before_seq can be sent.").WithField("page")

// tokenVersion is the version of the encoding of tokens. Tokens of another one are refused.
const tokenVersion = 1

// token is a page token before it is encoded.
type token struct {
	Version int `json:"v"`
	// List is the hash of the list that the token is of.
	List  []byte          `json:"l"`
	After json.RawMessage `json:"a"`
}

// Request is a request for a list that pages by tokens.
type Request interface {
	proto.Message
	GetPageToken() string
}

// Numbered is a request for a list that pages by numbers too.
type Numbered interface {
	Request
	GetPage() int32
	GetLimit() int32
}

// Read returns the page that a request asks for: by its number, or after the place in its page_token, which is nil if the request
// has none. Both together are refused.
func Read[T any](req Numbered) (p Page, after *T, err error) {
	number, limit := req.GetPage(), req.GetLimit()
	if number != 0 && req.GetPageToken() != "" {
		return Page{}, nil, ErrBoth
	}
	after, err = After[T](req)
	return Of(&number, &limit), after, err
}

// After returns the place in the page_token of a request; nil if it has none, ErrToken if the token is not one that Token returned
// for its list.
func After[T any](req Request) (*T, error) {
	if req.GetPageToken() == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(req.GetPageToken())
	if err != nil {
		return nil, ErrToken.WithCause(err)
	}
	var t token
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, ErrToken.WithCause(err)
	}
	var after *T
	if err := json.Unmarshal(t.After, &after); err != nil || after == nil {
		return nil, ErrToken.WithCause(err)
	}
	// Both decoders accept more than one text for the same place, and tokens of other lists and versions.
	if made, err := Token(req, *after); err != nil || made != req.GetPageToken() {
		return nil, ErrToken.WithCause(err)
	}
	return after, nil
}

// Token returns the page_token for what comes after a place in the list that a request asks for. A place is the sort key of the
// last element of a page, its id included, and what else the order depends on. It must be a struct that encoding/json encodes,
// with short keys, and decodes to the same.
func Token[T any](req proto.Message, after T) (string, error) {
	place, err := json.Marshal(after)
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(token{Version: tokenVersion, List: listOf(req), After: place})
	return base64.RawURLEncoding.EncodeToString(raw), err
}

// listOf returns a hash of the list that a request asks for, which is all of the request but the page.
func listOf(req proto.Message) []byte {
	list := proto.Clone(req).ProtoReflect()
	fields := list.Descriptor().Fields()
	for _, name := range []protoreflect.Name{"page", "page_token", "limit"} {
		if fd := fields.ByName(name); fd != nil {
			list.Clear(fd)
		}
	}
	// A filter that is empty is none.
	list.Range(func(fd protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if fd.Kind() == protoreflect.StringKind && !fd.IsList() && value.String() == "" {
			list.Clear(fd)
		}
		return true
	})
	list.SetUnknown(nil)
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(list.Interface())
	if err != nil {
		// Only text that is not UTF-8 cannot be encoded, and no request holds any.
		raw = nil
	}
	sum := sha256.Sum256(append([]byte(list.Descriptor().FullName()+"\x00"), raw...))
	return sum[:9]
}

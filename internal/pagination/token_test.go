package pagination_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/pagination"
)

type place struct {
	At int64  `json:"at"`
	ID string `json:"id"`
}

// request is one of ListComments, which has a filter, with a page number.
type request struct {
	*v1.ListCommentsRequest
	page int32
}

func (r request) GetPage() int32 { return r.page }

func comments(post, token string) *v1.ListCommentsRequest {
	return &v1.ListCommentsRequest{PostId: post, PageToken: &token}
}

func tokenOf(t *testing.T, req proto.Message, after place) string {
	t.Helper()
	token, err := pagination.Token(req, after)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestATokenIsOfItsList(t *testing.T) {
	want := place{At: -1 << 62, ID: strings.Repeat("가", 21)}
	token := tokenOf(t, comments("p", "before"), want)
	if len(token) > 200 || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		t.Errorf("the token is %q", token)
	}
	req := comments("p", token)
	req.Limit = proto.Int32(7)
	if got, err := pagination.After[place](req); err != nil || *got != want {
		t.Errorf("the place is %v, %v, want %v", got, err, want)
	}
	if got, err := pagination.After[place](comments("p", "")); err != nil || got != nil {
		t.Errorf("without a token: %v, %v", got, err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for what, other := range map[string]pagination.Request{
		"of another filter": comments("q", token),
		"of garbage":        comments("p", "nonsense"), "of no base64": comments("p", "%%%"), "with padding": comments("p", token+"="),
		"cut off": comments("p", token[:len(token)-4]), "of JSON": comments("p", encode([]byte("{}"))), "of null": comments("p", encode([]byte("null"))),
		"with more":          comments("p", encode(append(raw, '{'))),
		"of another version": comments("p", encode([]byte(strings.Replace(string(raw), `"v":1`, `"v":2`, 1)))),
		"without a place":    comments("p", encode([]byte(string(raw[:strings.Index(string(raw), `,"a"`)])+"}"))),
		"with a null place":  comments("p", encode([]byte(string(raw[:strings.Index(string(raw), `,"a"`)])+`,"a":null}`))),
		"with a line break":  comments("p", token[:8]+"\n"+token[8:]), "with a blank": comments("p", encode([]byte(" "+string(raw)))),
		"with a key twice":   comments("p", encode([]byte(`{"v":1,`+string(raw[1:])))),
		"in capitals":        comments("p", encode([]byte(strings.Replace(string(raw), `"v"`, `"V"`, 1)))),
		"in another order":   comments("p", encode([]byte(`{`+string(raw[len(`{"v":1,`):len(raw)-1])+`,"v":1}`))),
		"with a longer text": comments("p", encode([]byte(strings.Replace(string(raw), "가", `\uac00`, 1)))),
		"with an exponent":   comments("p", encode([]byte(strings.Replace(string(raw), `"at":-4611686018427387904`, `"at":-4611686018427387904e0`, 1)))),
		"with half an id":    comments("p", encode([]byte(strings.Replace(string(raw), "가", "\xff", 1)))),
		"of another place":   comments("p", encode([]byte(strings.Replace(string(raw), `"at"`, `"x"`, 1)))),
	} {
		got, err := pagination.After[place](other)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Reason != "PAGE_TOKEN_INVALID" || len(f.Fields) != 1 || f.Fields[0].Path != "page_token" {
			t.Errorf("a token %s: %v, %v", what, got, err)
		}
	}
}

func TestReadTakesANumberOrAToken(t *testing.T) {
	req := request{ListCommentsRequest: comments("p", "")}
	p, after, err := pagination.Read[place](req)
	if err != nil || after != nil || p != (pagination.Page{Number: 1, Limit: 20}) {
		t.Errorf("of nothing: %v, %v, %v", p, after, err)
	}
	req.page, req.Limit = 3, proto.Int32(5)
	if p, after, err = pagination.Read[place](req); err != nil || after != nil || p != (pagination.Page{Number: 3, Limit: 5}) {
		t.Errorf("of a number: %v, %v, %v", p, after, err)
	}
	token := tokenOf(t, req.ListCommentsRequest, place{At: 1, ID: "c"})
	req.PageToken = &token
	_, _, err = pagination.Read[place](req)
	var f *fault.Error
	if !errors.As(err, &f) || f.Reason != "PAGE_OR_CURSOR" || len(f.Fields) != 1 || f.Fields[0].Path != "page" {
		t.Errorf("of both: %v", err)
	}
	req.page = 0
	if p, after, err = pagination.Read[place](req); err != nil || after == nil || *after != (place{At: 1, ID: "c"}) || p.Limit != 5 {
		t.Errorf("of a token: %v, %v, %v", p, after, err)
	}
}

// FuzzAfter: a token of any place leads back to it, in its own list alone, and no other text is taken for it.
func FuzzAfter(f *testing.F) {
	for _, token := range []string{"", "!!!", "e30", "eyJ2IjoxfQ", "50%", "\u3000", "\u202e", "eyJ2IjoxLCJsIjpudWxsLCJhIjpudWxsfQ", "e30="} {
		f.Add(token, "p", "q", int64(1), "c")
	}
	f.Add("", "p", "가\u200b", int64(-1<<62), "👨\u200d👩")
	f.Fuzz(func(t *testing.T, token, post, other string, at int64, id string) {
		if !utf8.ValidString(token + "|" + post + "|" + other + "|" + id) {
			return // no request holds it
		}
		if got, err := pagination.After[place](comments(post, token)); err != nil && !errors.Is(err, pagination.ErrToken) {
			t.Errorf("%q: %v", token, err)
		} else if got != nil {
			if again := tokenOf(t, comments(post, ""), *got); again != token {
				t.Errorf("%q names %v, whose token is %q", token, got, again)
			}
		}
		want := place{At: at, ID: id}
		made := tokenOf(t, comments(post, token), want)
		if got, err := pagination.After[place](comments(post, made)); err != nil || got == nil || *got != want {
			t.Errorf("the token of %v names %v, %v", want, got, err)
		}
		if got, err := pagination.After[place](comments(other, made)); other != post && err == nil {
			t.Errorf("the token of %q names %v in %q", post, got, other)
		}
	})
}

package rpc_test

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// FuzzParseQuery holds the parser to net/url, which takes any bytes for a value.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{
		"search=50%", "search=50%25", "a=1;b=2", "%zz=1", "a=%ff", "a&a=&=a&&", "search=%F0%9F%8F%B8%2B+%e3%80%80", "a=\u202e", "connect=v1&encoding=json&base64=1&message=!!!",
		strings.Repeat("가", 40) + "=%", "a=%E2%80%8B%ED%95%9C", "a=\xff", "\xc5=\x80",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := rpc.ParseQuery(raw)
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("%q: the error %q is not UTF-8", raw, err)
			}
		}
		want, wantErr := url.ParseQuery(raw)
		valid := wantErr == nil
		for name, values := range want {
			valid = valid && utf8.ValidString(name+"="+strings.Join(values, "="))
		}
		if valid != (err == nil) || valid && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, %v, want %q, %v", raw, got, err, want, wantErr)
		}
		// What is written again is read as the same.
		if again, err := rpc.ParseQuery(got.Encode()); err != nil || valid && !reflect.DeepEqual(again, got) {
			t.Errorf("%q: %q is read again as %q, %v", raw, got, again, err)
		}
	})
}

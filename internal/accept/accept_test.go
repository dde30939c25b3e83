package accept_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dongbaejul/dongbaejul/internal/accept"
)

func TestElements(t *testing.T) {
	for header, want := range map[string]string{
		"":                                       "",
		" , ,":                                   "",
		"en":                                     "en=1000",
		"ko-KR,ko;q=0.9 ,\ten-US ; q=0.8":        "ko-KR=1000 ko=900 en-US=800",
		"a;Q=1,b;q=1.000,c;q=0,d;q=0.001,e;q=1.": "a=1000 b=1000 c=0 d=1 e=1000",
		// Longer or shorter than the grammar has it, but plain.
		"a;q=.5,b;q=0.12345": "a=500 b=123",
		// Each of these is malformed, and none takes others with it.
		"a;q=2,b;q=1.001,c;q=-1,d;q=,e;q,f;q=x,g;q=0.x,h;q=.,i;level=1,j;q=0.5;q=1,k;,l;q=NaN,m;q=+1,n;q=1e0,;q=1,z": "z=1000",
	} {
		var got []string
		for name, weight := range accept.Elements([]string{header}) {
			got = append(got, fmt.Sprintf("%s=%d", name, weight))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%q: %s, want %s", header, text, want)
		}
	}
}

func TestCodings(t *testing.T) {
	for header, want := range map[string]string{
		"":                                 "",
		"identity":                         "",
		"gzip":                             "gzip",
		"GZip":                             "gzip",
		"x-gzip":                           "gzip",
		"br":                               "br",
		"gzip, br":                         "br gzip",
		"gzip;q=1, br;q=0.5":               "gzip br",
		"deflate, zstd":                    "",
		"gzip ; q=0":                       "",
		"gzip;q=0, br":                     "br",
		"gzip;q=0.001":                     "gzip",
		"gzip;q=x":                         "",
		"*":                                "br gzip",
		"*;q=0":                            "",
		"*;q=0, gzip":                      "gzip",
		"gzip;q=0, *":                      "br",
		"identity;q=0":                     "",
		"identity;q=0, gzip;q=0.1":         "gzip",
		"identity, gzip;q=0.5":             "",
		"identity;q=0.5, gzip;q=0.5":       "gzip",
		"identity;q=0.5, br;q=0.4, gzip":   "gzip",
		"gzip;q=0.3, *;q=0.5":              "br",
		"gzipped, brotli, gzip-, x-gzip-2": "",
	} {
		got := accept.Codings([]string{header}, "br", "gzip")
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%q: %q, want %q", header, text, want)
		}
	}
	if got := accept.Codings(nil, "gzip"); got != nil {
		t.Errorf("without the field: %q", got)
	}
	if got := accept.Codings([]string{"br;q=0", "gzip"}, "br", "gzip"); !slices.Equal(got, []string{"gzip"}) {
		t.Errorf("of two lines: %q", got)
	}
}

func TestApplied(t *testing.T) {
	for _, c := range []struct{ lines, want []string }{
		{nil, nil},
		{[]string{""}, nil},
		{[]string{"Identity"}, nil},
		{[]string{"GZIP"}, []string{"gzip"}},
		{[]string{"x-gzip, identity"}, []string{"gzip"}},
		{[]string{"identity", " gzip "}, []string{"gzip"}},
		{[]string{"BR", "gzip,gzip"}, []string{"br", "gzip", "gzip"}},
	} {
		if got := accept.Applied(c.lines); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.lines, got, c.want)
		}
	}
}

func FuzzElements(f *testing.F) {
	for _, header := range []string{
		"", "en-US;q=0.9", "en,-BE;q=0.43", "*;q=0.5, en;q=0.4", "gzip ; q=0", "*;q=0", "identity;q=0", "br;q=1.000, x-gzip;q=.5", ";q=1,,q=1",
		strings.Repeat("zz-Latn-001;q=0.1,", 15) + "en-US;q=0.9", "GZIP", "Identity;q=0, x-GZIP;q=0.1", "gzip;q=x, br", "gzip;q=0.0001, identity;q=0",
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		for name, weight := range accept.Elements([]string{header}) {
			if name == "" || weight < 0 || weight > 1000 || strings.ContainsAny(name, ",;") {
				t.Errorf("%q has %q with the weight %d", header, name, weight)
			}
		}
		// Lines are joined by commas.
		parts := strings.Split(header, ",")
		if got, want := accept.Codings(parts, "br", "gzip"), accept.Codings([]string{header}, "br", "gzip"); !slices.Equal(got, want) {
			t.Errorf("%q: %q in lines, %q joined", header, got, want)
		}
		// Names are compared regardless of case, and an element that is malformed changes nothing.
		for _, changed := range [][]string{{strings.ToUpper(header)}, {"gzip;q=x", header, "br;q=2,;,"}} {
			if got, want := accept.Codings(changed, "br", "gzip"), accept.Codings([]string{header}, "br", "gzip"); isASCII(header) && !slices.Equal(got, want) {
				t.Errorf("%q: %q, but %q of %q", header, want, got, changed)
			}
		}
		// What is offered is not refused, and not preferred less than what is not compressed.
		weights := map[string]int{}
		for name, weight := range accept.Elements([]string{header}) {
			if name = accept.Coding(name); weights[name] == 0 {
				weights[name] = weight
			}
		}
		for _, coding := range accept.Codings([]string{header}, "br", "gzip") {
			if weights[coding] == 0 && weights["*"] == 0 {
				t.Errorf("%q: %s is offered", header, coding)
			}
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// Every coding that Applied returns is one that it returns by itself, and nothing is returned twice or lost.
func FuzzApplied(f *testing.F) {
	for _, header := range []string{"gzip", "Identity", "GZIP, x-gzip", "identity,, br\t,", "", "gzip;q=1", "İ"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		applied := accept.Applied([]string{header})
		if again := accept.Applied(applied); !slices.Equal(again, applied) {
			t.Errorf("%q has %q, and these have %q", header, applied, again)
		}
		if parts := accept.Applied(strings.Split(header, ",")); !slices.Equal(parts, applied) {
			t.Errorf("%q: %q in lines, %q joined", header, parts, applied)
		}
	})
}

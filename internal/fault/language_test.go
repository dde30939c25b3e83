package fault_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

func TestEnglish(t *testing.T) {
	// More than 256 bytes before the language that is read.
	long := strings.Repeat("zz-Latn-001;q=0.1,", 15) + "en-US;q=0.9"
	for _, c := range []struct {
		lines []string
		want  bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"de"}, false},
		{[]string{"en"}, true},
		{[]string{"EN-gb"}, true},
		{[]string{"en_US"}, true},
		{[]string{"en-Latn-US-x-12345678"}, true},
		{[]string{"ko-KR"}, false},
		{[]string{"enm"}, false},
		{[]string{long}, true},
		{[]string{"fr", "en"}, true},
		{[]string{"fr;q=0.9, en-GB;q=0.8"}, true},
		// The best match, by weight and then by order.
		{[]string{"ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7"}, false},
		{[]string{"en-US,en;q=0.9,ko;q=0.8"}, true},
		{[]string{"ko;q=0.8,en;q=0.9"}, true},
		{[]string{"en;q=0.1", "ko;q=0.2"}, false},
		{[]string{"ko, en"}, false},
		{[]string{"en, ko"}, true},
		{[]string{"en;q=0.2, ko;q=0.5, en-US;q=0.7"}, true},
		// "*" is whatever is not named.
		{[]string{"*"}, false},
		{[]string{"*;q=0.5, en;q=0.4"}, false},
		{[]string{"*;q=0.4, en;q=0.5"}, true},
		{[]string{"*, en"}, true},
		{[]string{"*, ko;q=0.5"}, true},
		{[]string{"*, ko;q=0"}, true},
		{[]string{"*, en;q=0"}, false},
		// What is refused is not answered in, as long as there is something else.
		{[]string{"ko;q=0"}, true},
		{[]string{"en;q=0"}, false},
		{[]string{"ko;q=0, en;q=0"}, false},
		{[]string{"ko;q=0, *;q=0"}, true},
		// A malformed element is left out by itself.
		{[]string{"en,-BE;q=0.43"}, true},
		{[]string{"ko;q=x, en;q=0.1"}, true},
		{[]string{"en-, en--US, en-123456789, en-ü, en US"}, false},
		{[]string{"\xff, en"}, true},
		{[]string{";;;,,,=,en;q=0.3"}, true},
	} {
		if got := fault.English(http.Header{"Accept-Language": c.lines}); got != c.want {
			t.Errorf("%q: English is %v", c.lines, got)
		}
	}
}

// Whatever the header, it is read once and nothing of it is kept.
func TestEnglishTakesNoMemory(t *testing.T) {
	for _, element := range []string{"en;q=0.1,", ",", "a-", "*;q=0.00000001,", ";q=", "x-x-x-x,"} {
		hostile := http.Header{"Accept-Language": {strings.Repeat(element, 64<<10/len(element))}}
		if n := testing.AllocsPerRun(1, func() { fault.English(hostile) }); n > 0 {
			t.Errorf("%q over and over takes %v allocations", element, n)
		}
	}
}

// FuzzEnglish holds the choice to what RFC 9110 has of lists and weights, whatever else is in them.
func FuzzEnglish(f *testing.F) {
	for _, header := range []string{
		"", "en-US;q=0.9", "en,-BE;q=0.43", "fr, en", "*;q=0.5, en;q=0.4", strings.Repeat("zz-Latn-001;q=0.1,", 15) + "en-US;q=0.9", "ko-KR,ko;q=0.9,en-US;q=0.8",
		"en_US", "ko;q=0, *;q=0", "*", "en;q=1.0001", "ko;q=0.0001,en;q=0", "\xff, en", "EN;Q=1",
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		english := func(lines ...string) bool { return fault.English(http.Header{"Accept-Language": lines}) }
		got := english(header)
		if inLines := english(strings.Split(header, ",")...); inLines != got {
			t.Errorf("%q: English is %v, and %v in lines", header, got, inLines)
		}
		if mended := english("ko;q=x, -BE", header, "en;q=2,;,en-"); mended != got {
			t.Errorf("%q: English is %v, and %v among what is malformed", header, got, mended)
		}
		// What is named first with the full weight is preferred to all that follows.
		if english("ko", header) || !english("en", header) {
			t.Errorf("%q outweighs what comes before it", header)
		}
		if !strings.ContainsFunc(header, func(r rune) bool { return r >= 0x80 }) && english(strings.ToUpper(header)) != got {
			t.Errorf("%q: English is %v, and not in capitals", header, got)
		}
	})
}

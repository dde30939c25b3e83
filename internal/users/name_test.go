package users

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

func TestCleanName(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		refused    bool
	}{
		{name: "김민수", want: "김민수"},
		{name: norm.NFD.String("김민수"), want: "김민수"},
		{name: "  Jordan Lee ", want: "Jordan Lee"},
		{name: "셔틀콕🏸", want: "셔틀콕🏸"},
		{name: "👨‍👩‍👧", want: "👨‍👩‍👧"},
		{name: strings.Repeat("가", 40), want: strings.Repeat("가", 40)},
		{name: strings.Repeat("가", 41), refused: true},
		{name: "", refused: true},
		{name: " \u3000 ", refused: true},
		{name: "\u200b\u200d", refused: true},
		{name: "\u3164", refused: true},
		{name: "a\nb", refused: true},
		{name: "a\u2028b", refused: true},
		{name: "a\x00b", refused: true},
		{name: "evil\u202egnp", refused: true},
		{name: "a\xffb", refused: true},
	} {
		got, err := cleanName(tt.name)
		if tt.refused != errors.Is(err, fault.Invalid) || got != tt.want {
			t.Errorf("cleanName(%q) = %q, %v", tt.name, got, err)
		}
	}
}

func TestNameFromBand(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"김민수", "김민수"},
		{" 김민수\t(동탄\n배드민턴) ", "김민수 (동탄 배드민턴)"},
		{strings.Repeat("가", 60), strings.Repeat("가", 40)},
		{strings.Repeat("가", 38) + "👨\u200d👩\u200d👧", strings.Repeat("가", 38)},
		{"", nameless},
		{"\u3164", nameless},
		{"a\xffb\u202ec", "ab c"},
	} {
		if got := nameFromBand(tt.name); got != tt.want {
			t.Errorf("nameFromBand(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestImageFromBand(t *testing.T) {
	for _, tt := range []struct{ image, want string }{
		{"https://coresos.example/a/b.jpg?type=s75", "https://coresos.example/a/b.jpg?type=s75"},
		{"http://img.example/p.jpg", "https://img.example/p.jpg"},
		{"http://localhost:3000/bandsim/images/1", "http://localhost:3000/bandsim/images/1"},
		{"http://localhost.example/p.jpg", "https://localhost.example/p.jpg"},
		{"", ""},
		{"javascript:alert(1)", ""},
		{"//img.example/p.jpg", ""},
		{"https:///p.jpg", ""},
		{"https://user:secret@img.example/p.jpg", ""},
		{"https://img.example/" + strings.Repeat("a", 2048), ""},
	} {
		if got := imageFromBand(tt.image); got != tt.want {
			t.Errorf("imageFromBand(%q) = %q, want %q", tt.image, got, tt.want)
		}
	}
}

// Whatever Band calls somebody gives a name that could have been chosen, and cleaning it again changes nothing.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"김민수", "\u202e", "a\xff", strings.Repeat("각", 50), "\u1112\u1161\u11ab", "  "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name := nameFromBand(raw)
		clean, err := cleanName(name)
		if err != nil || clean != name {
			t.Errorf("nameFromBand(%q) = %q, which cleans to %q, %v", raw, name, clean, err)
		}
		if n := utf8.RuneCountInString(clean); n < 1 || n > maxName {
			t.Errorf("%q has %d characters", clean, n)
		}
	})
}

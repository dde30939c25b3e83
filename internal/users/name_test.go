package users

import (
	"strings"
	"testing"

	"buf.build/go/protovalidate"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func TestNameFromBand(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"김민수", "김민수"},
		{" 김민수\t(동탄\n배드민턴) ", "김민수 (동탄 배드민턴)"},
		{strings.Repeat("가", 60), strings.Repeat("가", 40)},
		{strings.Repeat("가", 38) + "👨\u200d👩\u200d👧", strings.Repeat("가", 38)},
		{"", nameless},
		{"\u3164", nameless},
		{"a\xffb\u202ec", "abc"},
		{"김\u200b민\u3164수", "김민수"},
		{strings.Repeat("가", 39) + "👨‍👩‍👧", strings.Repeat("가", 39)},
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
	for _, seed := range []string{"김민수", "\u202e", "a\xff", strings.Repeat("각", 50), "\u1112\u1161\u11ab", "  ", "김\u200b민수", "\u3164", "\u2066a", "\u3000", "Ａ조 50%", "\uffa1\uffc2", "👨\u200d👩\u200d👧 " + strings.Repeat("👩🏽\u200d🤝\u200d👨🏿", 12), "👨\u200d👩", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"} {
		f.Add(seed)
	}
	validator, err := protovalidate.New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name := nameFromBand(raw)
		if err := validator.Validate(&v1.UpdateProfileRequest{DisplayName: &name}); err != nil {
			t.Errorf("nameFromBand(%q) = %q: %v", raw, name, err)
		}
		if again := nameFromBand(name); again != name {
			t.Errorf("%q becomes %q when cleaned again", name, again)
		}
	})
}

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
		{"https://img.example:65536/p.jpg", ""},
		{"https://1.2.3.999/p.jpg", ""},
		{"https://1.2.3/p.jpg", ""},
		{"https://img..example/p.jpg", ""},
		{"https://./p.jpg", ""},
		{"https://한글.kr/p.jpg", ""},
		{"https://[2001:db8::1]:8443/p.jpg", "https://[2001:db8::1]:8443/p.jpg"},
		{"http://1.2.3.4:80/p.jpg", "https://1.2.3.4:80/p.jpg"},
	} {
		if got := imageFromBand(tt.image); got != tt.want {
			t.Errorf("imageFromBand(%q) = %q, want %q", tt.image, got, tt.want)
		}
	}
}

// Whatever picture Band has, what is kept of it keeps the contract's rule.
func FuzzImages(f *testing.F) {
	for _, seed := range []string{
		"https://img.example/a b", "http://[::1%25lo]:80/", "https://e.com:/", "https://e.com:?", "https://a_b/", "https://%65/", "http://e.com/%zz", "https://e..", "HTTPS://E.com#x y", "https://e.com/\u202e",
		"https://1.2.3.4.5/", "https://e.com:00080", "https://[v1.a]/", "https://e.com./",
	} {
		f.Add(seed)
	}
	validator, err := protovalidate.New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		image := imageFromBand(raw)
		if err := validator.Validate(&v1.UpdateProfileRequest{Avatar: &image}); err != nil {
			t.Errorf("imageFromBand(%q) = %q: %v", raw, image, err)
		}
	})
}

// Whatever Band calls somebody becomes a name that could have been chosen, and cleaning it again changes nothing.
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

package hangul_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
)

func TestInitials(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"김민수", "ㄱㅁㅅ"},
		{norm.NFD.String("김민수"), "ㄱㅁㅅ"},
		{"가깋까힣", "ㄱㄱㄲㅎ"},
		{"까따빠싸짜", "ㄲㄸㅃㅆㅉ"},
		{"민수 (A조)", "ㅁㅅ (aㅈ)"},
		{"ㄱㅏ", "ㄱㅏ"},
		{"Jenny 4", "jenny 4"},
	} {
		if got := hangul.Initials(c.in); got != c.want {
			t.Errorf("Initials(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestContains(t *testing.T) {
	for _, c := range []struct {
		text, query string
		want        bool
	}{
		{"김민수", "ㄱㅁㅅ", true},
		{"김민수", "김ㅁ", true},
		{"김민수", "ㄱ민", true},
		{"김민수", "민수", true},
		{"김민수", "ㅁㅅ", true},
		{"김민수", "  ㄱㅁㅅ\n", true},
		{"김민수", norm.NFD.String("민수"), true},
		{norm.NFD.String("김민수"), "ㅁ수", true},
		{"김민수", "ㄱㅅ", false},
		{"김민수", "ㄱㅁㅅㅇ", false},
		{"김민수", "수민", false},
		{"김민수", "", true},
		{"김민수", " \t", true},
		{"", "", true},
		{"", "ㄱ", false},
		{"김수", "ㄳ", true},
		{"몫은 ㄳ", "ㄳ", true},
		{"박서준", "ㅂㅅㅈ", true},
		{"박서준", "ㅄㅈ", true},
		{"까치", "ㄱ", false},
		{"까치", "ㄲㅊ", true},
		{"ㅋㅋㅋ", "ㅋㅋ", true},
		{"ㅋㅋ", "크", false},
		{"Jenny Kim", "y k", true},
		{"JENNY", "jenn", true},
		{"민수 (A조)", "a조", true},
		{"민수 (A조)", "ㅅ (aㅈ", true},
		{"민수 (A조)", "민수(A", false},
		{"김민수", "\uffa1\uffb1\uffb5", true},
		{"김민수", "\u1100\u1106\u1109", true},
		{"민수 (Ａ조)", "a조", true},
		{"김\u200b민\u3164수", "ㄱㅁㅅ", true},
		{"김민수 🏸", "🏸", true},
	} {
		if got := hangul.Contains(c.text, c.query); got != c.want {
			t.Errorf("Contains(%q, %q) = %v, want %v", c.text, c.query, got, c.want)
		}
	}
}

// FuzzContains holds Contains to what follows from its contract without knowing how it matches: any part of a text, and the
// initials of any part, are found in it.
func FuzzContains(f *testing.F) {
	f.Add("김민수", uint8(0), uint8(2))
	f.Add("동탄 배드민턴 ABC", uint8(3), uint8(5))
	f.Add("ㄳ ㅄ 값", uint8(0), uint8(3))
	f.Add("\uffbb\uffbb \uffa1\uffc2", uint8(0), uint8(2))
	f.Add("Ａ조 김\u200b민\u3164수 \u202e🏸50%", uint8(0), uint8(9))
	f.Add("\u1100\u1161\u11a8 👨\u200d👩", uint8(0), uint8(3))
	f.Fuzz(func(t *testing.T, text string, from, length uint8) {
		folded := []rune(hangul.Fold(text))
		start := min(int(from), len(folded))
		part := string(folded[start:min(start+int(length), len(folded))])
		if hangul.Fold(part) != part {
			return // cut inside a composition, so that the part alone is other text
		}
		if !hangul.Contains(text, part) {
			t.Errorf("Contains(%q, %q) = false for a part of it", text, part)
		}
		if initials := hangul.Initials(part); !hangul.Contains(text, initials) {
			t.Errorf("Contains(%q, %q) = false for the initials of %q", text, initials, part)
		}
		if part != "" && strings.TrimSpace(part) == part && hangul.Contains("", part) {
			t.Errorf("Contains(\"\", %q) = true", part)
		}
	})
}

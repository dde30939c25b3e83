package hangul_test

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
)

func TestNFCComposesWhatMacOSSends(t *testing.T) {
	if got := hangul.NFC(norm.NFD.String("김민수")); got != "김민수" {
		t.Errorf("NFC(decomposed) = %q", got)
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"김민수 (A조)", "김민수 (a조)"},
		{norm.NFD.String("동탄 ÉTÉ"), "동탄 été"},
		{"H\u0331", "\u1e96"},
		{"a\xffb", "a\uFFFDb"},
	} {
		if got := hangul.Fold(c.in); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("김민수")
	f.Add("H\u0331 \u212a İ ß ΑΣ")
	f.Add("\xff\u1100\u1161\u11a8")
	f.Fuzz(func(t *testing.T, s string) {
		folded := hangul.Fold(s)
		if again := hangul.Fold(folded); again != folded {
			t.Errorf("Fold(%q) = %q, folded again %q", s, folded, again)
		}
		if !utf8.ValidString(folded) || !norm.NFC.IsNormalString(folded) {
			t.Errorf("Fold(%q) = %q is not valid NFC", s, folded)
		}
		if decomposed := hangul.Fold(norm.NFD.String(s)); utf8.ValidString(s) && decomposed != folded {
			t.Errorf("Fold(%q) = %q, but decomposed gives %q", s, folded, decomposed)
		}
	})
}

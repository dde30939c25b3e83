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
		{"Ａ조 ㎏ ①", "a조 kg 1"},
		{"ㄱㅏ 나ㄳ", "ㄱㅏ 나ㄳ"},
		{"\uffa1\uffb1\uffb5 \uffbb\uffbb", "ㄱㅁㅅ ㅋㅋ"},
		{"\u1100\u1106 \u1161 \u11a8 가\u11aa\u11aa", "ㄱㅁ ㅏ ㄱ 갃ㄳ"},
		{"㉠ ㉮", "ㄱ 가"},
		{"김\u200b민\u3164수\u200d\ufe0f\u00ad\u115f\uffa0", "김민수"},
		{"👨\u200d👩\u200d👧", "👨👩👧"},
		{"e\u200d\u0301", "é"},
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
	for _, s := range []string{
		"Ａ조 50% 🏸+", "👨\u200d👩\u200d👧", "\u202e김\u200b민\u3164수\u2066", "\u3000", "\uffa1\uffda\uffdc", "\u1100\u1161\u11a8\u11a8", "①㈎㉮ｶﾞ", "ﬁ½℡", "İI\u0307ı",
	} {
		f.Add(s)
	}
	f.Add("\uffa1\uffc2 ㄱㅏ 나ㄳ ㉠ ﷺ a\u034f\u0323\u0301")
	f.Fuzz(func(t *testing.T, s string) {
		folded := hangul.Fold(s)
		if again := hangul.Fold(folded); again != folded {
			t.Errorf("Fold(%q) = %q, folded again %q", s, folded, again)
		}
		if !utf8.ValidString(folded) || !norm.NFC.IsNormalString(folded) {
			t.Errorf("Fold(%q) = %q is not valid NFC", s, folded)
		}
		if decomposed := hangul.Fold(norm.NFD.String(s)); utf8.ValidString(s) && decomposed != folded {
			t.Errorf("Fold(%q) = %q, but decomposed returns %q", s, folded, decomposed)
		}
	})
}

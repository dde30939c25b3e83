package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dongbaejul/dongbaejul/internal/text"
)

func TestTrim(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "김민수": "김민수", " \t김 민수\r\n": "김 민수", "\u3000\u00a0제목\u2003\u2028": "제목", "\u200b\ufeff제목\u2060\u00ad": "제목",
		"\u3164\u2800제목\u1160\uffa0": "제목", "\u202e제목\u2066": "제목", "가\u200b나": "가\u200b나", " \u3000\u200b\u3164": "",
		"❤\ufe0f ": "❤\ufe0f", "👨‍👩‍👧": "👨‍👩‍👧", "葛\U000e0100": "葛\U000e0100",
		"🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
	} {
		if got := text.Trim(s); got != want {
			t.Errorf("Trim(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestLine(t *testing.T) {
	const scotland = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
	for s, want := range map[string]string{
		"": "", "김민수": "김민수", norm.NFD.String("김민수"): "김민수", " 김민수\t(동탄\n배드민턴) ": "김민수 (동탄 배드민턴)",
		"a\xffb\u202ec": "abc", "김\u200b민수 (2)": "김민수 (2)", "김\u3164민수": "김민수", "a\x00b\u2066c\u2069": "abc",
		"a \u200b b": "a b", "e\u034f\u0301": "é", "\u3164": "", "\u0301": "", "\u2800 \ufe0f": "",
		"👨‍👩‍👧 가족": "👨‍👩‍👧 가족", "👩🏽‍🤝‍👨🏿": "👩🏽‍🤝‍👨🏿", "👁️‍🗨️": "👁️‍🗨️", "🏃‍➡️": "🏃‍➡️", "❤️": "❤️",
		"김\ufdd0민\uf8ff수": "김민수", "\ue000": "", "a\U0010ffff": "a", "김\u0378민수": "김민수", "\U0003fff0": "", "\U0001fafe 새 그림": "\U0001fafe 새 그림",
		scotland: scotland, "a\U000e0067b": "ab", "🏴\U000e0067": "🏴", "가\u200d나": "가나", "👨\u200d 나": "👨 나",
	} {
		if got := text.Line(s); got != want {
			t.Errorf("Line(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestStripBidi(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "토요일\n정모 👨‍👩‍👧": "토요일\n정모 👨‍👩‍👧", "\u202a\u202b\u202c\u202d\u202ea\u2066\u2067\u2068\u2069b\u200e\u200f\u061c": "ab",
		"שלום\u200f": "שלום", "가\u200b나\u2060": "가\u200b나\u2060",
	} {
		if got := text.StripBidi(s); got != want {
			t.Errorf("StripBidi(%q) = %q, want %q", s, got, want)
		}
	}
}

// TestIsHidden compares with Unicode's properties, over all characters.
func TestIsHidden(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point) &&
			!unicode.In(r, unicode.Prepended_Concatenation_Mark, unicode.Egyptian_Hieroglyphs)
		if got := text.IsHidden(r); got != want {
			t.Errorf("IsHidden(%U) = %t, want %t", r, got, want)
		}
	}
}

func TestIsPrivate(t *testing.T) {
	noncharacters := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		switch got := text.IsPrivate(r); {
		case unicode.Is(unicode.Co, r) != got && !unicode.Is(unicode.Noncharacter_Code_Point, r):
			t.Errorf("IsPrivate(%U) = %t", r, got)
		case unicode.Is(unicode.Noncharacter_Code_Point, r):
			noncharacters++
			if !got || text.IsVisible(r) {
				t.Errorf("%U is private: %t, visible: %t", r, got, text.IsVisible(r))
			}
		}
	}
	if noncharacters != 66 {
		t.Errorf("there are %d noncharacters", noncharacters)
	}
}

func TestIsUnassigned(t *testing.T) {
	for r, want := range map[rune]bool{
		'가': false, '\n': false, 0xd800: false, 0xe000: false, 0x378: true, 0x3fff0: true, 0x1fafe: false, 0x1fb00: false, 0x1fbff: true, 0x2fffd: true,
	} {
		if got := text.IsUnassigned(r); got != want {
			t.Errorf("IsUnassigned(%U) = %t, want %t", r, got, want)
		}
	}
}

// FuzzTrim holds the two ways to clean a text to each other.
func FuzzTrim(f *testing.F) {
	for _, seed := range []string{
		"", "\u3000제목\u3000", "\u202e제목\u2066", "김\u200b민\u3164수", "👨‍👩‍👧", "❤\ufe0f ", "\ufe0f", "\uffa0\uffa1", "\u1100\u1161", "a\xff ", " 50%\n", "\u00ad\u2800", "🏴\U000e0067\U000e007f ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		trimmed := text.Trim(s)
		if !strings.Contains(s, trimmed) || text.Trim(trimmed) != trimmed {
			t.Errorf("Trim(%q) = %q, and again %q", s, trimmed, text.Trim(trimmed))
		}
		if strings.ContainsFunc(s, text.IsVisible) && utf8.ValidString(s) && !strings.ContainsFunc(trimmed, text.IsVisible) {
			t.Errorf("Trim(%q) = %q takes what can be seen", s, trimmed)
		}
		// White space at the ends, and hidden characters there, are no part of a line either.
		if line := text.Line(s); line != text.Line(trimmed) && !strings.ContainsAny(s, "\u200d\U000e007f\ufe0f") {
			t.Errorf("Line(%q) = %q, and %q once trimmed", s, line, text.Line(trimmed))
		}
		if line := text.Line(s); strings.ContainsFunc(line, text.IsHidden) && !strings.ContainsAny(line, "\u200d\U000e007f") ||
			strings.ContainsFunc(line, text.IsPrivate) || strings.ContainsFunc(line, text.IsUnassigned) {
			t.Errorf("Line(%q) = %q has what is hidden", s, line)
		}
	})
}

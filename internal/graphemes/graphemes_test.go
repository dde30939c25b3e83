package graphemes_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/dongbaejul/dongbaejul/internal/graphemes"
)

const (
	family = "👨\u200d👩\u200d👧"
	flag   = "🇰🇷"
	smash  = "🏸"
)

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"", 3, ""},
		{"김민수", 3, "김민수"},
		{"김민수정", 3, "김민…"},
		{family, 5, family},
		{family + "!", 5, "…"},
		{"가" + family + "!", 6, "가…"},
		{smash + family + smash, 7, smash + family + smash},
		{smash + family + smash, 6, smash + "…"},
		{"가" + flag + flag, 4, "가" + flag + "…"},
		{"가" + flag + flag, 3, "가…"},
		{"가나1\ufe0f\u20e3다", 5, "가나…"},
		{"각\u1100\u1161\u11a8각", 4, "각…"},
		{"a" + strings.Repeat("\u0301", 40), 3, "a\u0301…"},
		{"\xff\xff\xff\xff", 3, "\xff\xff…"},
	} {
		if got := graphemes.Shorten(c.text, c.most); got != c.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", c.text, c.most, got, c.want)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("가"+family+flag, 3)
	f.Add("a\u0301\r\n\xff", 1)
	for _, text := range []string{
		"\u202e제목\u2066", "\u3000 ", "👩🏽‍🤝‍👨🏿 둘", "👁️‍🗨️", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "\uffa1\uffc2\uffa1", "\u1100\u1161\u11a8\u1100",
		"김\u200b민\u3164수", "a" + strings.Repeat("\u0301", 40), "1️⃣50%",
	} {
		f.Add(text, 2)
		f.Add("🏸"+text+text, 6)
	}
	f.Fuzz(func(t *testing.T, text string, most int) {
		if most < 1 || most > 1000 {
			return
		}
		beginning, more := graphemes.Cut(text, most)
		if !strings.HasPrefix(text, beginning) || more != (beginning != text) || utf8.RuneCountInString(beginning) > most {
			t.Fatalf("Cut(%q, %d) = %q, %t", text, most, beginning, more)
		}
		clusters := uniseg.NewGraphemes(text)
		for at := 0; at < len(beginning) && clusters.Next(); {
			_, at = clusters.Positions()
			if first, _, _, _ := uniseg.FirstGraphemeClusterInString(text, -1); at > len(beginning) && utf8.RuneCountInString(first) <= 30 {
				t.Errorf("Cut(%q, %d) = %q ends inside a cluster", text, most, beginning)
			}
		}
		// What follows would not have fitted.
		if next, _, _, _ := uniseg.FirstGraphemeClusterInString(text[len(beginning):], -1); more && utf8.RuneCountInString(beginning+next) <= most {
			t.Errorf("Cut(%q, %d) = %q leaves out %q", text, most, beginning, next)
		}
		short := graphemes.Shorten(text, most)
		if more != strings.HasSuffix(short, "…") && !strings.HasSuffix(text, "…") || !more && short != text || utf8.RuneCountInString(short) > most {
			t.Errorf("Shorten(%q, %d) = %q", text, most, short)
		}
	})
}

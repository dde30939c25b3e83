package hangul_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
)

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"": "\n", "!? ": "\n!?", " 동탄,  모임! ": "동탄 모임\n, !", "NO.7": "no 7\n.", "배드민턴🏸": "배드민턴\n🏸",
	} {
		if got := hangul.Plain(text); got != want {
			t.Errorf("Plain(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPieces(t *testing.T) {
	if got, want := hangul.Pieces("가나가 A+🏸"), []string{"+", "+🏸", "a", "가", "가나", "나", "나가", "🏸"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzPlain holds the three ways of matching to each other: by grams and their places, by the text, and by pieces.
func FuzzPlain(f *testing.F) {
	for _, seed := range [][2]string{
		{"배드민턴, 모임!", "민턴 모임"}, {"가 나", "가 나"}, {"배드민턴모임", "민턴 모임"}, {"A* OR B", `"a or b"`}, {"콕 2개", "콕 2"}, {"", "가"}, {"가나 가", "가"}, {"C++ 🏸", "++"}, {"+a+", "+ +"},
		{"🏸+ 50% 👨\u200d👩", "%"}, {"\uffbb\uffbb ㅋㅋ", "ㅋㅋ"}, {"Ａ조", "A조"}, {"김\u200b민\u3164수", "김민수"}, {"\u202e가\u2066", "\u3000"}, {"\u1100\u1161", "가"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, search string) {
		q, ok := hangul.ParseQuery(search)
		if !ok {
			return
		}
		words, signs, _ := strings.Cut(hangul.Plain(search), "\n")
		if want := cmp.Or(words, signs); q.Plain() != want {
			t.Fatalf("the query is %q, want %q", q.Plain(), want)
		}
		match := q.Match(text)
		if got := strings.Contains(hangul.Plain(text), q.Plain()); got != match {
			t.Errorf("%q in %q: %t by the text, %t by grams", q.Plain(), hangul.Plain(text), got, match)
		}
		pieces := hangul.Pieces(text)
		for _, gram := range q.Grams {
			if match && !slices.Contains(pieces, gram) {
				t.Errorf("%q is no piece of %q", gram, text)
			}
		}
	})
}

package hangul_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
)

func TestGrams(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"!? ", nil},
		{"가", []string{"가"}},
		{"모임", []string{"모임", "임"}},
		{"셔틀콕 2개", []string{"셔틀", "틀콕", "콕", "2개", "개"}},
		{norm.NFD.String("모임"), []string{"모임", "임"}},
		{"A-b", []string{"a", "b"}},
		{`"OR*`, []string{"or", "r"}},
	} {
		if got := hangul.Grams(c.in); !slices.Equal(got, c.want) {
			t.Errorf("Grams(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestParseQuery(t *testing.T) {
	for _, c := range []struct {
		in     string
		grams  []string
		prefix bool
	}{
		{"", nil, false},
		{" \u200b\u3164\t", nil, false},
		{`"*" (^`, []string{`"*`, `*"`, `"`, "(^"}, false},
		{"🏸", []string{"🏸"}, true},
		{"％", []string{"%"}, true},
		{"가", []string{"가"}, true},
		{" 모임 ", []string{"모임"}, false},
		{"배드민턴", []string{"배드", "드민", "민턴"}, false},
		{"민턴 모임", []string{"민턴", "턴", "모임"}, false},
		{"가 나", []string{"가", "나"}, true},
		{`body:"공지" NEAR(가)`, []string{"bo", "od", "dy", "y", "공지", "지", "ne", "ea", "ar", "r", "가"}, true},
	} {
		q, ok := hangul.ParseQuery(c.in)
		if ok != (c.grams != nil) || !slices.Equal(q.Grams, c.grams) || q.Prefix != c.prefix {
			t.Errorf("ParseQuery(%q) = %q, prefix %v, %v; want %q, prefix %v", c.in, q.Grams, q.Prefix, ok, c.grams, c.prefix)
		}
	}
}

func TestQueryMatch(t *testing.T) {
	for _, c := range []struct {
		text, query string
		want        bool
	}{
		{"배드민턴, 모임!", "민턴 모임", true},
		{"배드민턴, 모임!", "턴-모", true},
		{"배드민턴 모임", "모임 배드민턴", false},
		{"배드민턴 모임", "배드민턴모임", false},
		{"배드 민턴", "드민", false},
		{"다 가나 라", "다 나 라", false},
		{"다 나 라", "다 나 라", true},
		{"토요일 오후", "일", true},
		{"토요일 오후", "오", true},
		{"토요일 오후", "요 오", false},
		{"Club 101", "CLUB 10", true},
		{"오늘 🏸 번개", "🏸", true},
		{"오늘🏸🏸번개", "🏸🏸", true},
		{"오늘 🏸 🏸 번개", "🏸🏸", false},
		{"C++ 모임", "+", true},
		{"50% 할인", "%", true},
		{"50％ 할인", "%", true},
		{"50 할인", "%", false},
		{"모임 (초보)", "()", false},
		{"모임 (초보)", "( )", true},
		{"👨\u200d👩\u200d👧 가족", "👩", true},
		{"ㅋㅋㅋ 정모", "\uffbb\uffbb", true},
		{"ㅋㅋㅋ 정모", "\u110f\u110f", true},
		{"\uffbb\uffbb 정모", "ㅋㅋ", true},
		{"\u110f\u110f 정모", "ㅋㅋ", true},
		{"A조 경기", "Ａ조", true},
		{"Ａ조 경기", "a조", true},
		{"김\u200b민\u3164수", "김민수", true},
		{"김민수", "김\u200b민\u3164수", true},
	} {
		q, ok := hangul.ParseQuery(c.query)
		if !ok {
			t.Fatalf("ParseQuery(%q) found nothing to look for", c.query)
		}
		if got := q.Match(c.text); got != c.want {
			t.Errorf("%q in %q: %v, want %v", c.query, c.text, got, c.want)
		}
	}
}

// spaced is the oracle's view of a text: runs with one space between. A query is promised to match exactly the texts whose spaced
// form has the query's spaced form as a part.
func spaced(s string, in func(rune) bool) string {
	return strings.Join(strings.FieldsFunc(hangul.Fold(s), func(r rune) bool { return !in(r) }), " ")
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func isSign(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

func checkAgainstOracle(t *testing.T, text, query string) {
	t.Helper()
	q, ok := hangul.ParseQuery(query)
	kind := isWord
	if spaced(query, kind) == "" {
		kind = isSign
	}
	if wanted := spaced(query, kind); ok != (wanted != "") {
		t.Fatalf("ParseQuery(%q) = %v, spaced form %q", query, ok, wanted)
	} else if ok && q.Match(text) != strings.Contains(spaced(text, kind), wanted) {
		t.Errorf("%q in %q: %v, the substring oracle differs", query, text, q.Match(text))
	}
}

func FuzzQueryAgainstSubstring(f *testing.F) {
	f.Add("동탄 배드민턴 모임, 토요일 오후 2시!", "민턴 모임")
	f.Add("가나 다", "나 다")
	f.Add("a\u0301b H\u0331", "\u1e96")
	f.Add(`x" OR "y`, `"`)
	f.Add("🏸+ 50% 👨\u200d👩", "🏸+")
	f.Add("\uffbb\uffbb Ａ조 김\u200b민\u3164수", "ㅋㅋ")
	f.Fuzz(func(t *testing.T, text, query string) {
		checkAgainstOracle(t, text, query)
		for _, gram := range append(hangul.Grams(text), hangul.Signs(text)...) {
			if n := utf8.RuneCountInString(gram); n < 1 || n > 2 || spaced(gram, isWord) != gram && spaced(gram, isSign) != gram {
				t.Errorf("%q has the gram %q, which is not one or two letters, numbers or signs", text, gram)
			}
		}
	})
}

// TestQueriesAgainstSubstring asks many random queries over an alphabet so small that hits, near misses and repeats are all common.
func TestQueriesAgainstSubstring(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(longest int) string {
		out := make([]rune, random.IntN(longest+1))
		for i := range out {
			out[i] = []rune("가나다A1 .+")[random.IntN(8)]
		}
		return string(out)
	}
	hits := 0
	for range 50_000 {
		text, query := pick(14), pick(5)
		checkAgainstOracle(t, text, query)
		if wanted := spaced(query, isWord); wanted != "" && strings.Contains(spaced(text, isWord), wanted) {
			hits++
		}
	}
	if hits < 5_000 {
		t.Errorf("only %d of 50,000 queries hit: the alphabet no longer tests anything", hits)
	}
}

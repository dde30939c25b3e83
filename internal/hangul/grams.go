package hangul

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Grams returns the search grams of text in their order, for a full text index that keeps positions.
//
// The folded text falls into runs of letters and numbers; everything else (spaces, punctuation, emoji, combining marks that
// compose with nothing) only separates runs. Of each run come its bigrams and then its last rune alone: "셔틀콕 2개" becomes 셔틀 틀콕
// 콕 2개 개. The single rune makes one-syllable queries work and keeps two runs from looking like one.
//
// Grams of 10,000 characters are at most 10,000, unless folding makes several of one, as of ㎏.
func Grams(text string) []string { return gramsOf(Fold(text), isWord) }

// Signs returns the grams of the signs of text, its punctuation and symbols, emoji among them: as [Grams], with letters, numbers and
// spaces only separating runs. No gram is in both, since their runes are different ones.
func Signs(text string) []string { return gramsOf(Fold(text), isSign) }

func gramsOf(folded string, in func(rune) bool) []string {
	var grams []string
	for _, run := range runs(folded, in) {
		grams = append(appendBigrams(grams, run), string(run[len(run)-1]))
	}
	return grams
}

// Query is what a search asks of an index built with [Grams] and [Signs]: its grams at consecutive positions of one of both. A search
// that has letters or numbers is for these alone. One that has none, such as "🏸" or "%", is for its signs, and what is said here of
// separators is then true of letters, numbers and spaces.
//
// A text has them exactly if the query is a part of the text, where both are folded, each stretch of separators counts as one
// space and separators at the ends of the query are ignored. That is the whole promise:
//
//   - a query without separators inside matches any part of any run: "드민" finds "배드민턴";
//   - a query over several runs is one phrase, in this order: "민턴 모임" finds "배드민턴, 모임!" but neither "모임 배드민턴" nor
//     "배드민턴모임"; only its first run may begin, and only its last may end, inside a run of the text;
//   - quotes, operators and other punctuation mean nothing but a space: `"A* OR B"` asks for "a or b".
type Query struct {
	// Grams is never empty.
	Grams []string
	// Prefix tells that the last gram matches every gram that begins with it. Without it the last gram is matched whole.
	Prefix bool
}

// ParseQuery reads what a person typed into a search field. It reports false if there is no letter, number or sign in it, so that
// nothing can be looked for.
func ParseQuery(text string) (Query, bool) {
	folded := Fold(text)
	parts := runs(folded, isWord)
	if len(parts) == 0 {
		parts = runs(folded, isSign)
	}
	if len(parts) == 0 {
		return Query{}, false
	}
	var q Query
	for _, run := range parts[:len(parts)-1] {
		q.Grams = append(appendBigrams(q.Grams, run), string(run[len(run)-1]))
	}
	// The last run may go on in the text, so its end is not asked for; of one rune, nothing else is known.
	last := parts[len(parts)-1]
	if len(last) == 1 {
		q.Grams, q.Prefix = append(q.Grams, string(last)), true
		return q, true
	}
	q.Grams = appendBigrams(q.Grams, last)
	return q, true
}

// Match reports whether text has what q asks for: what an index must answer, for stores whose index keeps no positions
// and returns only candidates.
func (q Query) Match(text string) bool {
	grams := gramsOf(Fold(text), q.runes())
	for start := 0; start+len(q.Grams) <= len(grams); start++ {
		if q.matchAt(grams[start:]) {
			return true
		}
	}
	return false
}

func (q Query) matchAt(grams []string) bool {
	last := len(q.Grams) - 1
	for i, want := range q.Grams {
		if grams[i] != want && !(i == last && q.Prefix && strings.HasPrefix(grams[i], want)) {
			return false
		}
	}
	return true
}

func appendBigrams(grams []string, run []rune) []string {
	for i := 1; i < len(run); i++ {
		grams = append(grams, string(run[i-1:i+1]))
	}
	return grams
}

// runes returns what the query's runs consist of.
func (q Query) runes() func(rune) bool {
	if first, _ := utf8.DecodeRuneInString(q.Grams[0]); isSign(first) {
		return isSign
	}
	return isWord
}

// runs returns the stretches of the folded text of runes that in reports, none of them empty.
func runs(folded string, in func(rune) bool) [][]rune {
	var found [][]rune
	for _, field := range strings.FieldsFunc(folded, func(r rune) bool { return !in(r) }) {
		found = append(found, []rune(field))
	}
	return found
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func isSign(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

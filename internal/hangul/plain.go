package hangul

import (
	"slices"
	"strings"
)

// Plain returns the folded text with one space for each stretch of separators, and none at its ends: what a [Query] is looked
// for in, by stores that look through the text itself. q.Match(text) is strings.Contains(Plain(text), q.Plain()).
func Plain(text string) string {
	var b strings.Builder
	for i, run := range runs(text) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(run))
	}
	return b.String()
}

// Plain returns what q asks for, as the function Plain writes it.
func (q Query) Plain() string {
	var b strings.Builder
	for i, gram := range q.Grams {
		runes := []rune(gram)
		b.WriteRune(runes[0])
		switch last := i == len(q.Grams)-1; {
		case last && len(runes) == 2:
			b.WriteRune(runes[1])
		case !last && len(runes) == 1:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Pieces returns every letter or number of the text and every two that stand side by side, folded, each once and in order: what
// an index needs that keeps no positions. Every gram of a query that text matches is among them, also one that is a prefix.
func Pieces(text string) []string {
	var pieces []string
	for _, run := range runs(text) {
		for _, r := range run {
			pieces = append(pieces, string(r))
		}
		pieces = appendBigrams(pieces, run)
	}
	slices.Sort(pieces)
	return slices.Compact(pieces)
}

package hangul

import (
	"slices"
	"strings"
)

// Plain returns the letters and numbers of the folded text with one space for each stretch of other characters, and on a second
// line its signs likewise: what a [Query] is looked for in, by stores that look through the text itself. q.Match(text) is
// strings.Contains(Plain(text), q.Plain()).
func Plain(text string) string {
	folded := Fold(text)
	return spaced(folded, isWord) + "\n" + spaced(folded, isSign)
}

func spaced(folded string, in func(rune) bool) string {
	return strings.Join(strings.FieldsFunc(folded, func(r rune) bool { return !in(r) }), " ")
}

// Plain returns what q asks for, as a part of what the function Plain returns.
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

// Pieces returns every letter, number or sign of the text and every two of a kind that stand side by side, folded, each once and in order: what
// an index needs that keeps no positions. Every gram of a query that text matches is among them, also one that is a prefix.
func Pieces(text string) []string {
	var pieces []string
	folded := Fold(text)
	for _, run := range slices.Concat(runs(folded, isWord), runs(folded, isSign)) {
		for _, r := range run {
			pieces = append(pieces, string(r))
		}
		pieces = appendBigrams(pieces, run)
	}
	slices.Sort(pieces)
	return slices.Compact(pieces)
}

// Package graphemes cuts text where a reader sees the end of a character (Unicode Standard Annex 29): never inside an emoji of
// several code points, a flag, or a letter with its marks.
package graphemes

import (
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// longest is more code points than any character has that people write; a letter with more marks on it is cut anyway.
const longest = 30

// Cut returns the longest beginning of text that has at most `most` code points and ends between two grapheme clusters, and reports
// whether text goes on. It may be empty, but not where the first cluster is no character that people write.
func Cut(text string, most int) (beginning string, more bool) {
	// So many bytes have no more code points.
	if len(text) <= most || utf8.RuneCountInString(text) <= most {
		return text, false
	}
	rest, state, length, count := text, -1, 0, 0
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if count += utf8.RuneCountInString(cluster); count > most {
			break
		}
		length += len(cluster)
	}
	if length == 0 && count > longest {
		for range most {
			_, size := utf8.DecodeRuneInString(text[length:])
			length += size
		}
	}
	return text[:length], true
}

// Shorten returns text if it has at most `most` code points, and else as much of its beginning as fits with an ellipsis after it.
func Shorten(text string, most int) string {
	if _, more := Cut(text, most); !more {
		return text
	}
	beginning, _ := Cut(text, most-1)
	return beginning + "…"
}

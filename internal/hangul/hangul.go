// Package hangul holds what the club's server knows about Korean text: normalisation to NFC, matching by initial consonants
// (초성), and the grams a full text index is built from. Everything is a pure function of its arguments and may be called from
// any goroutine.
//
// The one rule: text is compared only in its folded form (see [Fold]). The same name typed on macOS arrives decomposed (NFD), and
// without folding it would be another name.
package hangul

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// NFC returns s in Unicode normalisation form C, the form in which all text is stored. Invalid UTF-8 is kept as it is.
func NFC(s string) string { return norm.NFC.String(s) }

// Fold returns the form of s in which text is compared: NFC and lower case, rune by rune. Fold(Fold(s)) == Fold(s). Invalid UTF-8
// becomes U+FFFD.
func Fold(s string) string {
	// Normalise again after lowering: H with a macron below has no composed capital, but has a composed small letter.
	return norm.NFC.String(strings.ToLower(norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))))
}

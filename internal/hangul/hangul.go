// Package hangul holds what the club's server knows about Korean text: normalisation to NFC, matching by initial consonants
// (초성), and the grams a full text index is built from. Everything is a pure function of its arguments and may be called from
// any goroutine.
//
// The one rule: text is compared only in its folded form (see [Fold]). The same name typed on macOS arrives decomposed (NFD), and
// without folding it would be another name.
package hangul

import "golang.org/x/text/unicode/norm"

// NFC returns s in Unicode normalisation form C, the form in which all text is stored. Invalid UTF-8 is kept as it is.
func NFC(s string) string { return norm.NFC.String(s) }

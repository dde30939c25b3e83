package hangul

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dongbaejul/dongbaejul/internal/text"
)

// Fold returns the form of s in which text is compared: compatibility forms (NFKC), case, and characters that cannot be seen do not
// matter. Fold(Fold(s)) == Fold(s). Invalid UTF-8 becomes U+FFFD.
//
// Letters of Hangul that stand alone become compatibility jamo (ㄱ to ㅣ), whether they are conjoining, of half width or circled.
// Compatibility jamo stay as they are: NFKC would compose ㄱ and ㅏ to 가, and put the ㄳ of 나ㄳ into the syllable before it.
func Fold(s string) string {
	if folds(s) {
		return strings.ToLower(s)
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	// What is lowered, or composed since something between it was dropped, may have to be folded again.
	for {
		next := foldOnce(s)
		if next == s {
			return s
		}
		s = next
	}
}

// folds reports whether s consists of what nothing but lower case changes: most of what people here write.
func folds(s string) bool {
	for _, r := range s {
		if r >= utf8.RuneSelf && !isSyllable(r) && !isCompatibilityJamo(r) {
			return false
		}
	}
	return true
}

func foldOnce(s string) string {
	s = strings.Map(func(r rune) rune {
		if text.IsIgnorable(r) {
			return -1
		}
		return r
	}, s)
	var b strings.Builder
	for s != "" {
		// No normalisation goes across compatibility jamo.
		end := strings.IndexFunc(s, isCompatibilityJamo)
		if end < 0 {
			end = len(s)
		}
		b.WriteString(strings.Map(compatibilityJamo, norm.NFKC.String(s[:end])))
		s = s[end:]
		next := len(s)
		if i := strings.IndexFunc(s, func(r rune) bool { return !isCompatibilityJamo(r) }); i >= 0 {
			next = i
		}
		b.WriteString(s[:next])
		s = s[next:]
	}
	return norm.NFC.String(strings.ToLower(b.String()))
}

func isSyllable(r rune) bool { return r >= firstSyllable && r <= lastSyllable }

// isCompatibilityJamo leaves out the filler among them.
func isCompatibilityJamo(r rune) bool { return r >= 'ㄱ' && r <= 'ㆎ' && r != '\u3164' }

// Conjoining jamo, and what is written for each alone. Vowels are in the same order in both blocks.
const (
	firstInitial, lastInitial = '\u1100', '\u1112'
	firstVowel, lastVowel     = '\u1161', '\u1175'
	firstFinal, lastFinal     = '\u11a8', '\u11c2'
)

var finals = []rune("ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")

// compatibilityJamo returns the compatibility jamo of a modern conjoining one, and any other rune itself.
func compatibilityJamo(r rune) rune {
	switch {
	case r >= firstInitial && r <= lastInitial:
		return initials[r-firstInitial]
	case r >= firstVowel && r <= lastVowel:
		return 'ㅏ' + r - firstVowel
	case r >= firstFinal && r <= lastFinal:
		return finals[r-firstFinal]
	}
	return r
}

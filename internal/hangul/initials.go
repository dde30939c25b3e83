package hangul

import "strings"

// Precomposed syllables are laid out by initial consonant, 21 vowels times 28 finals for each (The Unicode Standard, section 3.12).
const (
	firstSyllable = '가'
	lastSyllable  = '힣'
	perInitial    = 21 * 28
)

// initials lists the nineteen initial consonants as compatibility jamo, in the order of the syllable block.
var initials = [...]rune{
	'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ',
}

// splitClusters takes apart the final clusters. None of them can begin a syllable, but an input method makes one of two
// initials typed in a row: who types ㄱ and ㅅ for 김수 sends ㄳ.
var splitClusters = strings.NewReplacer(
	"ㄳ", "ㄱㅅ", "ㄵ", "ㄴㅈ", "ㄶ", "ㄴㅎ", "ㄺ", "ㄹㄱ", "ㄻ", "ㄹㅁ", "ㄼ", "ㄹㅂ", "ㄽ", "ㄹㅅ", "ㄾ", "ㄹㅌ", "ㄿ", "ㄹㅍ",
	"ㅀ", "ㄹㅎ", "ㅄ", "ㅂㅅ",
)

// Initials returns s folded, with each Hangul syllable replaced by its initial consonant as a compatibility jamo: "김민수 A" becomes
// "ㄱㅁㅅ a". Everything else is kept.
func Initials(s string) string {
	return strings.Map(initial, Fold(s))
}

// Contains reports whether query matches some part of text. Both are folded first, so that case and normalisation form do not
// matter, and white space at the ends of query is ignored; a query of nothing else matches every text.
//
// A rune of the query matches the same rune; one that is a consonant (ㄱ to ㅎ) also matches a syllable with that initial. So
// "ㄱㅁㅅ", "김ㅁ" and "민수" all match "김민수", while "ㄱ" does not match "까". A final cluster such as ㄳ stands for its two
// consonants as well as for itself.
func Contains(text, query string) bool {
	folded, wanted := []rune(Fold(text)), strings.TrimSpace(Fold(query))
	if containsRunes(folded, []rune(wanted)) {
		return true
	}
	split := splitClusters.Replace(wanted)
	return split != wanted && containsRunes(folded, []rune(split))
}

func containsRunes(text, query []rune) bool {
	for start := 0; start+len(query) <= len(text); start++ {
		if hasPrefix(text[start:], query) {
			return true
		}
	}
	return false
}

func hasPrefix(text, query []rune) bool {
	for i, want := range query {
		// A syllable is never its own initial, so the second comparison adds matches only for a consonant.
		if text[i] != want && initial(text[i]) != want {
			return false
		}
	}
	return true
}

// initial returns the initial consonant of a precomposed syllable, and any other rune itself.
func initial(r rune) rune {
	if !isSyllable(r) {
		return r
	}
	return initials[(r-firstSyllable)/perInitial]
}

package chat

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
)

// nameBook is whom a message can mention: several people may have one name.
type nameBook struct {
	// folded are the distinct names, the longest first, so that 김민수 is not taken for 김민.
	folded []string
	users  map[string][]string
}

// newNameBook makes one of display names by user id.
func newNameBook(displayNames map[string]string) nameBook {
	n := nameBook{users: make(map[string][]string, len(displayNames))}
	for userID, name := range displayNames {
		if name = hangul.Fold(name); name != "" {
			n.users[name] = append(n.users[name], userID)
		}
	}
	for name := range n.users {
		n.folded = append(n.folded, name)
	}
	slices.SortFunc(n.folded, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return n
}

// mentioned returns the ids of those whom content names after an @. What follows the name may stick to it as Korean particles
// do ("@김민수님"), but a Latin name must end where its word does, and an @ inside a Latin word, as in an e-mail address,
// mentions nobody.
func (n nameBook) mentioned(content string) map[string]bool {
	if !strings.Contains(content, "@") {
		return nil
	}
	found := make(map[string]bool)
	rest := hangul.Fold(content)
	for {
		before, after, ok := strings.Cut(rest, "@")
		if !ok {
			return found
		}
		rest = after
		if last, _ := utf8.DecodeLastRuneInString(before); isLatin(last) {
			continue
		}
		for _, userID := range n.users[n.longest(after)] {
			found[userID] = true
		}
	}
}

// longest returns the longest name that text begins with; empty for none.
func (n nameBook) longest(text string) string {
	for _, name := range n.folded {
		if after, ok := strings.CutPrefix(text, name); ok && !sameWord(name, after) {
			return name
		}
	}
	return ""
}

// sameWord reports whether a Latin word that name ends with goes on in after.
func sameWord(name, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(name)
	next, _ := utf8.DecodeRuneInString(after)
	return isLatin(last) && isLatin(next)
}

// isLatin tells it of the folded letters and digits that words are made of where blanks divide them.
func isLatin(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

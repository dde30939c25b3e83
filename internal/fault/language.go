package fault

import (
	"net/http"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/accept"
)

// English reports whether the reader of the answer to a request with this header prefers English to Korean, by
// Accept-Language (RFC 9110 §12.5.4). Of languages with the same weight the one named first counts, and a named one before
// "*". A reader who names neither is answered in Korean.
func English(h http.Header) bool {
	var ko, en, others preference
	position := 0
	for tag, weight := range accept.Elements(h.Values("Accept-Language")) {
		position++
		named := preference{named: true, weight: weight, position: position}
		switch {
		case tag == "*":
			others = preference{weight: weight, position: position}
		case speaks(tag, "ko"):
			ko = ko.or(named)
		case speaks(tag, "en"):
			en = en.or(named)
		}
	}
	if !ko.named {
		ko = others
	}
	if !en.named {
		en = others
	}
	return en.over(ko)
}

// preference is what a header says of a language.
type preference struct {
	// named is false where only "*" speaks of it, or nothing.
	named            bool
	weight, position int
}

// or returns the stronger of two elements that name the same language.
func (p preference) or(other preference) preference {
	if p.named && p.weight >= other.weight {
		return p
	}
	return other
}

// over reports whether the language of p is preferred to that of other.
func (p preference) over(other preference) bool {
	switch {
	case p.weight != other.weight:
		return p.weight > other.weight
	case p.weight == 0:
		// Neither is asked for, but the other one may be refused.
		return other.named && !p.named
	case p.named != other.named:
		return p.named
	}
	return p.position < other.position
}

// speaks reports whether a language range is well formed (RFC 4647 §2.1) and of the language: by itself, or with a region,
// a script and the like. Some clients write an underscore.
func speaks(tag, language string) bool {
	primary, rest, more := cutSubtag(tag)
	if !strings.EqualFold(primary, language) {
		return false
	}
	for more {
		var subtag string
		subtag, rest, more = cutSubtag(rest)
		if !isSubtag(subtag) {
			return false
		}
	}
	return true
}

func cutSubtag(tag string) (subtag, rest string, more bool) {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		return tag[:i], tag[i+1:], true
	}
	return tag, "", false
}

// isSubtag reports whether s has 1 to 8 letters and digits.
func isSubtag(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 8
}

// In returns the text in English or in Korean.
func (t Text) In(english bool) string {
	if english {
		return t.En
	}
	return t.Ko
}

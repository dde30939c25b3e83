package fault

import "golang.org/x/text/language"

// languages are the ones we speak, the default first.
var languages = language.NewMatcher([]language.Tag{language.Korean, language.English})

// maxAccept bounds what is parsed of a header, since parsing takes time.
const maxAccept = 256

// English reports whether a reader with this Accept-Language header reads English rather than Korean.
func English(accept string) bool {
	_, index := language.MatchStrings(languages, accept[:min(len(accept), maxAccept)])
	return index == 1
}

// In returns the text in English or in Korean.
func (t Text) In(english bool) string {
	if english {
		return t.En
	}
	return t.Ko
}

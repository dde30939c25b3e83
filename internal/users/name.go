package users

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

const (
	maxName  = 40
	maxImage = 2048
	// nameless is what somebody is called whose Band name has nothing to show.
	nameless = "회원"
)

var errName = fault.InvalidField("display_name", "display_name.visible",
	"이름은 보이는 글자로 된 한 줄이어야 하고 40자를 넘을 수 없습니다.",
	"A name is one line of visible characters, at most 40.")

// cleanName gives name as it is kept: NFC, without blanks around it. It fails unless that is one line of 1 to 40
// characters, at least one of which can be seen.
func cleanName(name string) (string, error) {
	name = strings.TrimSpace(hangul.NFC(name))
	if utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable) ||
		!strings.ContainsFunc(name, visible) {
		return "", errName
	}
	return name, nil
}

// nameFromBand makes a name that cleanName accepts of what Band says, which has rules of its own.
func nameFromBand(name string) string {
	name = strings.ToValidUTF8(hangul.NFC(name), "")
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unprintable(r) }), " ")
	name, _ = graphemes.Cut(name, maxName)
	clean, err := cleanName(name)
	if err != nil {
		return nameless
	}
	return clean
}

// maxSameName is how many users may have names that look the same.
const maxSameName = 1000

// distinct calls store with 1, 2, … until it does not fail with fault.Exists: until a name with that mark is nobody else's.
func distinct(store func(n int) error) error {
	for n := 1; ; n++ {
		if err := store(n); n == maxSameName || !errors.Is(err, fault.Exists) {
			return err
		}
	}
}

// call names u: by the name itself for n = 1, and with a mark after it, such as "김민수 (2)", for more.
func (u *User) call(name string, n int) {
	u.DisplayName = marked(name, n)
	u.NameKey = nameKey(u.DisplayName)
}

// called reports whether u has the name, with or without a mark.
func (u *User) called(name string) bool {
	if u.DisplayName == name {
		return true
	}
	mark := nameMark.FindStringSubmatch(u.DisplayName)
	if mark == nil {
		return false
	}
	n, err := strconv.Atoi(mark[1])
	return err == nil && u.DisplayName == marked(name, n)
}

var nameMark = regexp.MustCompile(` \((\d{1,4})\)$`)

func marked(name string, n int) string {
	if n <= 1 {
		return name
	}
	mark := fmt.Sprintf(" (%d)", n)
	beginning, _ := graphemes.Cut(name, maxName-len(mark))
	return strings.TrimSpace(beginning) + mark
}

// nameFor is what somebody of a role is called who has not chosen a name: what Band says, unless that is reserved.
func nameFor(bandName string, role identity.Role) string {
	if bandName == "" || looksReserved(bandName, role) {
		return nameless
	}
	return bandName
}

// unprintable are characters that break or reorder a line: controls, line and paragraph separators, and the marks that
// turn the direction of text, with which one name can be made to look like another.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// visible is false of blanks and of characters without a glyph, the Hangul fillers among them.
func visible(r rune) bool {
	switch r {
	case '\u115F', '\u1160', '\u3164', '\uFFA0', '\u2800':
		return false
	}
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.M, r)
}

// imageFromBand gives a picture's URL as it may be kept: Band's own pictures are also served by https where it names http,
// and those of this machine, a simulator's, need not be. It is empty for anything else.
func imageFromBand(image string) string {
	u, err := url.Parse(image)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	if host := u.Hostname(); host != "localhost" && host != "127.0.0.1" && host != "::1" {
		u.Scheme = "https"
	}
	if image = u.String(); len(image) > maxImage {
		return ""
	}
	return image
}

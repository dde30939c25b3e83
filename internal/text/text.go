// Package text cleans what people write, as the contract's rules text and line ask for it (proto/dongbaejul/v1/rules.proto): it
// trims what is kept of a request, and makes lines of what does not come from a request. Everything is a pure function of its
// arguments.
package text

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Trim returns s without the characters at its ends that are blank or invisible in Unicode. Variation selectors and tags stay,
// since they belong to the picture before them.
func Trim(s string) string { return strings.TrimFunc(s, isBlank) }

// Line returns s as a text that the rule line accepts: valid UTF-8 in normal form C without hidden, private or unassigned
// characters, with one space for each stretch of white space. It is empty if s has nothing visible.
func Line(s string) string {
	s = oneSpace(strings.ToValidUTF8(s, ""))
	var b strings.Builder
	end := 0
	for _, picture := range pictures.FindAllStringIndex(s, -1) {
		b.WriteString(strings.Map(onLine, s[end:picture[0]]))
		b.WriteString(s[picture[0]:picture[1]])
		end = picture[1]
	}
	b.WriteString(strings.Map(onLine, s[end:]))
	line := Trim(norm.NFC.String(oneSpace(b.String())))
	if !strings.ContainsFunc(line, IsVisible) {
		return ""
	}
	return line
}

// StripBidi returns s without the characters that set the direction of what follows them (Unicode's Bidi_Control), for a quote
// within other text. Letters keep the direction they have by themselves.
func StripBidi(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
}

// IsVisible reports whether r is a character that can be seen by itself.
func IsVisible(r rune) bool {
	return !unicode.In(r, unicode.Z, unicode.Cc, unicode.Cf, unicode.M, fillers) && !IsPrivate(r)
}

// IsPrivate reports whether r is of private use or a noncharacter: what it stands for, if anything, only its sender knows
// (Unicode Standard, sections 23.5 and 23.7).
func IsPrivate(r rune) bool {
	return unicode.In(r, unicode.Co, unicode.Noncharacter_Code_Point)
}

// IsUnassigned reports whether r is no character yet. In the blocks of pictures every code point is one, since phones have new
// pictures before Go has them.
func IsUnassigned(r rune) bool {
	return unicode.Is(unicode.Cn, r) && (r < firstPicture || r > lastPicture)
}

// The first and the last code point that Unicode keeps for pictures (Extended_Pictographic), without those among older symbols.
const firstPicture, lastPicture = '\U0001F000', '\U0001FAFF'

func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// fillers are characters without a glyph that Unicode counts among letters and symbols, or reserves for such.
var fillers = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x115F, Hi: 0x1160, Stride: 1}, {Lo: 0x2065, Hi: 0x2065, Stride: 1}, {Lo: 0x2800, Hi: 0x2800, Stride: 1},
		{Lo: 0x3164, Hi: 0x3164, Stride: 1}, {Lo: 0xFFA0, Hi: 0xFFA0, Stride: 1}, {Lo: 0xFFF0, Hi: 0xFFF8, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0xE0000, Hi: 0xE0FFF, Stride: 1}},
}

// pictures are those that consist of several characters, of which some would be hidden elsewhere: pictures that are joined, and
// the flags of parts of a country.
var pictures = regexp.MustCompile(`[\x{2190}-\x{2BFF}\x{1F000}-\x{1FAFF}\x{FE0F}]` +
	`(?:\x{200D}[\x{2190}-\x{2BFF}\x{1F000}-\x{1FAFF}][\x{FE0F}\x{1F3FB}-\x{1F3FF}]?)+` +
	`|\x{1F3F4}[\x{E0030}-\x{E007A}]{3,6}\x{E007F}`)

// IsHidden reports whether r breaks a line, turns its direction or has no glyph: controls, separators, the marks of interlinear
// annotations, and what is ignorable by default, variation selectors excepted.
func IsHidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) || isAnnotation(r) || IsIgnorable(r) && !unicode.Is(unicode.Variation_Selector, r)
}

// IsIgnorable reports whether r is of Default_Ignorable_Code_Point (Unicode Standard, section 5.21): it shows nothing by itself, as
// a zero-width space, a Hangul filler, a joiner or a variation selector.
func IsIgnorable(r rune) bool {
	if r < 0xad {
		return false
	}
	if unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return true
	}
	shown := isAnnotation(r) || r >= 0x13430 && r <= 0x1345f || unicode.Is(unicode.Prepended_Concatenation_Mark, r)
	return unicode.Is(unicode.Cf, r) && !shown
}

func isAnnotation(r rune) bool { return r >= 0xfff9 && r <= 0xfffb }

// isBlank reports whether r may go at the ends of a text.
func isBlank(r rune) bool {
	isTag := 0xE0020 <= r && r <= 0xE007F
	return unicode.IsSpace(r) || r == '\u2800' || IsHidden(r) && !isTag
}

func onLine(r rune) rune {
	if IsHidden(r) || IsPrivate(r) || IsUnassigned(r) {
		return -1
	}
	return r
}

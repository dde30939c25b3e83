package main

import (
	"strings"
	"unicode"
)

// clean takes out of a text what would make a terminal do something: whoever wrote it is not whose terminal it is. Line
// breaks become spaces.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return harmless(r)
	}, s)
}

// cleanLines is clean for a text whose lines are shown as such.
func cleanLines(s string) []string {
	return strings.Split(strings.Map(func(r rune) rune {
		switch r {
		case '\n':
			return r
		case '\t':
			return ' '
		}
		return harmless(r)
	}, s), "\n")
}

// harmless replaces control characters, and those that turn the direction of text.
func harmless(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return unicode.ReplacementChar
	}
	return r
}

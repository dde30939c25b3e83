package accept

import (
	"slices"
	"strings"
)

// Identity is the coding of what is not compressed.
const Identity = "identity"

// Codings returns those of offers that the lines of Accept-Encoding prefer to what is not compressed, the most preferred
// first: equal ones in the order of offers. It returns none if the field is absent: clients that do not know compression do
// not send it.
func Codings(lines []string, offers ...string) []string {
	plain := weightOf(lines, Identity)
	weights := make(map[string]int, len(offers))
	var preferred []string
	for _, offer := range offers {
		weights[offer] = weightOf(lines, offer)
		if weights[offer] > 0 && weights[offer] >= plain {
			preferred = append(preferred, offer)
		}
	}
	slices.SortStableFunc(preferred, func(a, b string) int { return weights[b] - weights[a] })
	return preferred
}

// weightOf returns the weight of a coding: its own, or that of "*", or 0.
func weightOf(lines []string, coding string) int {
	any := 0
	for name, weight := range Elements(lines) {
		switch {
		case name == "*":
			any = weight
		case Coding(name) == coding:
			return weight
		}
	}
	return any
}

// Coding returns the name of a content coding as its registry has it: they are compared regardless of case, and x-gzip is
// another name of gzip (RFC 9110 §8.4.1).
func Coding(name string) string {
	switch {
	case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
		return "gzip"
	case strings.EqualFold(name, Identity):
		return Identity
	}
	return strings.ToLower(name)
}

// Applied returns the codings that the lines of Content-Encoding list, in their order and without identity, which is none.
func Applied(lines []string) (codings []string) {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			if name = Coding(trim(name)); name != "" && name != Identity {
				codings = append(codings, name)
			}
		}
	}
	return codings
}

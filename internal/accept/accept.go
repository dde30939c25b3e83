// Package accept reads the header fields by which a request says what it prefers (RFC 9110 §12.5). All lines of a field
// count, and an element that is malformed is left out by itself. Reading takes time in proportion to the header, which
// net/http bounds.
package accept

import (
	"iter"
	"strings"
)

// full is the weight of what is preferred most, and of an element that names none.
const full = 1000

// Elements yields what the lines of a field list, such as "en-US" of "en-US;q=0.9", with its weight in thousandths. The
// weight is 0 for what is not acceptable.
func Elements(lines []string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for _, line := range lines {
			for element := range strings.SplitSeq(line, ",") {
				name, parameter, weighted := strings.Cut(element, ";")
				weight, ok := full, true
				if weighted {
					weight, ok = parseWeight(parameter)
				}
				if name = trim(name); ok && name != "" && !yield(name, weight) {
					return
				}
			}
		}
	}
}

func trim(s string) string { return strings.Trim(s, " \t") }

// parseWeight reads "q=0.8" as 800. Digits after the third are left out, and ".8" is read as well: clients write both.
func parseWeight(parameter string) (weight int, ok bool) {
	name, value, _ := strings.Cut(parameter, "=")
	whole, fraction, _ := strings.Cut(trim(value), ".")
	if !strings.EqualFold(trim(name), "q") || whole == "" && fraction == "" {
		return 0, false
	}
	for i := range max(3, len(fraction)) {
		digit := byte('0')
		if i < len(fraction) {
			digit = fraction[i]
		}
		if digit < '0' || digit > '9' {
			return 0, false
		}
		if i < 3 {
			weight = 10*weight + int(digit-'0')
		}
	}
	switch whole {
	case "1":
		weight += full
	case "", "0":
	default:
		return 0, false
	}
	return weight, weight <= full
}

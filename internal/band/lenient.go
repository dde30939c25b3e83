package band

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The types of this file decode any JSON value without an error. What is not of the documented type, nor of one that Band is known to
// send in its place, is the zero value.

// text is a string; a number or boolean is its literal.
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	*t = ""
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) == nil {
			*t = text(s)
		}
	case 'n', '{', '[':
	default:
		*t = text(raw)
	}
	return nil
}

// number is an integer; it may come as a string, and a fraction is rounded up.
type number int64

func (n *number) UnmarshalJSON(raw []byte) error {
	*n, _ = parseNumber(strings.TrimSpace(strings.Trim(string(raw), `"`)))
	return nil
}

func parseNumber(literal string) (number, bool) {
	if n, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return number(n), true
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) >= 1<<62 {
		return 0, false
	}
	return number(math.Ceil(f)), true
}

// count returns n as a count of something.
func (n number) count() int { return int(min(max(0, n), math.MaxInt32)) }

// time returns n as the instant it stands for, in UTC: epoch milliseconds, as Band sends them, or seconds if it is too small to be
// that (its documentation only says "epoch value"). Zero and less are no time.
func (n number) time() time.Time {
	const leastMillis = 100_000_000_000 // 1973 in milliseconds, the year 5138 in seconds
	switch {
	case n <= 0:
		return time.Time{}
	case n < leastMillis:
		return time.Unix(int64(n), 0).UTC()
	}
	return time.UnixMilli(int64(min(n, 253_402_300_799_999))).UTC() // the end of the year 9999
}

// flag is a boolean; it may come as a string or as 0 and 1.
type flag bool

func (f *flag) UnmarshalJSON(raw []byte) error {
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true", "1", "y", "yes":
		*f = true
	default:
		*f = false
	}
	return nil
}

// object is a JSON object; given is false for anything else in its place.
type object[T any] struct {
	value T
	given bool
}

func (o *object[T]) UnmarshalJSON(raw []byte) error {
	*o = object[T]{}
	if raw[0] == '{' && json.Unmarshal(raw, &o.value) == nil {
		o.given = true
	}
	return nil
}

// entry is an element of a list with the key it had, if the list came as a map.
type entry[T any] struct {
	key   string
	value T
}

// list is a JSON array of objects, or a map of them, ordered by key (by length first, so that numbers are in their order). Elements that
// are not objects are left out.
type list[T any] []entry[T]

func (l *list[T]) UnmarshalJSON(raw []byte) error {
	*l = nil
	switch raw[0] {
	case '[':
		var elements []json.RawMessage
		if json.Unmarshal(raw, &elements) == nil {
			for _, element := range elements {
				l.add("", element)
			}
		}
	case '{':
		var elements map[string]json.RawMessage
		if json.Unmarshal(raw, &elements) == nil {
			for _, key := range slices.SortedFunc(maps.Keys(elements), byNumber) {
				l.add(key, elements[key])
			}
		}
	}
	return nil
}

func (l *list[T]) add(key string, element json.RawMessage) {
	var o object[T]
	if json.Unmarshal(element, &o) == nil && o.given {
		*l = append(*l, entry[T]{key, o.value})
	}
}

func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// words is an array of strings; a single string is split at commas.
type words []string

func (w *words) UnmarshalJSON(raw []byte) error {
	*w = nil
	var elements []text
	if raw[0] == '[' && json.Unmarshal(raw, &elements) == nil {
		for _, element := range elements {
			*w = append(*w, string(element))
		}
		return nil
	}
	var joined text
	if json.Unmarshal(raw, &joined) == nil && joined != "" {
		*w = strings.Split(string(joined), ",")
	}
	return nil
}

// decode reads result_data into a struct of the types above. Anything but an object leaves it zero.
func decode[T any](data json.RawMessage) T {
	var o object[T]
	if len(bytes.TrimSpace(data)) > 0 {
		_ = json.Unmarshal(data, &o) // only the syntax can be wrong, and the envelope around it was read already
	}
	return o.value
}

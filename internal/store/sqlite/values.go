package sqlite

import (
	"encoding/json"
	"fmt"
	"time"
)

// toMicros is how a time is stored: microseconds since 1970 in UTC, and 0 for the zero time.
func toMicros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the time that micros stored.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// stored is t as it comes back from the store.
func stored(t time.Time) time.Time { return fromMicros(toMicros(t)) }

// The types below are what columns are scanned to. Each takes NULL for its zero value, since the columns of a left join
// may all be NULL, and none needs the reflection that database/sql falls back to.
type (
	integer int64
	text    string
	instant time.Time
	// document is a column of JSON; an empty one leaves what v points to as it is.
	document struct{ v any }
)

func (n *integer) Scan(src any) error { return scanTo((*int64)(n), src) }

func (s *text) Scan(src any) error { return scanTo((*string)(s), src) }

func (t *instant) Scan(src any) error {
	var us int64
	err := scanTo(&us, src)
	*t = instant(fromMicros(us))
	return err
}

func (d document) Scan(src any) error {
	var s string
	if err := scanTo(&s, src); err != nil || s == "" {
		return err
	}
	return json.Unmarshal([]byte(s), d.v)
}

func scanTo[T any](dst *T, src any) error {
	var none T
	switch v := src.(type) {
	case T:
		*dst = v
	case nil:
		*dst = none
	default:
		return fmt.Errorf("sqlite: a column holds %T where %T is wanted", src, none)
	}
	return nil
}

// toJSON encodes a document.
func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("sqlite: encode %T: %w", v, err)
	}
	return string(b), nil
}

// idList is the argument of json_each for ids.
func idList(ids []string) (string, error) { return toJSON(append([]string{}, ids...)) }

package jsonread_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/jsonread"
)

func TestTimes(t *testing.T) {
	for s, want := range map[string]bool{
		"2026-01-02T09:00:00Z": true, "2026-01-02T09:00:00.5Z": true, "2026-01-02T09:00:00.123456789Z": true,
		"2026-01-02T09:00:00+09:00": true, "2026-01-02T09:00:00-23:59": true, "2026-01-02T09:00:00-00:00": true,
		"2026-01-02T9:00:00Z": false, "2026-01-02T09:00:00,5Z": false, "2026-01-02T09:00:00+24:00": false, "2026-01-02T09:00:00+00:60": false,
		"2026-01-02T09:00:00": false, "2026-01-02 09:00:00Z": false, "2026-01-02t09:00:00z": false, "2026-1-02T09:00:00Z": false,
		"2026-01-02T09:00:00.Z": false, "2026-01-02T09:00:00+0900": false, "2026-01-02T09:00:00Z ": false, "2026-01-02": false,
		"02026-01-02T09:00:00Z": false, "2026-13-02T09:00:00Z": false, "2026-02-30T09:00:00Z": false, "2026-01-02T24:00:00Z": false,
		"2026-01-02T09:00:60Z": false, "2026-01-02T09:00:00.1234567890Z": false, "": false,
	} {
		err := jsonread.Unmarshal(protojson.UnmarshalOptions{}, []byte(`{"gameDate":"`+s+`"}`), &v1.CreateGameRequest{})
		if (err == nil) != want {
			t.Errorf("%q: %v", s, err)
		}
		if err != nil && (!strings.Contains(err.Error(), `"game_date"`) || !errors.Is(err, jsonread.ErrTimestamp)) {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, value := range []string{`1767312000`, `{"seconds":1}`, `[]`, `true`, `"2026-01-02"`, `"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59-01:00"`, `"0001-01-01T00:00:00+00:01"`} {
		err := jsonread.Unmarshal(protojson.UnmarshalOptions{}, []byte(`{"gameDate":`+value+`}`), &v1.CreateGameRequest{})
		if err == nil || !strings.Contains(err.Error(), `"game_date"`) || !errors.Is(err, jsonread.ErrTimestamp) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestUnknownKeysAreNoted(t *testing.T) {
	for in, want := range map[string][]string{
		`{}`: nil, `{"title":"a","game_date":null,"gameType":"GAME_TYPE_DOUBLES"}`: nil,
		`{"Title":"a","x":{"y":[1,{"z":2}]},"title":"b"}`: {"Title", "x"},
		`{"scoring":{"Preset":1}}`:                        {"scoring.Preset"},
		`{"":1,"\u0061b":[]}`:                             {"", "ab"},
	} {
		m := &v1.CreateGameRequest{}
		if err := jsonread.Unmarshal(protojson.UnmarshalOptions{}, []byte(in), m); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		// They go with the message, as REST's do to the handler.
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		passed := &v1.CreateGameRequest{}
		if err := proto.Unmarshal(b, passed); err != nil {
			t.Fatal(err)
		}
		if got := jsonread.Unknown(passed); !slices.Equal(got, want) {
			t.Errorf("%s: noted %q, want %q", in, got, want)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for _, in := range []string{
		``, `[]`, `1`, `{"title":1}`, `{"title":"a"`, `{"title":"a"}}`, `{"x":1,}`, `{"gameType":"NONE"}`, `{"gameType":""}`, `{"scoring":[]}`,
		`{"title":"a","title":"b"}`, `{"game_type":1,"gameType":1}`, `{"duration":" 5"}`, `{"duration":"0x5"}`, `{"duration":1.5}`, `{"duration":true}`, `{1:1}`,
	} {
		if err := jsonread.Unmarshal(protojson.UnmarshalOptions{}, []byte(in), &v1.CreateGameRequest{}); err == nil {
			t.Errorf("%s: taken", in)
		}
	}
	// The mapping takes these for a number.
	for _, in := range []string{`{"duration":"60"}`, `{"duration":6e1}`, `{"duration":60.0}`, `{"duration":"6e1"}`, `{"gameType":2}`} {
		if err := jsonread.Unmarshal(protojson.UnmarshalOptions{}, []byte(in), &v1.CreateGameRequest{}); err != nil {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// In JSON of words an enum is one of them, and a number that is written in text has nothing but digits.
func TestWords(t *testing.T) {
	for in, want := range map[string]bool{
		`{"duration":"60"}`: true, `{"duration":6e1}`: true, `{"duration":60.0}`: true, `{"duration":60}`: true, `{"duration":null}`: true, `{"gameType":null}`: true,
		`{"gameType":"GAME_TYPE_DOUBLES"}`: true, `{"duration":"-60"}`: true,
		`{"gameType":2}`: false, `{"gameType":0}`: false, `{"gameType":"2"}`: false, `{"gameType":2e0}`: false, `{"duration":"6e1"}`: false, `{"duration":"6E1"}`: false, `{"duration":"60.0"}`: false,
		`{"duration":"+60"}`: false, `{"duration":"0x3c"}`: false, `{"duration":" 60"}`: false,
	} {
		err := jsonread.UnmarshalWords(protojson.UnmarshalOptions{}, []byte(in), &v1.CreateGameRequest{})
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), `"duration"`) && !strings.Contains(err.Error(), `"game_type"`) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// FuzzIsTimestamp holds what is taken for a time to RFC 3339 §5.6, read the other way: a time is written as package time writes
// it, with digits of a second and an offset after it.
func FuzzIsTimestamp(f *testing.F) {
	for _, s := range []string{
		"2026-01-02T09:00:00Z", "2026-01-02T9:00:00Z", "2026-01-02T09:00:00,5Z", "2026-01-02T09:00:00+24:00", "2026-01-02T09:00:00+00:60", "2026-01-02t09:00:00z",
		"2026-01-02T09:00:00.123456789-23:59", "2026-01-02T23:59:60Z", "2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z", "0001-01-01T00:00:00Z", "0000-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999Z",
		"9999-12-31T23:59:59-00:01", "2026-01-02", "２０26-01-02T09:00:00Z", "2026-01-02T09:00:00Z\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		body, err := json.Marshal(map[string]string{"gameDate": s})
		if err != nil {
			t.Fatal(err)
		}
		m := &v1.CreateGameRequest{}
		taken := jsonread.Unmarshal(protojson.UnmarshalOptions{}, body, m) == nil
		want, isTime := parseTime(s)
		if taken != isTime {
			t.Errorf("%q is taken: %v, is a time: %v", s, taken, isTime)
		}
		if taken && !m.GetGameDate().AsTime().Equal(want) {
			t.Errorf("%q is read as %v, want %v", s, m.GetGameDate().AsTime(), want)
		}
	})
}

func parseTime(s string) (time.Time, bool) {
	const second = "2006-01-02T15:04:05"
	if len(s) <= len(second) {
		return time.Time{}, false
	}
	whole, rest := s[:len(second)], s[len(second):]
	read, err := time.Parse(second, whole)
	if err != nil || read.Format(second) != whole {
		return time.Time{}, false
	}
	if fraction, ok := strings.CutPrefix(rest, "."); ok {
		rest = strings.TrimLeft(fraction, "0123456789")
		digits := fraction[:len(fraction)-len(rest)]
		n, err := strconv.Atoi((digits + "000000000")[:9])
		if digits == "" || len(digits) > 9 || err != nil {
			return time.Time{}, false
		}
		read = read.Add(time.Duration(n))
	}
	if rest != "Z" {
		clock, err := time.Parse("15:04", strings.TrimLeft(rest, "+-"))
		if err != nil || len(rest) != 6 || clock.Format("15:04") != rest[1:] {
			return time.Time{}, false
		}
		offset := time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute
		if rest[0] == '+' {
			offset = -offset
		}
		read = read.Add(offset)
	}
	// The contract's times are those of the years 1 to 9999 in UTC.
	return read, read.Year() >= 1 && read.Year() <= 9999
}

// FuzzUnmarshal holds the decoder to protojson: it takes nothing that protojson refuses but for unknown keys, and what both take
// is the same.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{
		`{"title":"a","gameDate":"2026-01-02T09:00:00Z"}`, `{"gameDate":"2026-01-02T9:00:00Z"}`, `{"gameDate":"2026-01-02T09:00:00,5Z"}`,
		`{"gameDate":"2026-01-02T09:00:00+24:00"}`, `{"gameDate":"2026-01-02T09:00:00+00:60"}`, `{"Title":1}`, `{"scoring":{"x":{}}}`, `{"gameType":""}`, `[`, `{"":`,
		`{"title":"\u3000"}`, `{"title":"\u202ea","title":null}`, `{"gameDate":null,"game_date":null}`, `{"duration":"6e1"}`, `{"title":"50%","titLe":"👨\u200d👩"}`, `{"a\u0062":[],"\ud800":1}`,
		`{"gameDate":"9999-12-31T23:59:60Z"}`, `{"scoring":null,"scoring":{}}`, "\ufeff{}", `{"title":"\xff"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ours, lenient, strict := &v1.CreateGameRequest{}, &v1.CreateGameRequest{}, &v1.CreateGameRequest{}
		if jsonread.Unmarshal(protojson.UnmarshalOptions{}, b, ours) != nil {
			return
		}
		unknown := jsonread.Unknown(ours)
		ours.ProtoReflect().SetUnknown(nil)
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, lenient); err != nil || !proto.Equal(ours, lenient) {
			t.Errorf("%q: %v, %v, %v", b, err, ours, lenient)
		}
		if err := protojson.Unmarshal(b, strict); (err == nil) != (len(unknown) == 0) {
			t.Errorf("%q: unknown are %q, and protojson says %v", b, unknown, err)
		}
	})
}

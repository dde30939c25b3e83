// Package jsonread decodes the JSON of requests as the mapping of Protocol Buffers has it. protojson takes more for a time than
// RFC 3339 §5.6 does, and either refuses unknown keys or passes over unknown words of enums with them. Here both are refused,
// and unknown keys are noted in the message for the interceptor, which knows whether the client wants them ignored.
package jsonread

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	// noted is the number of the unknown field in which a key is noted: the last there is, which no contract uses.
	noted = protowire.MaxValidNumber
	// maxNoted bounds how many keys are noted.
	maxNoted = 20
)

// Unmarshal decodes b into m. Keys that m does not have are noted.
func Unmarshal(options protojson.UnmarshalOptions, b []byte, m proto.Message) error {
	return unmarshal(options, b, m, false)
}

// UnmarshalWords decodes b into m, as Unmarshal does, for JSON in which an enum is always a word, and text for a number has nothing
// but digits.
func UnmarshalWords(options protojson.UnmarshalOptions, b []byte, m proto.Message) error {
	return unmarshal(options, b, m, true)
}

func unmarshal(options protojson.UnmarshalOptions, b []byte, m proto.Message, words bool) error {
	if !utf8.Valid(b) {
		return errUTF8
	}
	r := reader{decoder: json.NewDecoder(bytes.NewReader(b)), words: words}
	err := r.message("", m.ProtoReflect().Descriptor())
	if r.refused != nil {
		return r.refused
	}
	// What else is wrong protojson says better.
	options.DiscardUnknown = err == nil
	if err := options.Unmarshal(b, m); err != nil {
		return err
	}
	var notes []byte
	for _, key := range r.unknown {
		notes = protowire.AppendTag(notes, noted, protowire.BytesType)
		notes = protowire.AppendString(notes, key)
	}
	if len(notes) > 0 {
		m.ProtoReflect().SetUnknown(notes)
	}
	return nil
}

// Unknown returns the keys that are noted in m, as paths in which the last one is written as the client wrote it.
func Unknown(m proto.Message) []string {
	var keys []string
	for b := m.ProtoReflect().GetUnknown(); len(b) > 0; {
		number, kind, length := protowire.ConsumeField(b)
		if length < 0 {
			break
		}
		if number == noted && kind == protowire.BytesType {
			_, _, tag := protowire.ConsumeTag(b)
			key, _ := protowire.ConsumeString(b[tag:length])
			keys = append(keys, key)
		}
		b = b[length:]
	}
	return keys
}

var timestamp = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// ParseTimestamp reads a time that is written as RFC 3339 §5.6 has it, within what the mapping takes of it: with capital
// letters, nine digits of a second at most, and a year from 1 to 9999 in UTC.
func ParseTimestamp(s string) (time.Time, error) {
	if !timestamp.MatchString(s) {
		return time.Time{}, ErrTimestamp
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if year := t.UTC().Year(); err != nil || year < 1 || year > 9999 {
		return time.Time{}, ErrTimestamp
	}
	return t.UTC(), nil
}

var errUTF8 = errors.New("the JSON is not in UTF-8")

// ErrTimestamp is that something is not a time, and what one is.
var ErrTimestamp = errors.New("it must be an RFC 3339 time such as 2027-01-03T10:00:00+09:00")

// reader goes through a text beside the message that it is of.
type reader struct {
	decoder *json.Decoder
	// words is whether enums must be words, and numbers in text digits.
	words   bool
	unknown []string
	// refused is why a value is refused that protojson would take.
	refused error
}

// message goes through a value of a message. Its error is of a text that is malformed.
func (r *reader) message(path string, md protoreflect.MessageDescriptor) error {
	token, err := r.decoder.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return r.rest(token)
	}
	for r.decoder.More() {
		key, err := r.decoder.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		fd := md.Fields().ByJSONName(name)
		if fd == nil {
			fd = md.Fields().ByName(protoreflect.Name(name))
		}
		if fd == nil {
			if len(r.unknown) < maxNoted {
				r.unknown = append(r.unknown, path+name)
			}
			err = r.skip()
		} else {
			err = r.field(path+string(fd.Name()), fd)
		}
		if err != nil {
			return err
		}
	}
	_, err = r.decoder.Token()
	return err
}

func (r *reader) field(path string, fd protoreflect.FieldDescriptor) error {
	switch {
	case fd.IsMap():
		return r.skip()
	case !fd.IsList():
		return r.value(path, fd)
	}
	token, err := r.decoder.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('[') {
		return r.rest(token)
	}
	for i := 0; r.decoder.More(); i++ {
		if err := r.value(path+"["+strconv.Itoa(i)+"]", fd); err != nil {
			return err
		}
	}
	_, err = r.decoder.Token()
	return err
}

// value goes through a value of a field, or of one element.
func (r *reader) value(path string, fd protoreflect.FieldDescriptor) error {
	md := fd.Message()
	if md != nil && md.FullName().Parent() != "google.protobuf" {
		return r.message(path+".", md)
	}
	var value any
	if err := r.decoder.Decode(&value); err != nil {
		return err
	}
	if value != nil {
		r.check(path, fd, value)
	}
	return nil
}

var digits = regexp.MustCompile(`^-?[0-9]+$`)

// check refuses a time or an enum word that the contract does not have, and what is no word. What was refused first counts.
func (r *reader) check(path string, fd protoreflect.FieldDescriptor, value any) {
	text, isText := value.(string)
	md := fd.Message()
	switch {
	case r.refused != nil:
	case md != nil && md.FullName() == "google.protobuf.Timestamp":
		if _, err := ParseTimestamp(text); err != nil {
			r.refused = fmt.Errorf("invalid value for field %q: %w", path, err)
		}
	case isText && fd.Enum() != nil && fd.Enum().Values().ByName(protoreflect.Name(text)) == nil:
		r.refused = fmt.Errorf("invalid value for field %q: there is no %q", path, text)
	case r.words && !isText && fd.Enum() != nil:
		r.refused = fmt.Errorf("invalid value for field %q: it must be a word", path)
	case r.words && isText && isInteger(fd.Kind()) && !digits.MatchString(text):
		r.refused = fmt.Errorf("invalid value for field %q: %q is not an integer", path, text)
	}
}

func isInteger(kind protoreflect.Kind) bool {
	switch kind {
	case protoreflect.Int32Kind, protoreflect.Int64Kind, protoreflect.Uint32Kind, protoreflect.Uint64Kind,
		protoreflect.Sint32Kind, protoreflect.Sint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind,
		protoreflect.Sfixed32Kind, protoreflect.Sfixed64Kind:
		return true
	}
	return false
}

// rest goes through what remains of a value that is not what it should be, after its first token.
func (r *reader) rest(first json.Token) error {
	if first != json.Delim('{') && first != json.Delim('[') {
		return nil
	}
	for r.decoder.More() {
		if err := r.skip(); err != nil {
			return err
		}
	}
	_, err := r.decoder.Token()
	return err
}

func (r *reader) skip() error {
	var value json.RawMessage
	return r.decoder.Decode(&value)
}

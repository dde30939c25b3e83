package rpc

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/text"
)

// cleaning brings every string of a message into Unicode's normal form C, and refuses what is not UTF-8 and control characters
// other than the line feed, the carriage return and the tab. What people read, by the rules of its field, is trimmed.
func cleaning() inspection {
	p := &textPlans{}
	return func(m proto.Message) error {
		reflected := m.ProtoReflect()
		if bad := p.of(reflected.Descriptor()).clean(reflected); bad != nil {
			return bad.fault()
		}
		return nil
	}
}

// badText is a string that is refused. Its path is put together on the way out of the message.
type badText struct {
	path string
	rule string
	text fault.Text
}

var (
	badUTF8    = badText{rule: "text.utf8", text: fault.Text{Ko: "UTF-8 문자열이 아닙니다.", En: "must be valid UTF-8"}}
	badControl = badText{rule: "text.control", text: fault.Text{Ko: "제어 문자는 쓸 수 없습니다.", En: "must not contain control characters"}}
	badKeys    = badText{rule: "text.keys", text: fault.Text{Ko: "같은 키가 두 번 있습니다.", En: "must not contain a key twice"}}
)

func (b *badText) fault() error {
	return invalid([]fault.Field{{Path: b.path, Rule: b.rule, Text: b.text}})
}

// in is b as it is found within name.
func (b *badText) in(name string) *badText {
	within := *b
	switch {
	case b.path == "" || b.path[0] == '[':
		within.path = name + b.path
	default:
		within.path = name + "." + b.path
	}
	return &within
}

// cleanString returns what becomes of a string of the field.
func (f *textField) cleanString(s string) (string, *badText) {
	cleaned, bad := cleanString(s)
	if bad != nil || !f.read {
		return cleaned, bad
	}
	if trimmed := text.Trim(cleaned); trimmed != "" {
		return trimmed, nil
	}
	// What is blank stays so, for the field's rule to refuse.
	return cleaned, nil
}

// cleanString returns s in normal form C.
func cleanString(s string) (string, *badText) {
	normal := true
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return "", &badUTF8
			}
		}
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return "", &badControl
		}
		normal = normal && isInert(r)
	}
	if normal || norm.NFC.IsNormalString(s) {
		return s, nil
	}
	return norm.NFC.String(s), nil
}

// isInert tells of most of what people write that it is in normal form C whatever stands before it: Latin letters, Hangul
// syllables and letters, Han characters and pictures. Asking norm takes many times as long.
func isInert(r rune) bool {
	switch {
	case r < 0x300, 0xac00 <= r && r <= 0xd7a3, 0x3131 <= r && r <= 0x318e, 0x4e00 <= r && r <= 0x9fff, 0x1f300 <= r && r <= 0x1faff:
		return true
	}
	return false
}

func (p *textPlan) clean(m protoreflect.Message) *badText {
	for i := range p.fields {
		f := &p.fields[i]
		if !m.Has(f.fd) {
			continue
		}
		if bad := f.clean(m); bad != nil {
			return bad.in(string(f.fd.Name()))
		}
	}
	return nil
}

func (f *textField) clean(m protoreflect.Message) *badText {
	value := m.Get(f.fd)
	switch {
	case f.fd.IsMap():
		return f.cleanMap(m.Mutable(f.fd).Map())
	case f.fd.IsList():
		return f.cleanList(value.List())
	case f.inner != nil:
		return f.inner.clean(value.Message())
	}
	old := value.String()
	cleaned, bad := f.cleanString(old)
	if bad == nil && cleaned != old {
		m.Set(f.fd, protoreflect.ValueOfString(cleaned))
	}
	return bad
}

func (f *textField) cleanList(list protoreflect.List) *badText {
	for i := range list.Len() {
		cleaned, bad := f.cleanValue(list.Get(i))
		if bad != nil {
			return bad.in(fmt.Sprintf("[%d]", i))
		}
		if cleaned != "" {
			list.Set(i, protoreflect.ValueOfString(cleaned))
		}
	}
	return nil
}

// cleanMap cleans values and keys. Two keys with one normal form are refused: there is no telling which is meant.
func (f *textField) cleanMap(entries protoreflect.Map) (bad *badText) {
	renamed := map[string]string{}
	entries.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		var cleaned string
		if cleaned, bad = f.cleanKey(key); bad == nil && cleaned != "" {
			renamed[key.String()] = cleaned
		}
		if bad == nil && f.values {
			if cleaned, bad = f.cleanValue(value); bad == nil && cleaned != "" {
				entries.Set(key, protoreflect.ValueOfString(cleaned))
			}
		}
		if bad != nil {
			bad = bad.in(fmt.Sprintf("[%q]", key.String()))
		}
		return bad == nil
	})
	if bad != nil {
		return bad
	}
	for old, cleaned := range renamed {
		from, to := protoreflect.ValueOfString(old).MapKey(), protoreflect.ValueOfString(cleaned).MapKey()
		if entries.Has(to) {
			return badKeys.in(fmt.Sprintf("[%q]", cleaned))
		}
		entries.Set(to, entries.Get(from))
		entries.Clear(from)
	}
	return nil
}

// cleanKey returns what the key has to become; empty for nothing.
func (f *textField) cleanKey(key protoreflect.MapKey) (string, *badText) {
	if f.fd.MapKey().Kind() != protoreflect.StringKind {
		return "", nil
	}
	return changed(key.String(), cleanString)
}

// cleanValue cleans an element, and returns what a string has to become; empty for nothing.
func (f *textField) cleanValue(value protoreflect.Value) (string, *badText) {
	if f.inner != nil {
		return "", f.inner.clean(value.Message())
	}
	return changed(value.String(), f.cleanString)
}

// changed returns clean(s) if it differs from s; empty otherwise, as no other string becomes empty.
func changed(s string, clean func(string) (string, *badText)) (string, *badText) {
	cleaned, bad := clean(s)
	if bad != nil || cleaned == s {
		return "", bad
	}
	return cleaned, nil
}

package listlimit

import (
	"bytes"
	"encoding/json"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// JSON returns the text b of a message without what its lists have too much. It is b itself if there is nothing to leave
// out, or if b is malformed, which is for the decoder to say.
func JSON(b []byte, md protoreflect.MessageDescriptor) []byte {
	p := planOf(md)
	if len(p.fields) == 0 {
		return b
	}
	s := scan{text: b}
	if !s.value(&field{inner: p}, 0) || s.kept == 0 {
		return b
	}
	return append(s.short, b[s.kept:]...)
}

// scan walks through a text. Its methods report whether the text is well-formed, as far as lists can be told from it.
type scan struct {
	text []byte
	at   int
	// short is what is kept of text[:kept].
	short []byte
	kept  int
}

// value walks through a value of f, or of nothing that is bounded if f is nil.
func (s *scan) value(f *field, depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch s.next() {
	case '{':
		if f == nil || f.inner == nil {
			return s.object(nil, depth)
		}
		return s.object(f.inner, depth)
	case '[':
		return s.array(f, depth)
	case '"':
		_, ok := s.string()
		return ok
	}
	from := s.at
	for s.at < len(s.text) && bytes.IndexByte([]byte(",]}:{[\" \t\r\n"), s.text[s.at]) < 0 {
		s.at++
	}
	return s.at > from
}

func (s *scan) object(p *plan, depth int) bool {
	s.at++
	if s.next() == '}' {
		s.at++
		return true
	}
	for {
		if s.next() != '"' {
			return false
		}
		name, ok := s.string()
		if !ok || s.next() != ':' {
			return false
		}
		s.at++
		if !s.value(p.named(name), depth+1) {
			return false
		}
		switch s.next() {
		case ',':
			s.at++
		case '}':
			s.at++
			return true
		default:
			return false
		}
	}
}

func (s *scan) array(f *field, depth int) bool {
	s.at++
	if s.next() == ']' {
		s.at++
		return true
	}
	// enough is where what is kept ends; 0 while all is.
	enough := 0
	for count := 1; ; count++ {
		element := f
		if enough > 0 {
			element = nil
		}
		if !s.value(element, depth+1) {
			return false
		}
		if f != nil && count == f.keep {
			enough = s.at
		}
		switch s.next() {
		case ',':
			s.at++
		case ']':
			if enough > 0 && count > f.keep {
				s.short = append(s.short, s.text[s.kept:enough]...)
				s.kept = s.at
			}
			s.at++
			return true
		default:
			return false
		}
	}
}

// string walks through a string and returns it with its quotation marks.
func (s *scan) string() ([]byte, bool) {
	from := s.at
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return s.text[from:s.at], true
		}
	}
	return nil, false
}

// next skips blanks and returns what follows them; 0 at the end.
func (s *scan) next() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// named returns the field of that name, in quotation marks; nil where there is none, or no message.
func (p *plan) named(quoted []byte) *field {
	if p == nil {
		return nil
	}
	name := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		var unescaped string
		if json.Unmarshal(quoted, &unescaped) != nil {
			return nil
		}
		return p.byName[unescaped]
	}
	return p.byName[string(name)]
}

package listlimit

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Protobuf returns the encoding b of a message up to the first list that has too much, with one element too many. It is b
// itself if there is none, or if b is malformed before that, which is for the decoder to say.
func Protobuf(b []byte, md protoreflect.MessageDescriptor) []byte {
	short, _ := planOf(md).protobuf(b, 0)
	return short
}

// protobuf is Protobuf, and reports whether it left something out.
func (p *plan) protobuf(b []byte, depth int) (short []byte, changed bool) {
	if len(p.fields) == 0 || depth > maxDepth {
		return b, false
	}
	counts := make([]int, len(p.fields))
	for at := 0; at < len(b); {
		number, kind, tag := protowire.ConsumeTag(b[at:])
		if tag < 0 {
			return b, false
		}
		length := protowire.ConsumeFieldValue(number, kind, b[at+tag:])
		if length < 0 {
			return b, false
		}
		next := at + tag + length
		f := p.byNumber[number]
		switch {
		case f == nil:
		case f.keep > 0 && counts[f.index] == f.keep:
			return b[:at], true
		default:
			value, count, changed := f.protobuf(b[at+tag:next], kind, f.keep-counts[f.index], depth)
			if changed {
				return append(protowire.AppendTag(b[:at:at], number, kind), value...), true
			}
			counts[f.index] += count
		}
		at = next
	}
	return b, false
}

// protobuf looks at a value of the field, which may have room elements if it is a list: it returns how many there are in it,
// or what to write in its place.
func (f *field) protobuf(value []byte, kind protowire.Type, room, depth int) (short []byte, count int, changed bool) {
	if kind != protowire.BytesType || f.inner == nil && !isPacked(f.Kind()) {
		return nil, 1, false
	}
	content, _ := protowire.ConsumeBytes(value)
	if f.inner != nil {
		if short, changed = f.inner.protobuf(content, depth+1); !changed {
			return nil, 1, false
		}
		return protowire.AppendBytes(nil, short), 1, true
	}
	for at := 0; at < len(content); count++ {
		if count == room {
			return protowire.AppendBytes(nil, content[:at]), count, true
		}
		length := protowire.ConsumeFieldValue(f.Number(), packedType(f.Kind()), content[at:])
		if length < 0 {
			return nil, count, false
		}
		at += length
	}
	return nil, count, false
}

// isPacked reports whether a list can be written in one value: decoders take that however the contract writes it.
func isPacked(kind protoreflect.Kind) bool {
	switch kind {
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind, protoreflect.GroupKind:
		return false
	}
	return true
}

func packedType(kind protoreflect.Kind) protowire.Type {
	switch kind {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	}
	return protowire.VarintType
}

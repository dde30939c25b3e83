package listlimit

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Excess is a list that is longer than it may be.
type Excess struct {
	// Path names it as violations do, such as "sets[2].points".
	Path  string
	Field protoreflect.FieldDescriptor
}

// TooLong returns the lists of m that are too long, most of them at most.
func TooLong(m proto.Message, most int) []Excess {
	w := walk{most: most}
	w.message("", m.ProtoReflect(), planOf(m.ProtoReflect().Descriptor()))
	return w.found
}

type walk struct {
	most  int
	found []Excess
}

func (w *walk) message(path string, m protoreflect.Message, p *plan) {
	for _, f := range p.fields {
		if !m.Has(f.FieldDescriptor) || len(w.found) >= w.most {
			continue
		}
		at, value := path+string(f.Name()), m.Get(f.FieldDescriptor)
		switch {
		case f.IsList():
			if !w.excess(at, f, value.List().Len()) && f.inner != nil {
				for i := range value.List().Len() {
					w.message(fmt.Sprintf("%s[%d].", at, i), value.List().Get(i).Message(), f.inner)
				}
			}
		default:
			w.message(at+".", value.Message(), f.inner)
		}
	}
}

func (w *walk) excess(path string, f *field, length int) bool {
	tooLong := f.keep > 0 && length >= f.keep
	if tooLong {
		w.found = append(w.found, Excess{Path: path, Field: f.FieldDescriptor})
	}
	return tooLong
}

// Shorten cuts every list of m to its first n elements.
func Shorten(m proto.Message, n int) {
	shorten(m.ProtoReflect(), planOf(m.ProtoReflect().Descriptor()), n)
}

func shorten(m protoreflect.Message, p *plan, n int) {
	for _, f := range p.fields {
		if !m.Has(f.FieldDescriptor) {
			continue
		}
		value := m.Get(f.FieldDescriptor)
		if !f.IsList() {
			shorten(value.Message(), f.inner, n)
			continue
		}
		list := value.List()
		if list.Len() > n {
			list.Truncate(n)
		}
		for i := 0; f.inner != nil && i < list.Len(); i++ {
			shorten(list.Get(i).Message(), f.inner, n)
		}
	}
}

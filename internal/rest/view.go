package rest

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/runtime/protoiface"
)

// view returns m as REST speaks it, for protojson: the same message, whose enums have short words. Messages without enums are what
// they are.
func (w *words) view(m proto.Message) proto.Message {
	return w.viewOf(m.ProtoReflect()).Interface()
}

func (w *words) viewOf(m protoreflect.Message) protoreflect.Message {
	if shown, ok := w.spelled[m.Descriptor().FullName()]; ok {
		return view{Message: m, shown: shown, words: w}
	}
	return m
}

// view is a message under the descriptor of its copy. The copy has the same fields in the same order.
type view struct {
	protoreflect.Message
	shown protoreflect.MessageDescriptor
	words *words
}

// ProtoReflect implements proto.Message.
func (v view) ProtoReflect() protoreflect.Message { return v }

// Interface implements protoreflect.Message.
func (v view) Interface() protoreflect.ProtoMessage { return v }

// Descriptor implements protoreflect.Message.
func (v view) Descriptor() protoreflect.MessageDescriptor { return v.shown }

// ProtoMethods implements protoreflect.Message: the fast ways are those of the message itself.
func (view) ProtoMethods() *protoiface.Methods { return nil }

// Range implements protoreflect.Message.
func (v view) Range(f func(protoreflect.FieldDescriptor, protoreflect.Value) bool) {
	fields := v.shown.Fields()
	v.Message.Range(func(own protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		return f(fields.Get(own.Index()), v.show(own, value))
	})
}

// Has implements protoreflect.Message.
func (v view) Has(fd protoreflect.FieldDescriptor) bool { return v.Message.Has(v.own(fd)) }

// Clear implements protoreflect.Message.
func (v view) Clear(fd protoreflect.FieldDescriptor) { v.Message.Clear(v.own(fd)) }

// Get implements protoreflect.Message.
func (v view) Get(fd protoreflect.FieldDescriptor) protoreflect.Value {
	own := v.own(fd)
	return v.show(own, v.Message.Get(own))
}

// Set implements protoreflect.Message.
func (v view) Set(fd protoreflect.FieldDescriptor, value protoreflect.Value) {
	v.Message.Set(v.own(fd), hidden(value))
}

// Mutable implements protoreflect.Message.
func (v view) Mutable(fd protoreflect.FieldDescriptor) protoreflect.Value {
	own := v.own(fd)
	return v.show(own, v.Message.Mutable(own))
}

// NewField implements protoreflect.Message.
func (v view) NewField(fd protoreflect.FieldDescriptor) protoreflect.Value {
	own := v.own(fd)
	return v.show(own, v.Message.NewField(own))
}

// WhichOneof implements protoreflect.Message.
func (v view) WhichOneof(of protoreflect.OneofDescriptor) protoreflect.FieldDescriptor {
	own := v.Message.WhichOneof(v.Message.Descriptor().Oneofs().Get(of.Index()))
	if own == nil {
		return nil
	}
	return v.shown.Fields().Get(own.Index())
}

// own returns the message's own descriptor of a field of its copy.
func (v view) own(fd protoreflect.FieldDescriptor) protoreflect.FieldDescriptor {
	return v.Message.Descriptor().Fields().Get(fd.Index())
}

// show returns a value of the message as one of the view. Maps stay as they are: the contract's have no enums in them.
func (v view) show(own protoreflect.FieldDescriptor, value protoreflect.Value) protoreflect.Value {
	switch {
	case own.Message() == nil || own.IsMap():
		return value
	case own.IsList():
		if _, ok := v.words.spelled[own.Message().FullName()]; ok {
			return protoreflect.ValueOfList(viewList{value.List(), v.words})
		}
		return value
	}
	return protoreflect.ValueOfMessage(v.words.viewOf(value.Message()))
}

// hidden returns a value of a view as one of the message.
func hidden(value protoreflect.Value) protoreflect.Value {
	switch shown := value.Interface().(type) {
	case view:
		return protoreflect.ValueOfMessage(shown.Message)
	case viewList:
		return protoreflect.ValueOfList(shown.List)
	}
	return value
}

// viewList is a list of messages as views.
type viewList struct {
	protoreflect.List
	words *words
}

// Get implements protoreflect.List.
func (l viewList) Get(i int) protoreflect.Value { return l.show(l.List.Get(i)) }

// Set implements protoreflect.List.
func (l viewList) Set(i int, value protoreflect.Value) { l.List.Set(i, hidden(value)) }

// Append implements protoreflect.List.
func (l viewList) Append(value protoreflect.Value) { l.List.Append(hidden(value)) }

// AppendMutable implements protoreflect.List.
func (l viewList) AppendMutable() protoreflect.Value { return l.show(l.List.AppendMutable()) }

// NewElement implements protoreflect.List.
func (l viewList) NewElement() protoreflect.Value { return l.show(l.List.NewElement()) }

func (l viewList) show(value protoreflect.Value) protoreflect.Value {
	return protoreflect.ValueOfMessage(l.words.viewOf(value.Message()))
}

// Package listlimit shortens lists of requests that are longer than their contract allows, before they are decoded.
// Everything here leans on one rule: the first element too many decides that a request is refused, so that nothing after it
// is worth a byte of memory.
//
// The bounds are protovalidate's repeated.max_items. A list that is too long keeps one element more than it may have, so that
// the validation of the message finds it too long. Maps are not looked into: no request has one.
package listlimit

import (
	"sync"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// MaxItems returns how many elements the list may have; false if it is not bounded.
func MaxItems(fd protoreflect.FieldDescriptor) (int, bool) {
	rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	if !fd.IsList() || !rules.GetRepeated().HasMaxItems() {
		return 0, false
	}
	return int(min(rules.GetRepeated().GetMaxItems(), 1<<30)), true
}

// plan is what is known of a message: the fields that are lists or hold some.
type plan struct {
	fields   []*field
	byNumber map[protoreflect.FieldNumber]*field
	// byName has both names that JSON may use.
	byName map[string]*field
}

// field is a list with a bound, or a message with such lists in it, or both.
type field struct {
	protoreflect.FieldDescriptor
	// index is its place in the plan.
	index int
	// keep is how many elements are kept, one more than the bound; 0 for all.
	keep int
	// inner is the plan of its messages; nil where nothing in them is bounded.
	inner *plan
}

// plans has the plan of each message that was asked for.
var plans sync.Map

func planOf(md protoreflect.MessageDescriptor) *plan {
	if p, ok := plans.Load(md); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(md, newPlan(md, make(map[protoreflect.MessageDescriptor]*plan)))
	return p.(*plan)
}

// newPlan plans md and what is in it. begun has the plans that are finished or being made: a message may hold itself.
func newPlan(md protoreflect.MessageDescriptor, begun map[protoreflect.MessageDescriptor]*plan) *plan {
	if p, ok := begun[md]; ok {
		return p
	}
	p := &plan{byNumber: make(map[protoreflect.FieldNumber]*field), byName: make(map[string]*field)}
	begun[md] = p
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		f := &field{FieldDescriptor: fd, index: len(p.fields)}
		if most, ok := MaxItems(fd); ok {
			f.keep = most + 1
		}
		if inner := fd.Message(); inner != nil && !fd.IsMap() && holdsLists(inner, make(map[protoreflect.MessageDescriptor]bool)) {
			f.inner = newPlan(inner, begun)
		}
		if f.keep == 0 && f.inner == nil {
			continue
		}
		p.fields = append(p.fields, f)
		p.byNumber[fd.Number()] = f
		p.byName[string(fd.Name())], p.byName[fd.JSONName()] = f, f
	}
	return p
}

// holdsLists reports whether a bounded list is anywhere in md. Messages in seen are being looked at already.
func holdsLists(md protoreflect.MessageDescriptor, seen map[protoreflect.MessageDescriptor]bool) bool {
	if seen[md] {
		return false
	}
	seen[md] = true
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if _, bounded := MaxItems(fd); bounded || fd.Message() != nil && !fd.IsMap() && holdsLists(fd.Message(), seen) {
			return true
		}
	}
	return false
}

// maxDepth bounds how deep messages lie in each other that are looked into.
const maxDepth = 100

package rpc

import (
	"iter"
	"slices"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/listlimit"
)

// A request may have smallRequest bytes, unpacked, or largeRequest if a valid one may be longer than that.
const (
	smallRequest = 64 << 10
	largeRequest = 256 << 10
	// maxDrained is how much is read of a request that is larger than it may be, in bytes, before its connection is closed:
	// clients that send it all see the answer. Nothing of it is kept or unpacked.
	maxDrained = 4 << 20
)

// ReadMax returns how many bytes a request of the method may have, unpacked.
func ReadMax(method protoreflect.MethodDescriptor) int {
	if longest(method.Input(), nil) > smallRequest {
		return largeRequest
	}
	return smallRequest
}

// sizes are what requests may have, by procedure.
type sizes map[string]int

func (s sizes) of(procedure string) int {
	if most, ok := s[procedure]; ok {
		return most
	}
	return smallRequest
}

// sizesOf are those of the package's procedures.
func sizesOf(pkg protoreflect.FullName) sizes {
	maxima := make(sizes)
	for procedure, method := range proceduresOf(pkg) {
		maxima[procedure] = ReadMax(method)
	}
	return maxima
}

// readsOf returns the package's procedures that connect serves by GET.
func readsOf(pkg protoreflect.FullName) map[string]bool {
	reads := make(map[string]bool)
	for procedure, method := range proceduresOf(pkg) {
		options, _ := method.Options().(*descriptorpb.MethodOptions)
		if options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS && !method.IsStreamingServer() {
			reads[procedure] = true
		}
	}
	return reads
}

// proceduresOf yields the package's methods by procedure.
func proceduresOf(pkg protoreflect.FullName) iter.Seq2[string, protoreflect.MethodDescriptor] {
	return func(yield func(string, protoreflect.MethodDescriptor) bool) {
		protoregistry.GlobalFiles.RangeFilesByPackage(pkg, func(file protoreflect.FileDescriptor) bool {
			for i := range file.Services().Len() {
				service := file.Services().Get(i)
				for j := range service.Methods().Len() {
					method := service.Methods().Get(j)
					if !yield("/"+string(service.FullName())+"/"+string(method.Name()), method) {
						return false
					}
				}
			}
			return true
		})
	}
}

// TooLarge is what a request of more than most bytes is answered with.
func TooLarge(most int) error { return tooLarge.WithText(tooLargeText(most).Ko, tooLargeText(most).En) }

// The longest that JSON writes one of these, in bytes: a character as two escaped surrogates, and a number, a time or a word.
const (
	longestRune   = len(`\ud83c\udff8`)
	longestScalar = 64
)

// longest returns how long the JSON of a valid message may be, up to a little more than largeRequest. within are the
// messages that it is in.
func longest(md protoreflect.MessageDescriptor, within []protoreflect.FullName) int {
	length := len(`{}`)
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		value := longestScalar
		switch {
		case fd.Kind() == protoreflect.StringKind:
			value = longestString(fd)
		case fd.Message() != nil && fd.Message().ParentFile().Package() == md.ParentFile().Package():
			if slices.Contains(within, fd.Message().FullName()) {
				return largeRequest + 1
			}
			value = longest(fd.Message(), append(within, md.FullName()))
		}
		if fd.IsList() {
			items, bounded := listlimit.MaxItems(fd)
			if !bounded {
				return largeRequest + 1
			}
			value *= items
		}
		length = min(length+len(fd.JSONName())+len(`"":,`)+value, largeRequest+1)
	}
	return length
}

// longestString returns how long the JSON of a valid string, or of one in a list of them, may be.
func longestString(fd protoreflect.FieldDescriptor) int {
	rules := stringRules(fd)
	switch {
	case rules.HasMaxLen():
		return int(min(rules.GetMaxLen(), largeRequest))*longestRune + len(`"",`)
	case len(rules.GetIn()) > 0:
		return longestScalar
	}
	return largeRequest + 1
}

func tooLargeText(most int) fault.Text {
	return fault.Text{
		Ko: "요청이 너무 큽니다. " + kibibytes(most) + "까지 보낼 수 있습니다.",
		En: "The request is too large. It may have " + kibibytes(most) + ".",
	}
}

func kibibytes(n int) string { return strconv.Itoa(n>>10) + " KiB" }

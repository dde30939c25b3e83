// Package fault names the ways a call can fail that its caller can act on. The kind is decided where the fact is known;
// what a kind means on the wire is decided in one other place. An error without a kind is the server's own trouble, and
// its text is for the log only.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Kind is a kind of failure. It is itself an error, so that errors.Is(err, fault.NotFound) asks for it.
type Kind uint8

const (
	// Invalid: the request is wrong whatever the state of the server.
	Invalid Kind = iota + 1
	// Unauthenticated: nobody known is calling.
	Unauthenticated
	// Denied: the caller may not do this.
	Denied
	// NotFound: the thing is not there, or not for this caller.
	NotFound
	// Exists: something else has this key already.
	Exists
	// Precondition: the state does not allow it.
	Precondition
	// Aborted: somebody else was first; read again and decide.
	Aborted
	// Exhausted: a limit is used up; later it works again.
	Exhausted
	// Unavailable: a part of the server is away for now.
	Unavailable
	// Unimplemented: this server does not do it.
	Unimplemented
)

var kinds = [...]string{
	Invalid: "invalid", Unauthenticated: "unauthenticated", Denied: "denied", NotFound: "not found", Exists: "exists",
	Precondition: "failed precondition", Aborted: "aborted", Exhausted: "exhausted", Unavailable: "unavailable",
	Unimplemented: "unimplemented",
}

func (k Kind) Error() string {
	if int(k) < len(kinds) && kinds[k] != "" {
		return kinds[k]
	}
	return fmt.Sprintf("fault %d", uint8(k))
}

// Text is one sentence in the languages the club's members read.
type Text struct{ Ko, En string }

// Field is what is wrong with one field of a request.
type Field struct {
	// Path as in the contract, such as "attachments[2].file_id".
	Path string
	// Rule is the stable name of the rule that was broken, such as "string.max_len".
	Rule string
	Text Text
}

// Error is a failure with everything its caller should be told. It is immutable: the With methods return copies, so that
// one can be declared once and given details where it happens.
type Error struct {
	Kind Kind
	// Reason is a stable name for programs, in UPPER_SNAKE_CASE.
	Reason string
	Text   Text
	Fields []Field
	// RetryAfter is how long to wait before trying again; 0 when that is not known.
	RetryAfter time.Duration
	// Meta is more for programs, such as the id of the game that is in the way.
	Meta map[string]string
	// Detail is a message of the contract to send along, such as the present state of a game; nil for none.
	Detail any

	cause error
}

// New declares a failure: its kind, its stable reason, and what to tell people in Korean and in English.
func New(kind Kind, reason, ko, en string) *Error {
	return &Error{Kind: kind, Reason: reason, Text: Text{Ko: ko, En: en}}
}

// InvalidField is a request that is wrong in one field, which its text begins with; path is empty if it is none in particular.
func InvalidField(path, rule, ko, en string) *Error {
	e := New(Invalid, "INVALID_FIELD", ko, en)
	if path != "" {
		e = e.About(path)
	}
	e.Fields = []Field{{Path: path, Rule: rule, Text: Text{Ko: ko, En: en}}}
	return e
}

func (e *Error) Error() string {
	text := e.Reason + ": " + e.Text.En
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}

// Is reports whether target is the same failure, whatever details either was given.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Kind == e.Kind && other.Reason == e.Reason
}

// WithCause adds what went wrong beneath; it reaches the log only.
func (e *Error) WithCause(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// WithMeta adds one key for programs.
func (e *Error) WithMeta(key, value string) *Error {
	c := *e
	c.Meta = maps.Clone(e.Meta)
	if c.Meta == nil {
		c.Meta = make(map[string]string, 1)
	}
	c.Meta[key] = value
	return &c
}

// WithField adds what is wrong with one field, in the error's own words.
func (e *Error) WithField(path string) *Error {
	c := *e
	c.Fields = append(slices.Clone(e.Fields), Field{Path: path, Rule: e.Reason, Text: e.Text})
	return &c
}

// About names the field that e is about, with which its text then begins.
func (e *Error) About(path string) *Error {
	return e.WithText(path+": "+e.Text.Ko, path+": "+e.Text.En).WithField(path)
}

// WithText replaces the sentence, where it names what it is about.
func (e *Error) WithText(ko, en string) *Error {
	c := *e
	c.Text = Text{Ko: ko, En: en}
	return &c
}

// DetailBytes is the most that a detail should have: gRPC sends it in trailers, which clients and proxies bound at 8 KiB.
const DetailBytes = 4 << 10

// WithDetail adds a message of the contract to send along, of DetailBytes at most.
func (e *Error) WithDetail(detail any) *Error {
	c := *e
	c.Detail = detail
	return &c
}

// WithRetryAfter says how long to wait before trying again.
func (e *Error) WithRetryAfter(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// KindOf returns the kind of err, or 0 when it has none.
func KindOf(err error) Kind {
	var kind Kind
	if errors.As(err, &kind) {
		return kind
	}
	return 0
}

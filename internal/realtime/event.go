package realtime

import (
	"fmt"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/offstack"
)

// eventsField is the number of `repeated Event events` in the response of every stream, so that one encoding serves all.
// ChatEvent and GameEvent have the numbers and names of Event, so that it serves them as well.
const eventsField protowire.Number = 1

// Event is one event in the forms the wire needs, each made once however many streams send it. It is immutable and may be
// used concurrently.
type Event struct {
	// wire is the event as a field of a response: tag, length, bytes.
	wire []byte
	// body is where the event itself begins in wire.
	body int

	// message is what a payload that is not one of v1.Event is decoded to; nil for v1.Event.
	message proto.Message
	once    sync.Once
	json    []byte
}

// NewEvent encodes m, which is not looked at again.
func NewEvent(m *v1.Event) *Event { return newEvent(m) }

// NewSyncEvent encodes an event of the stream of a sync, whose progress is no payload of v1.Event. It does not go over a bus.
func NewSyncEvent(m *v1.SyncEvent) *Event {
	e := newEvent(m)
	e.message = &v1.SyncEvent{}
	return e
}

func newEvent(m proto.Message) *Event {
	size := proto.Size(m)
	wire := appendField(make([]byte, 0, protowire.SizeTag(eventsField)+protowire.SizeBytes(size)), size)
	body := len(wire)
	wire, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(wire, m)
	if err != nil {
		// Only text that is not UTF-8 gets here, and the store holds none.
		panic(fmt.Sprintf("realtime: encode %T: %v", m, err))
	}
	return &Event{wire: wire, body: body}
}

// Bytes is the event in protobuf's binary form, for a bus between processes. It must not be changed.
func (e *Event) Bytes() []byte { return e.wire[e.body:] }

// ParseEvent takes what Bytes gave, and copies it: what it cannot decode it does not pass on, and the rest as it is.
func ParseEvent(b []byte) (*Event, error) {
	if err := proto.Unmarshal(b, new(v1.Event)); err != nil {
		return nil, fmt.Errorf("parse an event: %w", err)
	}
	wire := make([]byte, 0, protowire.SizeTag(eventsField)+protowire.SizeBytes(len(b)))
	wire = appendField(wire, len(b))
	return &Event{wire: append(wire, b...), body: len(wire)}, nil
}

// appendField begins an event of that many bytes as a field of a response.
func appendField(wire []byte, size int) []byte {
	wire = protowire.AppendTag(wire, eventsField, protowire.BytesType)
	return protowire.AppendVarint(wire, uint64(size))
}

// Message decodes the event again; the caller owns the result.
func (e *Event) Message() *v1.Event {
	m := new(v1.Event)
	if err := proto.Unmarshal(e.Bytes(), m); err != nil {
		panic("realtime: decode what was encoded here: " + err.Error())
	}
	return m
}

// Payload is the number of the event's payload in the contract; 0 where it has none.
func (e *Event) Payload() protowire.Number {
	number, _, n := protowire.ConsumeTag(e.Bytes())
	if n < 0 {
		return 0
	}
	return number
}

var presencePayload = (&v1.Event{}).ProtoReflect().Descriptor().Fields().ByName("presence").Number()

// isNews reports whether the event of an opening says something that the client lacks, as who is online need not.
func (e *Event) isNews() bool { return e.Payload() != presencePayload }

// size is what the event takes in a response of the binary form.
func (e *Event) size() int { return len(e.wire) }

// asJSON is the event as an element of `events`. It is made by the first stream that sends it, and aside, since streams
// hold on to the stack that it takes.
func (e *Event) asJSON() []byte {
	e.once.Do(func() { offstack.Do(e.makeJSON) })
	return e.json
}

func (e *Event) makeJSON() {
	var m proto.Message
	if e.message == nil {
		m = e.Message()
	} else if m = e.message.ProtoReflect().New().Interface(); proto.Unmarshal(e.Bytes(), m) != nil {
		panic("realtime: decode what was encoded here")
	}
	b, err := protojson.Marshal(m)
	if err != nil {
		panic("realtime: write what was decoded as JSON: " + err.Error())
	}
	e.json = b
}

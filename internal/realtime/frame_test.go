package realtime_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// The bytes of an Event are sent as a ChatEvent and a GameEvent too.
func TestNarrowEventsHaveTheNumbersNamesAndTypesOfEvent(t *testing.T) {
	all := (&v1.Event{}).ProtoReflect().Descriptor().Fields()
	for _, narrow := range []proto.Message{&v1.ChatEvent{}, &v1.GameEvent{}} {
		fields := narrow.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			f := fields.Get(i)
			same := all.ByNumber(f.Number())
			if same == nil || same.Name() != f.Name() || same.Message() != f.Message() {
				t.Errorf("%s is not in Event with the number %d", f.FullName(), f.Number())
			}
		}
	}
}

func TestEveryStreamHasItsEventsInTheSameField(t *testing.T) {
	for _, m := range []proto.Message{&v1.SubscribeResponse{}, &v1.PollResponse{}, &v1.WatchRoomResponse{}, &v1.WatchGamesResponse{}} {
		f := m.ProtoReflect().Descriptor().Fields().ByName("events")
		if f == nil || f.Number() != 1 || f.Cardinality() != protoreflect.Repeated {
			t.Errorf("%T has no `repeated events = 1`", m)
		}
	}
}

func TestAFrameIsWrittenAsTheResponseItStandsFor(t *testing.T) {
	want := &v1.SubscribeResponse{Events: []*v1.Event{
		{Payload: &v1.Event_Message{Message: &v1.Message{Id: "1", Content: "안녕 \"<>&\"\n", Seq: 1 << 40, CreatedAt: timestamppb.Now()}}},
		{Payload: &v1.Event_Hello{Hello: &v1.Hello{}}},
		{},
	}}
	for n := range len(want.Events) + 1 {
		part := &v1.SubscribeResponse{Events: want.Events[:n]}
		frame := &realtime.Frame{}
		for _, e := range part.Events {
			frame.Events = append(frame.Events, realtime.NewEvent(e))
		}
		for name, unmarshal := range map[string]func([]byte, proto.Message) error{"proto": proto.Unmarshal, "json": protojson.Unmarshal} {
			got := new(v1.SubscribeResponse)
			if err := unmarshal(marshal(t, name, frame), got); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !proto.Equal(got, part) {
				t.Errorf("%s: got %v, want %v", name, got, part)
			}
		}
		if !json.Valid(marshal(t, "json", frame)) {
			t.Error("not JSON")
		}
	}
}

func TestAnEventCrossesABus(t *testing.T) {
	m := &v1.Event{Payload: &v1.Event_Message{Message: &v1.Message{Id: "1"}}}
	e, err := realtime.ParseEvent(realtime.NewEvent(m).Bytes())
	if err != nil || !proto.Equal(e.Message(), m) {
		t.Errorf("got %v, %v", e, err)
	}
	if _, err := realtime.ParseEvent([]byte{0xff}); err == nil {
		t.Error("bytes that are no event were taken")
	}
}

// The codecs take part in Connect's own suite only by what it does with them; here is what it relies on.
func TestCodecsOfOrdinaryMessages(t *testing.T) {
	m := &v1.PollRequest{WaitMs: 7, Rooms: []*v1.RoomCursor{{RoomId: "a", Seq: 3}}}
	for _, name := range []string{"proto", "json", "json; charset=utf-8"} {
		c := codec(t, name)
		b, err := c.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		got := new(v1.PollRequest)
		if err := c.Unmarshal(b, got); err != nil || !proto.Equal(got, m) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		for range 20 {
			stable, err := c.(interface{ MarshalStable(any) ([]byte, error) }).MarshalStable(m)
			again, _ := c.(interface{ MarshalStable(any) ([]byte, error) }).MarshalStable(m)
			if err != nil || !bytes.Equal(stable, again) {
				t.Fatalf("%s: %q then %q, %v", name, stable, again, err)
			}
		}
		if _, err := c.Marshal(3); err == nil {
			t.Errorf("%s: a number was taken for a message", name)
		}
	}
	if err := codec(t, "json").Unmarshal([]byte(`{"waitMs":7,"new":1}`), new(v1.PollRequest)); err != nil {
		t.Errorf("a field of a newer client: %v", err)
	}
	if err := codec(t, "json").Unmarshal(nil, new(v1.PollRequest)); err == nil {
		t.Error("nothing was taken for JSON")
	}
}

func marshal(t *testing.T, name string, message any) []byte {
	t.Helper()
	b, err := codec(t, name).Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func codec(t *testing.T, name string) connect.Codec {
	t.Helper()
	for _, c := range realtime.AllCodecs() {
		if c.Name() == name {
			return c
		}
	}
	t.Fatalf("no codec %q", name)
	return nil
}

package redisbus

import (
	"bytes"
	"strings"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

func message1() *realtime.Event {
	return realtime.NewEvent(&v1.Event{Payload: &v1.Event_Message{Message: &v1.Message{Seq: 7, Content: "안녕"}}})
}

func TestHintsArriveAsTheyWereSent(t *testing.T) {
	for name, h := range map[string]realtime.Hint{
		"numbered":    {Topic: "room/1", Seq: 7, Event: message1()},
		"versioned":   {Topic: "games", Key: "g1", Version: 1 << 40, Event: message1()},
		"signal":      {Topic: "user/1"},
		"key":         {Topic: "access", Key: "누구/1"},
		"empty event": {Topic: "board", Event: realtime.NewEvent(&v1.Event{})},
	} {
		t.Run(name, func(t *testing.T) {
			from, got, err := decode(h.Topic, string(encode("me", h)))
			if err != nil || from != "me" {
				t.Fatal(from, err)
			}
			if (got.Event == nil) != (h.Event == nil) || h.Event != nil && !bytes.Equal(got.Event.Bytes(), h.Event.Bytes()) {
				t.Errorf("the event is another one")
			}
			got.Event, h.Event = nil, nil
			if got != h {
				t.Errorf("got %+v, want %+v", got, h)
			}
		})
	}
}

func TestWhatIsNoHintIsRefused(t *testing.T) {
	whole := string(encode("me", realtime.Hint{Topic: "room/1", Seq: 7, Key: "key", Event: message1()}))
	for _, payload := range []string{"", "\x02" + whole[1:], whole[:3], strings.Repeat("\xff", 40), whole[:len(whole)-3]} {
		if from, h, err := decode("room/1", payload); err == nil {
			t.Errorf("%q is %+v from %q", payload, h, from)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(string(encode("me", realtime.Hint{Seq: 7, Event: message1()})))
	f.Add(string(encode("", realtime.Hint{Key: "k", Version: 3})))
	f.Add(string(encode("\u202e", realtime.Hint{Key: "👨\u200d👩 50%", Version: -1})))
	f.Fuzz(func(t *testing.T, payload string) {
		from, h, err := decode("t", payload)
		if err != nil {
			return
		}
		again, same, err := decode("t", string(encode(from, h)))
		if err != nil || again != from || same.Seq != h.Seq || same.Version != h.Version || same.Key != h.Key ||
			(same.Event == nil) != (h.Event == nil) || h.Event != nil && !bytes.Equal(same.Event.Bytes(), h.Event.Bytes()) {
			t.Errorf("%q, %+v became %q, %+v, %v", from, h, again, same, err)
		}
	})
}

package dongbaejul

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func messageEvent(room string, seq int64) *v1.Event {
	return &v1.Event{Payload: &v1.Event_Message{Message: &v1.Message{RoomId: room, Seq: seq}}}
}

func helloEvent(heads ...*v1.RoomCursor) *v1.Event {
	return &v1.Event{Payload: &v1.Event_Hello{Hello: &v1.Hello{Heads: &v1.Heads{Rooms: heads, NotificationSeq: 9}}}}
}

// A server that sends too much, too little, and in the wrong order, over streams that end anywhere: what is let through is
// the log from the cursor on, once and in order, and a stream that leaves something out is ended.
func TestOnlyTheNextEntryIsNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int64Range(0, 5).Draw(t, "from")
		track := newTrack(Cursors{Rooms: map[string]int64{"r": from}})
		last := from
		for range rapid.IntRange(1, 5).Draw(t, "streams") {
			at, _ := track.begin()
			if got := at.Rooms["r"]; got != last {
				t.Fatalf("the next stream begins at %d after %d", got, last)
			}
			for _, seq := range rapid.SliceOf(rapid.Int64Range(1, 12)).Draw(t, "seqs") {
				isNew, err := track.take(messageEvent("r", seq))
				switch {
				case seq <= last && (isNew || err != nil):
					t.Fatalf("%d after %d: new %t, %v", seq, last, isNew, err)
				case seq == last+1 && (!isNew || err != nil):
					t.Fatalf("%d after %d: new %t, %v", seq, last, isNew, err)
				case seq > last+1 && (isNew || !errors.Is(err, errGap)):
					t.Fatalf("%d after %d: new %t, %v", seq, last, isNew, err)
				}
				if err != nil {
					break
				}
				last = max(last, seq)
			}
		}
	})
}

// Whatever comes of a game, the versions that are let through go up, and a change comes right after the version it changes.
func TestOnlyNewerVersionsAreNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shown := make(games)
		last := int32(0)
		for range rapid.IntRange(0, 30).Draw(t, "events") {
			version := rapid.Int32Range(1, 12).Draw(t, "version")
			if rapid.Bool().Draw(t, "whole") {
				isNew, _ := shown.take(&v1.Event{Payload: &v1.Event_GameSnapshot{GameSnapshot: &v1.GameSnapshot{
					Game: &v1.Game{Id: "g", Version: version},
				}}})
				if isNew != (version > last) {
					t.Fatalf("version %d whole after %d: new %t", version, last, isNew)
				}
				last = max(last, version)
				continue
			}
			isNew, err := shown.take(&v1.Event{Payload: &v1.Event_ScoreUpdated{ScoreUpdated: &v1.ScoreUpdated{GameId: "g", Version: version}}})
			if isNew != (version == last+1) || errors.Is(err, errGap) != (version > last+1) {
				t.Fatalf("a change to %d after %d: new %t, %v", version, last, isNew, err)
			}
			if isNew {
				last = version
			}
		}
	})
}

func TestWhereLogsAreTakenUp(t *testing.T) {
	room := func(id string, seq int64) *v1.RoomCursor { return &v1.RoomCursor{RoomId: id, Seq: seq} }
	joinedRoom := &v1.Event{Payload: &v1.Event_RoomJoined{RoomJoined: &v1.RoomJoined{Room: &v1.Room{Id: "new", LastSeq: 8}}}}
	leftRoom := &v1.Event{Payload: &v1.Event_RoomLeft{RoomLeft: &v1.RoomLeft{RoomId: "r"}}}
	for _, test := range []struct {
		name       string
		cursors    Cursors
		events     []*v1.Event
		want       map[string]int64
		unfollowed []string
	}{
		{"from now", Cursors{}, []*v1.Event{helloEvent(room("r", 3))}, map[string]int64{"r": 3}, nil},
		{"from a cursor", Cursors{Rooms: map[string]int64{"r": 1}}, []*v1.Event{helloEvent(room("r", 3))}, map[string]int64{"r": 1}, nil},
		{"a room that was entered meanwhile", Cursors{Rooms: map[string]int64{"r": 1}},
			[]*v1.Event{helloEvent(room("r", 3), room("new", 7))}, map[string]int64{"r": 1}, []string{"new"}},
		{"a room that is entered", Cursors{}, []*v1.Event{helloEvent(room("r", 3)), joinedRoom},
			map[string]int64{"r": 3, "new": joined}, nil},
		{"a room that was entered and says nothing", Cursors{}, []*v1.Event{helloEvent(), joinedRoom, helloEvent(room("new", 8))},
			map[string]int64{"new": joined}, []string{"new"}},
		{"a room that says something", Cursors{}, []*v1.Event{helloEvent(), joinedRoom, messageEvent("new", 6)},
			map[string]int64{"new": 6}, nil},
		{"a room that is left", Cursors{}, []*v1.Event{helloEvent(room("r", 3)), leftRoom, helloEvent()}, map[string]int64{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			track := newTrack(test.cursors)
			track.wide = true
			for _, e := range test.events {
				if e.GetHello() != nil {
					track.begin()
				}
				if _, err := track.take(e); err != nil {
					t.Fatal(err)
				}
			}
			for id, seq := range test.want {
				if got, known := track.cursors.Rooms[id]; !known || got != seq {
					t.Errorf("room %s is at %d, want %d", id, got, seq)
				}
			}
			if len(track.cursors.Rooms) != len(test.want) {
				t.Errorf("cursors of %v, want %v", track.cursors.Rooms, test.want)
			}
			var unfollowed []string
			for id := range track.unfollowed() {
				unfollowed = append(unfollowed, id)
			}
			if !slices.Equal(unfollowed, test.unfollowed) {
				t.Errorf("unfollowed are %v, want %v", unfollowed, test.unfollowed)
			}
			if n := track.cursors.Notifications; n == nil || *n != 9 {
				t.Errorf("notifications are at %v", n)
			}
		})
	}
}

// A game that goes on is asked for when a new stream does not begin with it, once.
func TestGamesThatAreMissed(t *testing.T) {
	shown := make(games)
	snapshot := func(id string, status v1.GameStatus) {
		shown.whole(&v1.Game{Id: id, Version: 1, Status: status})
	}
	snapshot("going on", v1.GameStatus_GAME_STATUS_ONGOING)
	snapshot("ending", v1.GameStatus_GAME_STATUS_ONGOING)
	snapshot("over", v1.GameStatus_GAME_STATUS_COMPLETED)
	shown.begin(false)
	snapshot("going on", v1.GameStatus_GAME_STATUS_ONGOING)
	if got := shown.missed(); !slices.Equal(got, []string{"ending"}) {
		t.Errorf("missed are %v", got)
	}
	if _, kept := shown["over"]; kept {
		t.Error("a game that is over is kept")
	}
	shown.leave("ending")
	shown.begin(false)
	snapshot("going on", v1.GameStatus_GAME_STATUS_ONGOING)
	if got := shown.missed(); len(got) > 0 || len(shown) != 1 {
		t.Errorf("missed are %v of %v", got, shown)
	}
	// A stream that is told of those that go on says what has become of them.
	snapshot("ending soon", v1.GameStatus_GAME_STATUS_SCHEDULED)
	named := make(map[string]int32)
	for _, c := range shown.begin(true) {
		named[c.GetGameId()] = c.GetVersion()
	}
	if want := map[string]int32{"going on": 1, "ending soon": 1}; !maps.Equal(named, want) {
		t.Errorf("it is told of %v, want %v", named, want)
	}
	if got := shown.missed(); len(got) > 0 {
		t.Errorf("missed are %v", got)
	}
}

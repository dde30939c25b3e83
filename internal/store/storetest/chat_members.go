package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

var chatMemberCases = []testCase{
	{"GlobalRooms gives the global ones", func(t *testing.T, s store.Store) {
		none, err := s.GlobalRooms(t.Context())
		must(t, err)
		equal(t, "the rooms of an empty store", none, nil)
		createRoom(t, s, "g1", chat.Global, "a")
		createRoom(t, s, "group", chat.Group, "a")
		createRoom(t, s, "g2", chat.Global, "b")
		rooms, err := s.GlobalRooms(t.Context())
		must(t, err)
		slices.Sort(rooms)
		equal(t, "the rooms", rooms, []string{"g1", "g2"})
	}},
	{"Enrol puts a user into the global rooms", func(t *testing.T, s store.Store) {
		createRoom(t, s, "g1", chat.Global, "a")
		createRoom(t, s, "g2", chat.Global, "b")
		createRoom(t, s, "group", chat.Group, "b")
		send(t, s, text("g2", "b", "1"))
		before := time.Now()
		ids, err := s.Enrol(t.Context(), "a")
		must(t, err)
		equal(t, "the new rooms", ids, []string{"g2"})
		m := member(t, s, "g2", "a")
		if m.JoinedAt.Before(kept(before)) || m.JoinedAt.After(time.Now()) {
			t.Errorf("joined at %v, not now", m.JoinedAt)
		}
		m.JoinedAt = time.Time{}
		equal(t, "the member", m, chat.Member{RoomID: "g2", UserID: "a", JoinedSeq: 1, ReadSeq: 1})
		equal(t, "the head", head(t, s, "g2"), 1)
		ids, err = s.Enrol(t.Context(), "a")
		must(t, err)
		equal(t, "the new rooms of the second time", ids, nil)
		equal(t, "who was in a room already", member(t, s, "g1", "a").JoinedAt, kept(noon))
	}},
	{"Enrol brings back who has left", func(t *testing.T, s store.Store) {
		createRoom(t, s, "g", chat.Global, "a", "b")
		_, err := s.Leave(t.Context(), leaving("g", "a", noon))
		must(t, err)
		send(t, s, text("g", "b", "1"))
		ids, err := s.Enrol(t.Context(), "a")
		must(t, err)
		equal(t, "the new rooms", ids, []string{"g"})
		equal(t, "the read position", member(t, s, "g", "a").ReadSeq, 2)
	}},

	{"Join adds members and their entries", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "z")
		send(t, s, text("r", "z", "1"))
		at := noon.Add(time.Hour)
		es := []chat.Entry{joining("r", "b", at), joining("r", "z", at), joining("r", "a", at)}
		got, err := s.Join(t.Context(), "r", es)
		must(t, err)
		want := []chat.Entry{keptEntry(es[0], 2), keptEntry(es[2], 3)}
		equal(t, "what it gives", got, want)
		log, _, err := s.Log(t.Context(), "r", 1, 10)
		must(t, err)
		equal(t, "the log", log, want)
		all, err := s.Members(t.Context(), "r")
		must(t, err)
		equal(t, "the members by when they came", all, []chat.Member{
			{RoomID: "r", UserID: "z", JoinedAt: kept(noon)},
			{RoomID: "r", UserID: "a", JoinedAt: kept(at), JoinedSeq: 2, ReadSeq: 2},
			{RoomID: "r", UserID: "b", JoinedAt: kept(at), JoinedSeq: 1, ReadSeq: 1},
		})
		got, err = s.Join(t.Context(), "r", es)
		must(t, err)
		equal(t, "the second time", got, nil)
		equal(t, "the head", head(t, s, "r"), 3)
	}},
	{"Join changes nothing where one entry cannot be", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group)
		twice := joining("r", "b", noon)
		twice.ID = joining("r", "a", noon).ID
		_, err := s.Join(t.Context(), "r", []chat.Entry{joining("r", "a", noon), twice})
		wantKind(t, err, fault.Exists)
		equal(t, "the members", members(t, s, "r"), nil)
		equal(t, "the head", head(t, s, "r"), 0)
		_, err = s.Join(t.Context(), "unknown", []chat.Entry{joining("unknown", "a", noon)})
		wantKind(t, err, fault.NotFound)
		_, err = s.Member(t.Context(), "unknown", "a")
		wantKind(t, err, fault.NotFound)
	}},
	{"Who leaves and comes back keeps the read position", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a", "b")
		left := func() bool {
			t.Helper()
			left, err := s.HasLeft(t.Context(), "r", "a")
			must(t, err)
			return left
		}
		send(t, s, text("r", "b", "1"))
		_, _, err := s.MarkRead(t.Context(), "r", "a", 1)
		must(t, err)
		equal(t, "has left before", left(), false)

		e := leaving("r", "a", noon)
		got, err := s.Leave(t.Context(), e)
		must(t, err)
		equal(t, "what Leave gives", got, keptEntry(e, 2))
		equal(t, "has left", left(), true)
		equal(t, "the members", members(t, s, "r"), []string{"b"})
		rooms, err := s.Rooms(t.Context(), "a")
		must(t, err)
		equal(t, "the rooms", rooms, nil)
		_, err = s.Member(t.Context(), "r", "a")
		wantKind(t, err, fault.NotFound)
		_, _, err = s.MarkRead(t.Context(), "r", "a", 2)
		wantKind(t, err, fault.NotFound)
		_, err = s.Leave(t.Context(), leaving("r", "a", noon.Add(time.Hour)))
		wantKind(t, err, fault.NotFound)
		equal(t, "the head", head(t, s, "r"), 2)

		send(t, s, text("r", "b", "2"))
		back := noon.Add(time.Hour)
		_, err = s.Join(t.Context(), "r", []chat.Entry{joining("r", "a", back)})
		must(t, err)
		equal(t, "the member", member(t, s, "r", "a"),
			chat.Member{RoomID: "r", UserID: "a", JoinedAt: kept(back), JoinedSeq: 3, ReadSeq: 1})
		equal(t, "has left after", left(), false)
		n, err := s.Unread(t.Context(), "r", "a")
		must(t, err)
		equal(t, "what came meanwhile is unread", n, 1)
		never, err := s.HasLeft(t.Context(), "r", "stranger")
		must(t, err)
		equal(t, "who never was there has left", never, false)
	}},

	{"MarkRead moves forward, to the last entry at most", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a", "b")
		for i := range 5 {
			send(t, s, text("r", "b", fmt.Sprint(i)))
		}
		for _, c := range []struct {
			seq, want int64
			moved     bool
		}{{0, 0, false}, {2, 2, true}, {2, 2, false}, {1, 2, false}, {-1, 2, false}, {9, 5, true}, {9, 5, false}} {
			got, moved, err := s.MarkRead(t.Context(), "r", "a", c.seq)
			must(t, err)
			equal(t, fmt.Sprint("the position after ", c.seq), got, c.want)
			equal(t, fmt.Sprint("moved by ", c.seq), moved, c.moved)
			equal(t, "what is stored", member(t, s, "r", "a").ReadSeq, c.want)
		}
		equal(t, "the other's", member(t, s, "r", "b").ReadSeq, 0)
	}},
}

package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// departed is how somebody is out of a room, as Join and AllMembers tell it.
func departed(t testing.TB, s store.Store, roomID, userID string) (was chat.Departure) {
	t.Helper()
	byID := func(a, b chat.Member) int { return strings.Compare(a.UserID, b.UserID) }
	listed, err := s.AllMembers(t.Context(), roomID)
	must(t, err)
	slices.SortFunc(listed, byID)
	added, err := s.Join(t.Context(), roomID, nil, func(all []chat.Member) error {
		equal(t, "all members", listed, slices.SortedFunc(slices.Values(all), byID))
		for _, m := range all {
			if m.UserID == userID {
				was = m.Departure
			}
		}
		return nil
	})
	must(t, err)
	equal(t, "nobody was added", added, nil)
	return was
}

var chatMemberCases = []testCase{
	{"AllMembers returns nobody where there is no room", func(t *testing.T, s store.Store) {
		createRoom(t, s, "other", chat.Group, "a")
		all, err := s.AllMembers(t.Context(), "unknown")
		must(t, err)
		equal(t, "all members", all, nil)
	}},
	{"Heads names the global rooms that a user is not in", func(t *testing.T, s store.Store) {
		_, none, err := s.Heads(t.Context(), "z")
		must(t, err)
		equal(t, "the rooms of an empty store", none, nil)
		createRoom(t, s, "g1", chat.Global, "a")
		createRoom(t, s, "group", chat.Group, "a")
		createRoom(t, s, "g2", chat.Global, "b")
		for user, want := range map[string][]string{"z": {"g1", "g2"}, "a": {"g2"}, "b": {"g1"}} {
			_, rooms, err := s.Heads(t.Context(), user)
			must(t, err)
			slices.Sort(rooms)
			equal(t, "the rooms that "+user+" is not in", rooms, want)
		}
		_, err = s.Leave(t.Context(), leaving("g1", "a", noon))
		must(t, err)
		_, rooms, err := s.Heads(t.Context(), "a")
		must(t, err)
		slices.Sort(rooms)
		equal(t, "the rooms once one is left", rooms, []string{"g1", "g2"})
	}},
	{"EnsureGlobalMembership puts a user into the global rooms", func(t *testing.T, s store.Store) {
		createRoom(t, s, "g1", chat.Global, "a")
		createRoom(t, s, "g2", chat.Global, "b")
		createRoom(t, s, "group", chat.Group, "b")
		send(t, s, text("g2", "b", "1"))
		before := time.Now()
		ids, err := s.EnsureGlobalMembership(t.Context(), "a")
		must(t, err)
		equal(t, "the new rooms", ids, []string{"g2"})
		m := member(t, s, "g2", "a")
		if m.JoinedAt.Before(kept(before)) || m.JoinedAt.After(time.Now()) {
			t.Errorf("joined at %v, not now", m.JoinedAt)
		}
		m.JoinedAt = time.Time{}
		equal(t, "the member", m, chat.Member{RoomID: "g2", UserID: "a", JoinedSeq: 1, ReadSeq: 1})
		equal(t, "the head", head(t, s, "g2"), 1)
		ids, err = s.EnsureGlobalMembership(t.Context(), "a")
		must(t, err)
		equal(t, "the new rooms of the second time", ids, nil)
		equal(t, "who was in a room already", member(t, s, "g1", "a").JoinedAt, kept(noon))
	}},
	{"EnsureGlobalMembership brings back who has left", func(t *testing.T, s store.Store) {
		createRoom(t, s, "g", chat.Global, "a", "b")
		_, err := s.Leave(t.Context(), leaving("g", "a", noon))
		must(t, err)
		send(t, s, text("g", "b", "1"))
		ids, err := s.EnsureGlobalMembership(t.Context(), "a")
		must(t, err)
		equal(t, "the new rooms", ids, []string{"g"})
		equal(t, "the read position", member(t, s, "g", "a").ReadSeq, 2)
	}},

	{"Join adds members and their entries", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "z")
		send(t, s, text("r", "z", "1"))
		at := noon.Add(time.Hour)
		es := []chat.Entry{joining("r", "b", at), joining("r", "z", at), joining("r", "a", at)}
		got, err := s.Join(t.Context(), "r", es, nil)
		must(t, err)
		want := []chat.Entry{keptEntry(es[0], 2), keptEntry(es[2], 3)}
		equal(t, "what it returns", got, want)
		log, _, err := s.Log(t.Context(), "r", 1, 10)
		must(t, err)
		equal(t, "the log", log, want)
		all, err := s.Members(t.Context(), "r")
		must(t, err)
		equal(t, "the members by when they came", all, []chat.Member{
			{RoomID: "r", UserID: "z", JoinedAt: kept(noon)},
			{RoomID: "r", UserID: "a", JoinedAt: kept(at), JoinedSeq: 2, SeesAfter: 2, ReadSeq: 2},
			{RoomID: "r", UserID: "b", JoinedAt: kept(at), JoinedSeq: 1, SeesAfter: 1, ReadSeq: 1},
		})
		got, err = s.Join(t.Context(), "r", es, nil)
		must(t, err)
		equal(t, "the second time", got, nil)
		equal(t, "the head", head(t, s, "r"), 3)
	}},
	{"Join changes nothing where one entry cannot be", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group)
		twice := joining("r", "b", noon)
		twice.ID = joining("r", "a", noon).ID
		_, err := s.Join(t.Context(), "r", []chat.Entry{joining("r", "a", noon), twice}, nil)
		wantKind(t, err, fault.Exists)
		equal(t, "the members", members(t, s, "r"), nil)
		equal(t, "the head", head(t, s, "r"), 0)
		_, err = s.Join(t.Context(), "unknown", []chat.Entry{joining("unknown", "a", noon)}, nil)
		wantKind(t, err, fault.NotFound)
		_, err = s.Member(t.Context(), "unknown", "a")
		wantKind(t, err, fault.NotFound)
	}},
	{"Who leaves and comes back reads what is said from then on", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a", "b")
		left := func() bool { return departed(t, s, "r", "a") == chat.Left }
		send(t, s, text("r", "b", "1"))
		_, _, err := s.MarkRead(t.Context(), "r", "a", 1)
		must(t, err)
		equal(t, "has left before", left(), false)

		e := leaving("r", "a", noon)
		got, err := s.Leave(t.Context(), e)
		must(t, err)
		equal(t, "what Leave returns", got, keptEntry(e, 2))
		equal(t, "has left", left(), true)
		equal(t, "the members", members(t, s, "r"), []string{"b"})
		rooms, _, err := s.Rooms(t.Context(), "a", "", 10)
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
		_, err = s.Join(t.Context(), "r", []chat.Entry{joining("r", "a", back)}, nil)
		must(t, err)
		equal(t, "the member", member(t, s, "r", "a"),
			chat.Member{RoomID: "r", UserID: "a", JoinedAt: kept(back), JoinedSeq: 3, SeesAfter: 3, ReadSeq: 3})
		equal(t, "has left after", left(), false)
		n, err := s.Unread(t.Context(), "r", "a")
		must(t, err)
		equal(t, "what came meanwhile is not unread", n, chat.Unread{})
		equal(t, "who never was there has left", departed(t, s, "r", "stranger"), "")
	}},

	{"Join asks who may come in, with all who are or were in the room", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a", "b", "c")
		createRoom(t, s, "other", chat.Group, "x")
		_, err := s.Leave(t.Context(), leaving("r", "b", noon))
		must(t, err)
		removed := leaving("r", "c", noon)
		removed.Actor = "a"
		_, err = s.Leave(t.Context(), removed)
		must(t, err)
		seen := map[string]chat.Departure{}
		es := []chat.Entry{joining("r", "d", noon), joining("r", "e", noon)}
		_, err = s.Join(t.Context(), "r", es, func(all []chat.Member) error {
			clear(seen)
			for _, m := range all {
				seen[m.UserID] = m.Departure
			}
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Fatalf("the error is %v", err)
		}
		equal(t, "who was shown", seen, map[string]chat.Departure{"a": "", "b": chat.Left, "c": chat.Removed})
		equal(t, "the members", members(t, s, "r"), []string{"a"})
		equal(t, "the head", head(t, s, "r"), 2)
		added, err := s.Join(t.Context(), "r", append(es, joining("r", "c", noon)), func([]chat.Member) error { return nil })
		must(t, err)
		equal(t, "how many came in", len(added), 3)
		equal(t, "who was removed is back", departed(t, s, "r", "c"), "")
		_, err = s.Join(t.Context(), "unknown", es, func([]chat.Member) error { return errRefused })
		wantKind(t, err, fault.NotFound)
	}},
	{"SomeMembers returns no more than asked for", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a", "b", "c")
		_, err := s.Leave(t.Context(), leaving("r", "b", noon))
		must(t, err)
		for limit, want := range map[int]int{1: 1, 2: 2, 3: 2} {
			some, err := s.SomeMembers(t.Context(), "r", limit)
			must(t, err)
			equal(t, fmt.Sprint("how many of ", limit), len(some), want)
			for _, id := range some {
				equal(t, "a member", member(t, s, "r", id).UserID, id)
			}
		}
		none, err := s.SomeMembers(t.Context(), "unknown", 3)
		must(t, err)
		equal(t, "those of no room", none, nil)
	}},
	{"Who comes in sees nothing of what was before", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group, "a")
		for i := range 40 {
			send(t, s, text("r", "a", fmt.Sprint(i)))
		}
		_, err := s.Join(t.Context(), "r", []chat.Entry{joining("r", "b", noon)}, nil)
		must(t, err)
		room, err := s.Summary(t.Context(), "r", "b")
		must(t, err)
		equal(t, "what is last", room.Last, nil)
		equal(t, "what is unread", room.Unread, chat.Unread{})
		above := member(t, s, "r", "b").SeesAfter
		equal(t, "what they do not see", above, 40)
		after := []int64{send(t, s, text("r", "a", "x")).Seq, send(t, s, text("r", "a", "y")).Seq, send(t, s, text("r", "a", "z")).Seq}
		for _, c := range []struct {
			r    chat.Range
			want []int64
			more bool
		}{
			{chat.Range{Above: above, Limit: 10}, []int64{after[2], after[1], after[0]}, false},
			{chat.Range{Above: above, Limit: 2}, []int64{after[2], after[1]}, true},
			{chat.Range{Above: above, Limit: 2, Before: after[2]}, []int64{after[1], after[0]}, false},
			{chat.Range{Above: above, Limit: 2, Before: 20}, nil, false},
			{chat.Range{Above: above, Limit: 2, After: 20}, after[:2], true},
			{chat.Range{Above: above, Limit: 2, After: after[1]}, after[2:], false},
		} {
			page, more, err := s.Messages(t.Context(), "r", c.r)
			must(t, err)
			equal(t, fmt.Sprintf("the page of %+v", c.r), seqs(page), c.want)
			equal(t, fmt.Sprintf("more of %+v", c.r), more, c.more)
		}
		room, err = s.Summary(t.Context(), "r", "b")
		must(t, err)
		equal(t, "what is last then", room.Last.Seq, after[2])
		equal(t, "what is unread then", room.Unread, chat.Unread{Count: 3})
	}},
	{"ClaimRequest keeps the first", func(t *testing.T, s store.Store) {
		_, err := s.Request(t.Context(), "1")
		wantKind(t, err, fault.NotFound)
		for _, c := range [][3]string{{"1", "first", "first"}, {"1", "second", "first"}, {"2", "second", "second"}, {"1", "first", "first"}} {
			kept, err := s.ClaimRequest(t.Context(), c[0], c[1], time.Now())
			must(t, err)
			equal(t, "what is kept", kept, c[2])
			kept, err = s.Request(t.Context(), c[0])
			must(t, err)
			equal(t, "what is read", kept, c[2])
		}
		together(t, 8, func(i int) error {
			kept, err := s.ClaimRequest(t.Context(), fmt.Sprint("r", i/2), "same", time.Now())
			if err == nil && kept != "same" {
				err = fmt.Errorf("%q is kept", kept)
			}
			return err
		})
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

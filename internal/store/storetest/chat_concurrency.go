package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// follow reads a log as a stream does, until it has come to the entry last. It fails on the first hole, and where a head
// that was seen cannot be read up to.
func follow(t *testing.T, s store.Store, roomID string, last int64) error {
	for seq := int64(0); seq < last; {
		seen, err := s.Head(t.Context(), roomID)
		if err != nil {
			return err
		}
		log, _, err := s.Log(t.Context(), roomID, seq, 7)
		if err != nil {
			return err
		}
		for _, e := range log {
			if e.Seq != seq+1 {
				return fmt.Errorf("room %s: %d comes after %d", roomID, e.Seq, seq)
			}
			seq = e.Seq
		}
		if len(log) < 7 && seq < seen {
			return fmt.Errorf("room %s: the head was %d, and the log ends at %d", roomID, seen, seq)
		}
	}
	return nil
}

// complete fails unless the room's log is 1, 2, 3 … up to last.
func complete(t *testing.T, s store.Store, roomID string, last int64) []chat.Entry {
	t.Helper()
	log, _, err := s.Log(t.Context(), roomID, 0, int(last)+10)
	must(t, err)
	equal(t, "how many entries", int64(len(log)), last)
	for i, e := range log {
		equal(t, "the number of an entry", e.Seq, int64(i)+1)
	}
	equal(t, "the head", head(t, s, roomID), last)
	return log
}

var chatConcurrencyCases = []testCase{
	{"Writers leave no gap and readers see none", func(t *testing.T, s store.Store) {
		const writers, each = 8, 16
		rooms := []string{"r", "q"}
		for _, id := range rooms {
			createRoom(t, s, id, chat.Group)
		}
		together(t, writers+len(rooms), func(i int) error {
			if i >= writers {
				return follow(t, s, rooms[i%len(rooms)], writers*each)
			}
			for n := range each {
				for _, id := range rooms {
					if _, added, err := s.Append(t.Context(), text(id, fmt.Sprint("writer ", i), fmt.Sprint(n))); err != nil || !added {
						return fmt.Errorf("added %t: %w", added, err)
					}
				}
			}
			return nil
		})
		for _, id := range rooms {
			complete(t, s, id, writers*each)
		}
	}},
	{"A temp_id sent many times at once is stored once", func(t *testing.T, s store.Store) {
		const senders, keys = 8, 15
		createRoom(t, s, "r", chat.Group)
		var (
			added atomic.Int64
			given sync.Map
		)
		together(t, senders, func(i int) error {
			for n := range keys {
				e := text("r", "a", fmt.Sprint(n))
				e.ID = fmt.Sprint(e.ID, " ", i)
				got, isNew, err := s.Append(t.Context(), e)
				if err != nil {
					return err
				}
				if isNew {
					added.Add(1)
				}
				if first, loaded := given.LoadOrStore(e.TempID, got.ID); loaded && first != got.ID {
					return fmt.Errorf("the temp_id %s has two messages: %s and %s", e.TempID, first, got.ID)
				}
			}
			return nil
		})
		equal(t, "how many were added", added.Load(), keys)
		complete(t, s, "r", keys)
	}},
	{"Amend loses no change", func(t *testing.T, s store.Store) {
		const editors, each = 8, 10
		createRoom(t, s, "r", chat.Group)
		first := text("r", "a", "1")
		first.Content = ""
		first = send(t, s, first)
		together(t, editors+1, func(i int) error {
			if i == editors {
				return follow(t, s, "r", 1+editors*each)
			}
			for n := range each {
				if _, err := s.Amend(t.Context(), change(first, chat.KindEdited, fmt.Sprint(i, " ", n)), func(m *chat.Entry) error {
					m.Content += "."
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		})
		complete(t, s, "r", 1+editors*each)
		got, err := s.Message(t.Context(), "r", first.ID)
		must(t, err)
		equal(t, "the content", got.Content, strings.Repeat(".", editors*each))
	}},
	{"A change and its entry are seen together", func(t *testing.T, s store.Store) {
		const changes = 20
		createRoom(t, s, "r", chat.Group)
		first := text("r", "a", "1")
		first.Content = ""
		first = send(t, s, first)
		together(t, 3, func(i int) error {
			if i == 0 {
				for n := range changes {
					if _, err := s.Amend(t.Context(), change(first, chat.KindEdited, fmt.Sprint(n)), func(m *chat.Entry) error {
						m.Content += "."
						return nil
					}); err != nil {
						return err
					}
				}
				return nil
			}
			for seen := 0; seen < changes; {
				log, targets, err := s.Log(t.Context(), "r", 0, changes+1)
				if err != nil {
					return err
				}
				if seen = len(log) - 1; len(log[0].Content) != seen {
					return fmt.Errorf("%d changes and %d entries", len(log[0].Content), seen)
				}
				for _, m := range targets[1:] {
					if len(m.Content) != seen {
						return fmt.Errorf("an entry comes with the message after %d of %d changes", len(m.Content), seen)
					}
				}
			}
			return nil
		})
	}},
	{"Somebody brought in many times at once comes in once", func(t *testing.T, s store.Store) {
		createRoom(t, s, "r", chat.Group)
		var came atomic.Int64
		together(t, 8, func(i int) error {
			es := []chat.Entry{joining("r", "a", noon), joining("r", "b", noon)}
			for n := range es {
				es[n].ID = fmt.Sprint(es[n].ID, " ", i)
			}
			got, err := s.Join(t.Context(), "r", es, nil)
			came.Add(int64(len(got)))
			return err
		})
		equal(t, "how many entries were given", came.Load(), 2)
		equal(t, "the members", members(t, s, "r"), []string{"a", "b"})
		complete(t, s, "r", 2)
	}},
	{"A bound on members holds however many come at once", func(t *testing.T, s store.Store) {
		const most = 5
		createRoom(t, s, "r", chat.Group, "a", "b")
		_, err := s.Leave(t.Context(), leaving("r", "b", noon))
		must(t, err)
		together(t, 8, func(i int) error {
			es := []chat.Entry{joining("r", fmt.Sprint("x", i), noon), joining("r", fmt.Sprint("y", i), noon), joining("r", "a", noon)}
			es[2].ID = fmt.Sprint("again ", i)
			_, err := s.Join(t.Context(), "r", es, func(all []chat.Member) error {
				in := 0
				for _, m := range all {
					if m.Departure == "" {
						in++
					}
				}
				if in+2 > most {
					return errRefused
				}
				return nil
			})
			if errors.Is(err, errRefused) {
				return nil
			}
			return err
		})
		equal(t, "how many are in", len(members(t, s, "r")), most)
		complete(t, s, "r", most)
	}},
	{"Members and the log agree while people come and go", func(t *testing.T, s store.Store) {
		const people, times = 6, 5
		createRoom(t, s, "r", chat.Group)
		together(t, people, func(i int) error {
			user := fmt.Sprint("user ", i)
			for n := range times {
				e := joining("r", user, noon)
				e.ID = fmt.Sprint("join ", i, " ", n)
				if got, err := s.Join(t.Context(), "r", []chat.Entry{e}, nil); err != nil || len(got) != 1 {
					return fmt.Errorf("joined as %v: %w", got, err)
				}
				if n == times-1 && i%2 == 0 {
					return nil
				}
				e = leaving("r", user, noon)
				e.ID = fmt.Sprint("leave ", i, " ", n)
				if _, err := s.Leave(t.Context(), e); err != nil {
					return err
				}
			}
			return nil
		})
		in := map[string]bool{}
		for _, e := range complete(t, s, "r", people*times*2-people/2) {
			if in[e.User] == (e.Kind == chat.KindJoined) {
				t.Fatalf("entry %d: %s %s twice", e.Seq, e.User, e.Kind)
			}
			in[e.User] = e.Kind == chat.KindJoined
		}
		equal(t, "the members", members(t, s, "r"), []string{"user 0", "user 2", "user 4"})
	}},
	{"EnsureGlobalMembership many times at once", func(t *testing.T, s store.Store) {
		for _, id := range []string{"g1", "g2", "g3"} {
			createRoom(t, s, id, chat.Global)
		}
		var mu sync.Mutex
		given := map[string]int{}
		together(t, 8, func(int) error {
			ids, err := s.EnsureGlobalMembership(t.Context(), "a")
			mu.Lock()
			defer mu.Unlock()
			for _, id := range ids {
				given[id]++
			}
			return err
		})
		equal(t, "the new rooms of all calls", given, map[string]int{"g1": 1, "g2": 1, "g3": 1})
		for id := range given {
			equal(t, "the members", members(t, s, id), []string{"a"})
		}
	}},
	{"CreateRoom many times at once creates one", func(t *testing.T, s store.Store) {
		var created atomic.Int64
		together(t, 8, func(i int) error {
			r := room("r", chat.Group)
			r.Name = fmt.Sprint(i)
			kept, isNew, err := s.CreateRoom(t.Context(), r, []string{r.Name})
			if isNew {
				created.Add(1)
			}
			if err == nil && isNew != (kept.Name == r.Name) {
				err = fmt.Errorf("created %t, and the room is that of %s", isNew, kept.Name)
			}
			return err
		})
		equal(t, "how many were created", created.Load(), 1)
		got, err := s.Room(t.Context(), "r")
		must(t, err)
		equal(t, "the members", members(t, s, "r"), []string{got.Name})
	}},
	{"Read positions only move forward", func(t *testing.T, s store.Store) {
		const last = 20
		createRoom(t, s, "r", chat.Group, "a")
		for i := range last {
			send(t, s, text("r", "b", fmt.Sprint(i)))
		}
		var movedTo, answered sync.Map
		together(t, 8, func(i int) error {
			before := int64(0)
			for n := range int64(last) {
				seq := (n*7+int64(i)*11)%last + 1
				now, moved, err := s.MarkRead(t.Context(), "r", "a", seq)
				if err != nil {
					return err
				}
				if now < before || now < seq || moved && now != seq {
					return fmt.Errorf("marked up to %d, moved %t, and it went from %d to %d", seq, moved, before, now)
				}
				if answered.Store(now, true); moved {
					if _, twice := movedTo.LoadOrStore(now, true); twice {
						return fmt.Errorf("it moved to %d twice", now)
					}
				}
				before = now
			}
			return nil
		})
		equal(t, "the position", member(t, s, "r", "a").ReadSeq, last)
		answered.Range(func(seq, _ any) bool {
			if _, ok := movedTo.Load(seq); !ok {
				t.Errorf("a call was told %d, where it never was", seq)
			}
			return true
		})
	}},
}

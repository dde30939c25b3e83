package mongodb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// aRoom makes a room with the member a.
func aRoom(s *Store, id string) error {
	_, _, err := s.CreateRoom(context.Background(), chat.Room{ID: id, Type: chat.Group}, []string{"a"})
	return err
}

// aMessage makes a room with the member a and a message of b, which has the room's id.
func aMessage(s *Store, id string) error {
	_, _, err := s.Append(context.Background(), chat.Entry{RoomID: id, ID: id, Actor: "b", TempID: "1"})
	if errors.Is(err, fault.NotFound) {
		if err := aRoom(s, id); err != nil {
			return err
		}
		return aMessage(s, id)
	}
	return err
}

// logOf fails unless the room's log is 1, 2, 3 … up to last.
func logOf(s *Store, roomID string, last int64) error {
	log, _, err := s.Log(context.Background(), roomID, 0, 100)
	if err != nil {
		return err
	}
	for i, e := range log {
		if e.Seq != int64(i)+1 {
			return fmt.Errorf("entry %d of the log has the number %d", i, e.Seq)
		}
	}
	return same("how many entries", int64(len(log)), last)
}

// readers read what follows from the log, each in its own way: a room's state in a few words.
var readers = map[string]func(s *Store, id string) (string, error){
	"Log": func(s *Store, id string) (string, error) {
		log, targets, err := s.Log(context.Background(), id, 0, 100)
		text := fmt.Sprint(len(log), " entries")
		for i, e := range log {
			if e.Kind == chat.KindMessage {
				text += fmt.Sprintf(", content %q", e.Content)
			}
			if targets[i] != nil {
				text += fmt.Sprintf(", told %q", targets[i].Content)
			}
		}
		return text, err
	},
	"Messages": func(s *Store, id string) (string, error) {
		page, _, err := s.Messages(context.Background(), id, chat.Range{Limit: 10})
		text := ""
		for _, m := range page {
			text += fmt.Sprintf("%d %q ", m.Seq, m.Content)
		}
		return text, err
	},
	"Message": func(s *Store, id string) (string, error) {
		m, err := s.Message(context.Background(), id, id)
		return fmt.Sprintf("%q", m.Content), ignore(err, fault.NotFound)
	},
	"Members": func(s *Store, id string) (string, error) {
		members, err := s.Members(context.Background(), id)
		var ids []string
		for _, m := range members {
			ids = append(ids, fmt.Sprint(m.UserID, m.JoinedSeq))
		}
		return fmt.Sprint(ids), err
	},
	"Member": func(s *Store, id string) (text string, err error) {
		for _, user := range []string{"a", "x", "y"} {
			_, e := s.Member(context.Background(), id, user)
			text += fmt.Sprint(user, " is in: ", e == nil, " ")
			err = errors.Join(err, ignore(e, fault.NotFound))
		}
		return text, err
	},
	"Join": func(s *Store, id string) (string, error) {
		left, err := departed(s, id, "a")
		return fmt.Sprint(left), err
	},
	"Heads": func(s *Store, id string) (text string, err error) {
		for _, user := range []string{"a", "y"} {
			heads, _, e := s.Heads(context.Background(), user)
			for _, h := range heads {
				if h.RoomID == id {
					text += fmt.Sprint(user, " ", h.LastSeq, " ", h.JoinedSeq, " ")
				}
			}
			err = errors.Join(err, e)
		}
		return text, err
	},
	"Rooms": func(s *Store, id string) (text string, err error) {
		for _, user := range []string{"a", "y"} {
			rooms, _, e := s.Rooms(context.Background(), user, "", 10_000)
			for _, r := range rooms {
				if r.Room.ID == id {
					text += fmt.Sprint(user, " ", r.Room.LastSeq, " ", r.Unread, " ")
					if r.Last != nil {
						text += r.Last.Content
					}
				}
			}
			err = errors.Join(err, e)
		}
		return text, err
	},
	"Unread": func(s *Store, id string) (string, error) {
		n, err := s.Unread(context.Background(), id, "a")
		return fmt.Sprint(n), ignore(err, fault.NotFound)
	},
}

// departed is how somebody is out of a room.
func departed(s *Store, roomID, userID string) (was chat.Departure, err error) {
	_, err = s.Join(context.Background(), roomID, nil, func(all []chat.Member) error {
		for _, m := range all {
			if m.UserID == userID {
				was = m.Departure
			}
		}
		return nil
	})
	return was, err
}

func ignore(err error, kind fault.Kind) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}

// A process dies at each point of each call that is promised to be one step. Whatever is read first then must be as it was
// before the call or as it is after one that succeeded, and so must all that is read then.
func TestACrashLeavesAllOrNothing(t *testing.T) {
	for name, c := range map[string]struct {
		prepare, call func(s *Store, id string) error
	}{
		"Amend": {aMessage, func(s *Store, id string) error {
			_, err := s.Amend(t.Context(), chat.Entry{RoomID: id, ID: id + " gone", Kind: chat.KindDeleted, Target: id}, func(m *chat.Entry) error {
				m.Content, m.DeletedAt = "gone", noon
				return nil
			})
			return err
		}},
		"Join": {aRoom, func(s *Store, id string) error {
			_, err := s.Join(t.Context(), id, []chat.Entry{{ID: id + "x", User: "x"}, {ID: id + "y", User: "y"}, {ID: id + "z", User: "z"}}, nil)
			return err
		}},
		"Leave": {aRoom, func(s *Store, id string) error {
			_, err := s.Leave(t.Context(), chat.Entry{RoomID: id, ID: id, User: "a"})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			uri := OwnURI(t)
			survivor := OpenURI(t, uri)
			all := slices.Sorted(maps.Keys(readers))
			must(t, c.prepare(survivor, "before"))
			must(t, c.prepare(survivor, "after"))
			must(t, c.call(survivor, "after"))
			was, is := make(map[string]string), make(map[string]string)
			for _, reader := range all {
				was[reader], is[reader] = read(t, survivor, reader, "before"), read(t, survivor, reader, "after")
			}
			for _, f := range []fate{drop, lose} {
				for n, hit := 0, true; hit; n++ {
					// What has been written and nothing done after it, each reader meets first once; what is half done, one of them.
					firsts := all[n%len(all):][:1]
					if f == drop && n == 1 {
						firsts = all
					}
					for _, first := range firsts {
						id := fmt.Sprint(f, n, first)
						must(t, c.prepare(survivor, id))
						hit = crash(t, uri, n, f, func(s *Store) error { return c.call(s, id) })
						if !hit {
							break
						}
						states := make(map[string]string)
						for _, reader := range append([]string{first}, all...) {
							switch got := read(t, survivor, reader, id); {
							case was[reader] == is[reader] && got == is[reader]:
							case got == was[reader]:
								states["before"] += " " + reader
							case got == is[reader]:
								states["after"] += " " + reader
							default:
								t.Errorf("%s of write %d, %s first: %s reads %s; before it was %s, after it is %s",
									f, n, first, reader, got, was[reader], is[reader])
							}
						}
						if len(states) > 1 {
							t.Errorf("%s of write %d, %s first: %v", f, n, first, states)
						}
					}
				}
			}
		})
	}
}

// A room whose creator dies is nowhere to be seen, or there with all its members; creating it again completes it.
func TestACrashLeavesNoHalfARoom(t *testing.T) {
	uri := OwnURI(t)
	survivor := OpenURI(t, uri)
	for _, f := range []fate{drop, lose} {
		for n := 0; ; n++ {
			id := fmt.Sprint(f, n)
			r := chat.Room{ID: id, Name: "first", Type: chat.Group, CreatedAt: noon}
			hit := crash(t, uri, n, f, func(s *Store) error {
				_, _, err := s.CreateRoom(t.Context(), r, []string{"a", "b"})
				return err
			})
			if !hit {
				break
			}
			_, err := survivor.Room(t.Context(), id)
			must(t, ignore(err, fault.NotFound))
			rooms, _, err2 := survivor.Rooms(t.Context(), "b", "", 10_000)
			must(t, err2)
			heads, _, err3 := survivor.Heads(t.Context(), "b")
			must(t, err3)
			_, err4 := survivor.Member(t.Context(), id, "b")
			must(t, ignore(err4, fault.NotFound))
			members, err5 := survivor.Members(t.Context(), id)
			must(t, err5)
			there := []bool{
				err == nil, slices.ContainsFunc(rooms, func(s chat.Summary) bool { return s.Room.ID == id }),
				slices.ContainsFunc(heads, func(h chat.Head) bool { return h.RoomID == id }), err4 == nil, len(members) == 2,
			}
			if slices.Contains(there, true) && slices.Contains(there, false) || len(members)%2 > 0 {
				t.Errorf("%s of write %d: whether it is there: Room, Rooms, Heads, Member, Members: %v", f, n, there)
			}
			r.Name = "second"
			kept, created, err := survivor.CreateRoom(t.Context(), r, []string{"b", "c"})
			must(t, err)
			members, err = survivor.Members(t.Context(), id)
			must(t, err)
			want := map[bool]string{true: "second [b c]", false: "first [a b]"}[created]
			var ids []string
			for _, m := range members {
				ids = append(ids, m.UserID)
			}
			must(t, same("the room", fmt.Sprint(kept.Name, " ", ids), want))
		}
	}
}

func read(t *testing.T, s *Store, reader, id string) string {
	t.Helper()
	text, err := readers[reader](s, id)
	if err != nil {
		t.Fatalf("%s of %s: %v", reader, id, err)
	}
	return text
}

// crash has a process of its own make a call and die at its n-th write; it reports whether there was one.
func crash(t *testing.T, uri string, n int, f fate, call func(*Store) error) bool {
	t.Helper()
	w := newWire()
	opts, name, err := parse(uri)
	must(t, err)
	w.through(opts.SetTimeout(5 * time.Second))
	s, err := dial(t.Context(), opts, name)
	must(t, err)
	// Who is dead waits for nothing; the others go on at once.
	t.Cleanup(func() { must(t, s.Close()) })
	meet, hit := nthWrite(n, f)
	w.set(func(command string) fate {
		if *hit {
			return drop
		}
		return meet(command)
	})
	done := make(chan error, 1)
	go func() { done <- call(s) }()
	select {
	case <-w.broken:
		w.sever()
		return true
	case err := <-done:
		must(t, err)
		return false
	}
}

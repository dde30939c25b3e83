package mongodb

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// lossCase is a call that writes.
type lossCase struct {
	name string
	// prepare is done before by another store; call must do its work exactly once.
	prepare, call func(s *Store, id string) error
}

// Each call meets each of its writes being dropped, and each answer being lost, once. It must succeed all the same, and what
// it says must be so.
func TestALostAnswerIsMadeGood(t *testing.T) {
	for _, c := range append([]lossCase{
		{
			name: "CreateSession",
			call: func(s *Store, id string) error { return s.CreateSession(t.Context(), auth.Session{ID: id, UserID: id}) },
		},
		{
			name:    "UpdateSession",
			prepare: func(s *Store, id string) error { return s.CreateSession(t.Context(), auth.Session{ID: id}) },
			call: func(s *Store, id string) error {
				got, err := s.UpdateSession(t.Context(), id, func(x *auth.Session) error { x.Generation++; return nil })
				stored, err2 := s.Session(t.Context(), id)
				return errors.Join(err, err2, same("the generation", got.Generation, 1), same("what is stored", stored.Generation, 1))
			},
		},
		{
			name: "RevokeSessions",
			prepare: func(s *Store, id string) error {
				return s.CreateSession(t.Context(), auth.Session{ID: id, UserID: id, ExpiresAt: noon.Add(time.Hour)})
			},
			call: func(s *Store, id string) error {
				ids, err := s.RevokeSessions(t.Context(), id, noon)
				return errors.Join(err, same("the ids", fmt.Sprint(ids), fmt.Sprint([]string{id})))
			},
		},
		{
			name: "CreateUser",
			call: func(s *Store, id string) error {
				_, created, err := s.CreateUser(t.Context(), users.User{ID: id, BandUserID: id})
				return errors.Join(err, same("created", created, true))
			},
		},
		{
			name: "CreateRoom",
			call: func(s *Store, id string) error {
				_, created, err := s.CreateRoom(t.Context(), chat.Room{ID: id}, []string{"a", "b"})
				members, err2 := s.Members(t.Context(), id)
				return errors.Join(err, err2, same("created", created, true), same("how many members", len(members), 2))
			},
		},
		{
			name: "Append", prepare: aRoom,
			call: func(s *Store, id string) error {
				m, added, err := s.Append(t.Context(), chat.Entry{RoomID: id, ID: id, Actor: "a", TempID: "1"})
				return errors.Join(err, same("added", added, true), same("the number", m.Seq, 1), logOf(s, id, 1))
			},
		},
		{
			name: "Amend", prepare: aMessage,
			call: func(s *Store, id string) error {
				done, err := s.Amend(t.Context(), chat.Entry{RoomID: id, ID: id + " edited", Kind: chat.KindEdited, Target: id}, dotted)
				stored, err2 := s.Message(t.Context(), id, id)
				return errors.Join(err, err2, same("the content", done.Message.Content, "."), same("what is stored", stored.Content, "."),
					same("the number", done.Entry.Seq, 2), logOf(s, id, 2))
			},
		},
		{
			name: "Join", prepare: aRoom,
			call: func(s *Store, id string) error {
				got, err := s.Join(t.Context(), id, []chat.Entry{{ID: id + "x", User: "x"}, {ID: id + "y", User: "y"}, {ID: id + "z", User: "z"}}, nil)
				members, err2 := s.Members(t.Context(), id)
				return errors.Join(err, err2, same("how many entries", len(got), 3), same("how many members", len(members), 4), logOf(s, id, 3))
			},
		},
		{
			name: "Leave", prepare: aRoom,
			call: func(s *Store, id string) error {
				e, err := s.Leave(t.Context(), chat.Entry{RoomID: id, ID: id, Actor: "a", User: "a"})
				left, err2 := departed(s, id, "a")
				return errors.Join(err, err2, same("the number", e.Seq, 1), same("has left", left, chat.Left), logOf(s, id, 1))
			},
		},
		{
			name: "EnsureGlobalMembership", prepare: aGlobalRoom,
			call: func(s *Store, id string) error {
				ids, err := s.EnsureGlobalMembership(t.Context(), id)
				return errors.Join(err, same("the rooms", fmt.Sprint(ids), "[global]"))
			},
		},
		{
			name: "EnsureGlobalMembership again",
			prepare: func(s *Store, id string) error {
				_, err := s.Join(t.Context(), "global", []chat.Entry{{ID: id + " came", User: id}}, nil)
				if errors.Is(err, fault.NotFound) {
					must(t, aGlobalRoom(s, id))
					_, err = s.Join(t.Context(), "global", []chat.Entry{{ID: id + " came", User: id}}, nil)
				}
				_, err2 := s.Leave(t.Context(), chat.Entry{RoomID: "global", ID: id + " left", User: id})
				return errors.Join(err, err2)
			},
			call: func(s *Store, id string) error {
				_, err := s.EnsureGlobalMembership(t.Context(), id)
				m, err2 := s.Member(t.Context(), "global", id)
				return errors.Join(err, err2, same("the read position", m.ReadSeq, m.JoinedSeq))
			},
		},
		{
			name: "MarkRead", prepare: aMessage,
			call: func(s *Store, id string) error {
				seq, _, err := s.MarkRead(t.Context(), id, "a", 1)
				return errors.Join(err, same("the position", seq, 1))
			},
		},
	}, gameLosses...) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			uri := OwnURI(t)
			other := OpenURI(t, uri)
			s, w := throughAWire(t, uri)
			for _, f := range []fate{drop, lose} {
				for n := 0; ; n++ {
					id := fmt.Sprint(f, n)
					if c.prepare != nil {
						must(t, c.prepare(other, id))
					}
					meet, hit := nthWrite(n, f)
					w.set(meet)
					if err := c.call(s, id); err != nil {
						t.Errorf("%s of write %d: %v", f, n, err)
					}
					w.set(nil)
					if !*hit {
						if n == 0 {
							t.Error("it writes nothing")
						}
						break
					}
				}
			}
		})
	}
}

// What cannot be told is said to be unknown.
func TestALostLoginIsUnavailable(t *testing.T) {
	uri := OwnURI(t)
	s, w := throughAWire(t, uri)
	must(t, s.CreateLogin(t.Context(), auth.Login{StateHash: "a", ExpiresAt: noon}))
	meet, _ := nthWrite(0, lose)
	w.set(meet)
	if _, err := s.TakeLogin(t.Context(), "a", noon.Add(-time.Minute)); !errors.Is(err, fault.Unavailable) {
		t.Errorf("the first time: %v", err)
	}
	if _, err := s.TakeLogin(t.Context(), "a", noon.Add(-time.Minute)); !errors.Is(err, fault.NotFound) {
		t.Errorf("the second time: %v", err)
	}
}

func same[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s: %v, not %v", what, got, want)
	}
	return nil
}

func aGlobalRoom(s *Store, _ string) error {
	_, _, err := s.CreateRoom(context.Background(), chat.Room{ID: "global", Type: chat.Global}, nil)
	return err
}

func dotted(m *chat.Entry) error {
	m.Content += "."
	return nil
}

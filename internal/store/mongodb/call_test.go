package mongodb

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/chat"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// A caller who hangs up while a write is under way, whichever of the call's, is told what has come of all of it.
func TestACallThatWritesIsFinished(t *testing.T) {
	like := true
	for _, c := range []struct {
		name string
		// prepare is done before; call must do its work, and done must see it.
		prepare func(s *Store, id string) error
		call    func(ctx context.Context, s *Store, id string) error
		done    func(s *Store, id string) error
	}{
		{
			name: "CreateSession",
			call: func(ctx context.Context, s *Store, id string) error {
				return s.CreateSession(ctx, auth.Session{ID: id, UserID: id})
			},
			done: func(s *Store, id string) error { _, err := s.Session(t.Context(), id); return err },
		},
		{
			name:    "UpdateSession",
			prepare: func(s *Store, id string) error { return s.CreateSession(t.Context(), auth.Session{ID: id}) },
			call: func(ctx context.Context, s *Store, id string) error {
				_, err := s.UpdateSession(ctx, id, func(x *auth.Session) error { x.Generation++; return nil })
				return err
			},
			done: func(s *Store, id string) error {
				got, err := s.Session(t.Context(), id)
				return errors.Join(err, same("the generation", got.Generation, 1))
			},
		},
		{
			name: "RevokeSessions",
			prepare: func(s *Store, id string) error {
				return s.CreateSession(t.Context(), auth.Session{ID: id, UserID: id, ExpiresAt: noon.Add(time.Hour)})
			},
			call: func(ctx context.Context, s *Store, id string) error {
				ids, err := s.RevokeSessions(ctx, id, noon)
				return errors.Join(err, same("the ids", fmt.Sprint(ids), fmt.Sprint([]string{id})))
			},
		},
		{
			name: "CreateUser",
			call: func(ctx context.Context, s *Store, id string) error {
				_, created, err := s.CreateUser(ctx, users.User{ID: id, BandUserID: id})
				return errors.Join(err, same("created", created, true))
			},
		},
		{
			name: "SaveBandToken",
			call: func(ctx context.Context, s *Store, id string) error { return s.SaveBandToken(ctx, id, []byte{1}) },
			done: func(s *Store, id string) error { _, err := s.BandToken(t.Context(), id); return err },
		},
		{
			name: "CreateRoom",
			call: func(ctx context.Context, s *Store, id string) error {
				_, created, err := s.CreateRoom(ctx, chat.Room{ID: id}, []string{"a", "b"})
				return errors.Join(err, same("created", created, true))
			},
			done: func(s *Store, id string) error {
				members, err := s.Members(t.Context(), id)
				return errors.Join(err, same("how many members", len(members), 2))
			},
		},
		{
			name: "Append", prepare: aRoom,
			call: func(ctx context.Context, s *Store, id string) error {
				_, added, err := s.Append(ctx, chat.Entry{RoomID: id, ID: id, Actor: "a", TempID: "1"})
				return errors.Join(err, same("added", added, true))
			},
			done: func(s *Store, id string) error { return logOf(s, id, 1) },
		},
		{
			name: "Amend", prepare: aMessage,
			call: func(ctx context.Context, s *Store, id string) error {
				done, err := s.Amend(ctx, chat.Entry{RoomID: id, ID: id + " edited", Kind: chat.KindEdited, Target: id}, dotted)
				return errors.Join(err, same("the content", done.Message.Content, "."))
			},
			done: func(s *Store, id string) error { return logOf(s, id, 2) },
		},
		{
			name: "Join", prepare: aRoom,
			call: func(ctx context.Context, s *Store, id string) error {
				got, err := s.Join(ctx, id, []chat.Entry{{ID: id + "x", User: "x"}, {ID: id + "y", User: "y"}}, nil)
				return errors.Join(err, same("how many entries", len(got), 2))
			},
			done: func(s *Store, id string) error { return logOf(s, id, 2) },
		},
		{
			name: "MarkRead", prepare: aMessage,
			call: func(ctx context.Context, s *Store, id string) error {
				_, moved, err := s.MarkRead(ctx, id, "a", 1)
				return errors.Join(err, same("moved", moved, true))
			},
		},
		{
			name: "AppendNotifications",
			call: func(ctx context.Context, s *Store, id string) error {
				added, err := s.AppendNotifications(ctx, []notifications.Notification{
					{ID: id + "1", Notice: notifications.Notice{UserID: id}}, {ID: id + "2", Notice: notifications.Notice{UserID: id + "other"}},
				})
				return errors.Join(err, same("how many were added", len(added), 2))
			},
		},
		{
			name:    "UpdatePost",
			prepare: aPost,
			call: func(ctx context.Context, s *Store, id string) error {
				p, err := s.UpdatePost(ctx, id, func(p *posts.Post) error { p.Title = "new"; return nil })
				return errors.Join(err, same("the title", p.Title, "new"))
			},
		},
		{
			name:    "Like",
			prepare: aPost,
			call: func(ctx context.Context, s *Store, id string) error {
				liked, n, err := s.Like(ctx, id, "a", &like, noon)
				return errors.Join(err, same("liked", liked, true), same("how many likes", n, 1))
			},
		},
		{
			name:    "DeletePost",
			prepare: aPost,
			call:    func(ctx context.Context, s *Store, id string) error { return s.DeletePost(ctx, id, "by") },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, w := throughAWire(t, OwnURI(t))
			for n := 0; ; n++ {
				id := fmt.Sprint(n)
				if c.prepare != nil {
					must(t, c.prepare(s, id))
				}
				ctx, hangUp := context.WithCancel(t.Context())
				meet, hit := nthWrite(n, pass)
				w.set(func(command string) fate {
					defer func() {
						if *hit {
							hangUp()
						}
					}()
					return meet(command)
				})
				if err := c.call(ctx, s, id); err != nil {
					t.Errorf("the caller hangs up during write %d: %v", n, err)
				}
				w.set(nil)
				hangUp()
				if c.done != nil {
					must(t, c.done(s, id))
				}
				if !*hit {
					if n == 0 {
						t.Error("it writes nothing")
					}
					break
				}
			}
		})
	}
}

func aPost(s *Store, id string) error {
	_, _, err := s.CreatePost(context.Background(), posts.Post{ID: id, Title: "title", CreatedAt: noon})
	return err
}

// A caller who hangs up before the call has written anything ends it, and nothing is written.
func TestACallThatIsGivenUpEarlyWritesNothing(t *testing.T) {
	s, w := throughAWire(t, OwnURI(t))
	must(t, aMessage(s, "r"))
	ctx, hangUp := context.WithCancel(t.Context())
	w.set(func(command string) fate {
		if command == "find" || command == "aggregate" {
			hangUp()
		}
		if isWrite(command) {
			t.Error("it has written")
		}
		return pass
	})
	if _, _, err := s.MarkRead(ctx, "r", "a", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("hung up while it read: %v", err)
	}
	if err := s.CreateSession(ctx, auth.Session{ID: "s"}); !errors.Is(err, context.Canceled) {
		t.Errorf("hung up before: %v", err)
	}
	late, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if err := s.CreateSession(late, auth.Session{ID: "s"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("too late: %v", err)
	}
}

// While no write is acknowledged, reads go on.
func TestStuckWritesLeaveConnectionsToReads(t *testing.T) {
	s, w := throughAWire(t, OwnURI(t))
	must(t, s.CreateSession(t.Context(), auth.Session{ID: "s"}))
	s.patience = 8 * time.Second
	var stuck atomic.Int64
	w.set(func(command string) fate {
		if isWrite(command) {
			stuck.Add(1)
			return stall
		}
		return pass
	})
	const many = 3 * poolSize
	ended := make(chan error, many)
	for i := range many {
		go func() { ended <- s.CreateSession(context.Background(), auth.Session{ID: fmt.Sprint(i)}) }()
	}
	testkit.Eventually(t, "writes are stuck", func() bool { return stuck.Load() >= int64(writePlaces(poolSize)) })
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, err := s.Session(ctx, "s")
		cancel()
		if err != nil {
			t.Errorf("a read while writes are stuck: %v", err)
			break
		}
	}
	w.set(nil)
	w.snap()
	for range many {
		must(t, <-ended)
	}
}

func TestPlacesForWrites(t *testing.T) {
	for pool, want := range map[uint64]int{0: 1000, 1: 1, 2: 1, 3: 2, 10: 7, 100: 70, 5000: 1000} {
		if got := writePlaces(pool); got != want {
			t.Errorf("a pool of %d: %d, not %d", pool, got, want)
		}
	}
}

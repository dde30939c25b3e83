// Package storetest is the contract of a store as a suite. Everything here leans on one rule: it knows the interfaces and
// what their comments promise, and nothing of any driver.
package storetest

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// testCase is one promise. Each gets a store of its own, empty.
type testCase struct {
	name string
	run  func(*testing.T, store.Store)
}

// Run holds a driver to the contract. The stores that open returns are empty and share nothing; open closes them by
// t.Cleanup.
func Run(t *testing.T, open func(t testing.TB) store.Store) {
	for _, group := range []struct {
		name  string
		cases []testCase
	}{
		{"Store", storeCases},
		{"Auth", authCases},
		{"Processes", processCases},
		{"Users", usersCases},
		{"UserLists", userListCases},
		{"ChatRooms", chatRoomCases},
		{"ChatMembers", chatMemberCases},
		{"ChatLog", chatLogCases},
		{"ChatOutbox", chatOutboxCases},
		{"ChatConcurrency", chatConcurrencyCases},
		{"Games", gameCases},
		{"GameHolds", gameHoldCases},
		{"GameLists", gameListCases},
		{"GameStats", gameStatsCases},
		{"Notifications", notificationCases},
		{"Announcements", announcementCases},
		{"Devices", deviceCases},
		{"Reminders", reminderCases},
		{"Photos", photoCases},
		{"Posts", postCases},
		{"PostLists", postListCases},
		{"PostsAfter", postsAfterCases},
		{"Comments", commentCases},
		{"Excerpts", excerptCases},
		{"BandPosts", bandPostCases},
		{"BandSync", bandSyncCases},
		{"Uploads", uploadCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(t, open(t))
				})
			}
		})
	}
}

var storeCases = []testCase{
	{"Ping answers", func(t *testing.T, s store.Store) {
		must(t, s.Ping(t.Context()))
	}},
	{"Calls after Close are unavailable", func(t *testing.T, s store.Store) {
		must(t, s.CreateLogin(t.Context(), login("a")))
		must(t, s.Close())
		_, err := s.Room(t.Context(), "room")
		wantKind(t, err, fault.Unavailable)
		wantKind(t, s.CreateLogin(t.Context(), login("b")), fault.Unavailable)
		wantKind(t, s.Ping(t.Context()), fault.Unavailable)
		must(t, s.Close())
	}},
	{"Close waits for what is being written", func(t *testing.T, s store.Store) {
		must(t, s.CreateSession(t.Context(), session("s")))
		inside, done := make(chan struct{}), make(chan error)
		enter := sync.OnceFunc(func() { close(inside) })
		go func() {
			_, err := s.UpdateSession(context.Background(), "s", func(*auth.Session) error {
				enter()
				return nil
			})
			done <- err
		}()
		<-inside
		must(t, s.Close())
		must(t, <-done)
	}},
	{"The end of the caller's context is its error", func(t *testing.T, s store.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Room(ctx, "room"); !errors.Is(err, context.Canceled) {
			t.Errorf("a read gave %v", err)
		}
		if err := s.CreateLogin(ctx, login("a")); !errors.Is(err, context.Canceled) {
			t.Errorf("a write gave %v", err)
		}
		must(t, s.CreateLogin(t.Context(), login("b")))
	}},
}

// noon is a time with more precision than is kept, in a zone that is not.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 123_456_789, time.FixedZone("KST", 9*3600))

// kept is t as a store returns it.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("the error is %v, not of the kind %q", err, kind)
	}
}

func equal[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// together runs f n times at once, none before all can begin, and fails with the errors.
func together(t testing.TB, n int, f func(i int) error) {
	t.Helper()
	errs := make(chan error, n)
	begin := make(chan struct{})
	for i := range n {
		go func() {
			<-begin
			errs <- f(i)
		}()
	}
	close(begin)
	var all []error
	for range n {
		all = append(all, <-errs)
	}
	must(t, errors.Join(all...))
}

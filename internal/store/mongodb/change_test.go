package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// twoStores are two processes on one database.
func twoStores(t *testing.T) [2]*Store {
	t.Helper()
	uri := OwnURI(t)
	return [2]*Store{OpenURI(t, uri), OpenURI(t, uri)}
}

// together runs f n times at once and fails with the first error.
func together(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	must(t, errors.Join(errs...))
}

// places is how many come first among those who add themselves to a user's name, between commas.
const places = 8

var errFull = errors.New("full")

// enter adds a name to the list that is kept in a user's name; the first ones get places.
func enter(s *Store, name string) (placed bool, err error) {
	_, err = s.UpdateUser(context.Background(), "u", func(u *users.User) error {
		u.DisplayName += name + ","
		placed = strings.Count(u.DisplayName, ",") <= places
		return nil
	})
	return placed, err
}

func entered(t *testing.T, s *Store) []string {
	t.Helper()
	u, err := s.User(t.Context(), "u")
	must(t, err)
	return strings.Split(strings.TrimSuffix(u.DisplayName, ","), ",")
}

func aUser(t *testing.T, s *Store) {
	t.Helper()
	_, _, err := s.CreateUser(t.Context(), users.User{ID: "u", BandUserID: "u"})
	must(t, err)
}

func TestJoinsOnTwoStores(t *testing.T) {
	const many = 500
	stores := twoStores(t)
	aUser(t, stores[0])
	var placed atomic.Int64
	together(t, many, func(i int) error {
		ok, err := enter(stores[i%2], fmt.Sprint(i))
		if ok {
			placed.Add(1)
		}
		return err
	})
	names := entered(t, stores[0])
	slices.Sort(names)
	if n := len(slices.Compact(names)); n != many || placed.Load() != places {
		t.Errorf("%d have entered, and %d were told that they have a place", n, placed.Load())
	}
	d, err := stores[0].users.get(t.Context(), "u")
	must(t, err)
	if d.Version != 1+many || len(d.Marks) > maxMarks {
		t.Errorf("version %d, %d marks", d.Version, len(d.Marks))
	}
	for _, s := range stores {
		s.working.Wait()
		if len(s.users.changes.queues) != 0 {
			t.Error("a lane is left behind")
		}
	}
}

// hold holds up a lane, so that what comes after waits there.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	inside, held, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		first := sync.OnceFunc(func() { close(inside); <-held })
		_, err := s.UpdateUser(context.Background(), "u", func(*users.User) error { first(); return nil })
		done <- err
	}()
	<-inside
	return func() {
		close(held)
		must(t, <-done)
	}
}

// queue puts a change of the user's name into the lane.
func queue(t *testing.T, s *Store, f func(*userDoc) error) *changing[userDoc] {
	t.Helper()
	r := &changing[userDoc]{ticket: newTicket(t.Context()), f: f}
	must(t, s.users.changes.join("u", r))
	return r
}

func TestChangesKeepTheOrderOfArrival(t *testing.T) {
	const many = 200
	s, w := throughAWire(t, OwnURI(t))
	aUser(t, s)
	release := hold(t, s)
	var all []*changing[userDoc]
	for i := range many {
		all = append(all, queue(t, s, func(d *userDoc) error {
			d.DisplayName += fmt.Sprint(i, ",")
			return nil
		}))
	}
	var trips atomic.Int64
	w.set(func(string) fate { trips.Add(1); return pass })
	release()
	for _, r := range all {
		must(t, r.wait(t.Context()))
		must(t, r.err)
	}
	for i, name := range entered(t, s) {
		if name != fmt.Sprint(i) {
			t.Fatalf("%s is in place %d", name, i)
		}
	}
	// What holds the lane is written, the others share a reading and a writing, and the test reads.
	if n := trips.Load(); n > 4 {
		t.Errorf("it took %d trips to the server", n)
	}
}

func TestAChangeThatFailsHarmsNoOther(t *testing.T) {
	s := OpenFresh(t)
	aUser(t, s)
	_, _, err := s.CreateUser(t.Context(), users.User{ID: "v", BandUserID: "v"})
	must(t, err)
	release := hold(t, s)
	change := func(f func(*userDoc) error) *changing[userDoc] {
		return queue(t, s, func(d *userDoc) error {
			d.DisplayName += "."
			return f(d)
		})
	}
	fine := func(*userDoc) error { return nil }
	all := []*changing[userDoc]{
		change(fine),
		change(func(d *userDoc) error { d.BandUserID = "v"; return nil }),
		change(fine),
		change(func(*userDoc) error { panic("in a test") }),
		change(func(*userDoc) error { return errFull }),
		change(fine),
	}
	release()
	for i, r := range all {
		must(t, r.wait(t.Context()))
		err := failed(t.Context(), r.err)
		switch i {
		case 1:
			if !isDuplicate(err) {
				t.Errorf("a taken key: %v", err)
			}
		case 3:
			if err == nil || !strings.Contains(err.Error(), "in a test") || fault.KindOf(err) != 0 {
				t.Errorf("a panic: %v", err)
			}
		case 4:
			if !errors.Is(err, errFull) || errors.As(err, new(refusal)) {
				t.Errorf("a refusal: %v", err)
			}
		default:
			must(t, err)
		}
	}
	u, err := s.User(t.Context(), "u")
	must(t, err)
	must(t, same("the name", u.DisplayName, "..."))
}

// A function does not run after its caller has gone.
func TestWhoHasGoneChangesNothing(t *testing.T) {
	s := OpenFresh(t)
	aUser(t, s)
	release := hold(t, s)
	ran := false
	r := queue(t, s, func(*userDoc) error { ran = true; return nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	release()
	_, err := enter(s, "next")
	must(t, err)
	if ran {
		t.Error("it ran all the same")
	}
}

// After a write of which no answer came, others have written: the caller learns that it was done, however often each of them
// has, or is told that nobody knows where they were too many.
func TestAWriteThatWasOvertaken(t *testing.T) {
	for _, c := range []struct {
		later, writers int
		known          bool
	}{
		{0, 0, true},
		{1, 1, true},
		{10 * maxMarks, 3, true},
		{maxMarks - 1, maxMarks - 1, true},
		{maxMarks, maxMarks, false},
		{2 * maxMarks, 2 * maxMarks, false},
	} {
		t.Run(fmt.Sprint(c.later, " by ", c.writers), func(t *testing.T) {
			later, known := c.later, c.known
			writers := make([]bson.ObjectID, c.writers)
			for i := range writers {
				writers[i] = newWriter()
			}
			uri := OwnURI(t)
			other := OpenURI(t, uri)
			s, w := throughAWire(t, uri)
			must(t, s.CreateSession(t.Context(), auth.Session{ID: "s"}))
			meet, hit := nthWrite(0, lose)
			w.set(func(command string) fate {
				// Its own next reading comes after the others' writes.
				if *hit && command == "find" && later > 0 {
					for ; later > 0; later-- {
						other.writer = writers[later%len(writers)]
						_, err := other.UpdateSession(context.Background(), "s", func(x *auth.Session) error { x.Generation += 100; return nil })
						if err != nil {
							t.Error(err)
						}
					}
				}
				return meet(command)
			})
			want := int64(1 + 100*later)
			_, err := s.UpdateSession(t.Context(), "s", func(x *auth.Session) error { x.Generation++; return nil })
			if known {
				must(t, err)
			} else if !errors.Is(err, fault.Unavailable) {
				t.Errorf("where nobody can know, it ended with %v", err)
			}
			w.set(nil)
			got, err := other.Session(t.Context(), "s")
			must(t, err)
			must(t, same("the generation", got.Generation, want))
		})
	}
}

// Many processes change one document, and each loses the answer to every third of its writes: each change is done once, and its
// caller is told so.
func TestLostAnswersOnAHotDocument(t *testing.T) {
	const processes, each = 8, 6
	uri := OwnURI(t)
	first := OpenURI(t, uri)
	must(t, first.CreateSession(t.Context(), auth.Session{ID: "s"}))
	stores := make([]*Store, processes)
	for i := range stores {
		opts, name, err := parse(uri)
		must(t, err)
		w, writes := newWire(), i
		w.through(opts)
		stores[i], err = dial(t.Context(), opts, name)
		must(t, err)
		t.Cleanup(func() { must(t, stores[i].Close()) })
		w.set(func(command string) fate {
			if isWrite(command) {
				if writes++; writes%3 == 0 {
					return lose
				}
			}
			return pass
		})
	}
	together(t, processes, func(i int) error {
		for range each {
			_, err := stores[i].UpdateSession(context.Background(), "s", func(x *auth.Session) error { x.Generation++; return nil })
			if err != nil {
				return err
			}
		}
		return nil
	})
	got, err := first.Session(t.Context(), "s")
	must(t, err)
	must(t, same("the generation", got.Generation, processes*each))
}

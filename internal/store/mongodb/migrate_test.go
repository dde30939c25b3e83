package mongodb

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// quickMigrator sees a lock as abandoned soon.
func quickMigrator(s *Store) *migrator {
	m := newMigrator(s)
	m.renewal, m.abandoned = 20*time.Millisecond, time.Second
	return m
}

// Processes that start at once run a migration once, and all of them return after it is done.
func TestAMigrationRunsOnce(t *testing.T) {
	stores := twoStores(t)
	var runs atomic.Int64
	var done atomic.Bool
	step := migration{name: "count", run: func(context.Context, *Store) error {
		runs.Add(1)
		done.Store(true)
		return nil
	}}
	for range 2 {
		together(t, 8, func(i int) error {
			err := quickMigrator(stores[i%2]).all(t.Context(), []migration{step})
			if !done.Load() {
				t.Error("a process went on before the migration was done")
			}
			return err
		})
	}
	if n := runs.Load(); n != 1 {
		t.Errorf("it ran %d times", n)
	}
}

// A lock that is renewed is not taken over, however long the migration takes.
func TestARunningMigrationIsWaitedFor(t *testing.T) {
	stores := twoStores(t)
	var runs atomic.Int64
	running, finish := make(chan struct{}), make(chan struct{})
	slow := migration{name: "slow", run: func(ctx context.Context, _ *Store) error {
		runs.Add(1)
		close(running)
		<-finish
		return ctx.Err()
	}}
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- quickMigrator(stores[0]).all(t.Context(), []migration{slow}) }()
	<-running
	go func() { second <- quickMigrator(stores[1]).all(t.Context(), []migration{slow}) }()
	began := time.Now()
	testkit.Eventually(t, "the lock would look abandoned without renewals", func() bool { return time.Since(began) > 2*time.Second })
	close(finish)
	must(t, errors.Join(<-first, <-second))
	if n := runs.Load(); n != 1 {
		t.Errorf("it ran %d times", n)
	}
}

// A migration whose process was killed is run again, and one that failed at the next start, without waiting.
func TestAMigrationThatWasInterruptedIsRunAgain(t *testing.T) {
	s := OpenFresh(t)
	for name, lock := range map[string]bson.ObjectID{"killed": bson.NewObjectID(), "failed": {}} {
		m := quickMigrator(s)
		ran, fail := 0, lock.IsZero()
		step := migration{name: name, run: func(context.Context, *Store) error {
			if ran++; fail {
				return errFull
			}
			return nil
		}}
		if fail {
			if err := m.all(t.Context(), []migration{step}); !errors.Is(err, errFull) {
				t.Fatalf("%s: %v", name, err)
			}
			fail, ran, m.abandoned = false, 0, time.Hour
		} else {
			_, err := m.docs.InsertOne(t.Context(), migrationDoc{Name: name, Lock: lock})
			must(t, err)
		}
		must(t, m.all(t.Context(), []migration{step}))
		if ran != 1 {
			t.Errorf("%s: it ran %d times", name, ran)
		}
	}
}

// A process that was thought to be dead learns that it has lost its lock, and does not report success.
func TestAMigrationThatLostItsLockEnds(t *testing.T) {
	s := OpenFresh(t)
	m := quickMigrator(s)
	err := m.all(t.Context(), []migration{{name: "lost", run: func(ctx context.Context, _ *Store) error {
		_, err := m.docs.UpdateByID(ctx, "lost", set(bson.D{{Key: "lock", Value: bson.NewObjectID()}}))
		must(t, err)
		<-ctx.Done()
		return ctx.Err()
	}}})
	if !errors.Is(err, errLockLost) {
		t.Errorf("it ended with %v", err)
	}
}

// An older version would drop from documents what it does not know, and is refused from the moment a newer one begins to migrate.
func TestADatabaseOfANewerVersionIsRefused(t *testing.T) {
	for _, done := range []bool{false, true} {
		uri := OwnURI(t)
		_, err := newMigrator(OpenURI(t, uri)).docs.InsertOne(t.Context(), migrationDoc{Name: "of_tomorrow", Done: done})
		must(t, err)
		err = openThrough(t, uri, newWire())
		if err == nil || !strings.Contains(err.Error(), "a newer version") || !strings.Contains(err.Error(), "of_tomorrow") || fault.KindOf(err) != 0 {
			t.Errorf("done %t: it opens with %v", done, err)
		}
	}
}

// Each write of the lock's being dropped, or its answer being lost, changes nothing.
func TestMigratingUnderLostAnswers(t *testing.T) {
	s, w := throughAWire(t, OwnURI(t))
	for _, f := range []fate{drop, lose} {
		for n := 0; ; n++ {
			name, runs := f.String()+string(rune('a'+n)), 0
			meet, hit := nthWrite(n, f)
			w.set(meet)
			m := newMigrator(s)
			must(t, m.all(t.Context(), []migration{{name: name, run: func(context.Context, *Store) error { runs++; return nil }}}))
			w.set(nil)
			if runs != 1 {
				t.Errorf("%s of write %d: it ran %d times", f, n, runs)
			}
			if !*hit {
				break
			}
		}
	}
}

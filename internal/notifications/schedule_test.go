package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// deliveries notes what a handler is given, and when.
type deliveries struct {
	began time.Time
	// fail returns the error of a call, counted from 1; nil for none.
	fail func(call int) error

	mu  sync.Mutex
	got []string
}

func newDeliveries() *deliveries { return &deliveries{began: time.Now()} }

func (d *deliveries) handle(_ context.Context, r notifications.Reminder) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.got = append(d.got, fmt.Sprintf("%s %s/%s at %s", r.ID, r.Kind, r.Subject, time.Since(d.began)))
	if d.fail != nil {
		return d.fail(len(d.got))
	}
	return nil
}

func (d *deliveries) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.got, want) {
		t.Errorf("delivered %q, want %q", d.got, want)
	}
}

func newSchedule(t *testing.T, store notifications.Store) *notifications.Schedule {
	s := notifications.NewSchedule(store, slog.New(slog.DiscardHandler))
	t.Cleanup(s.Close)
	return s
}

// in schedules a reminder that is due after d.
func in(t *testing.T, s *notifications.Schedule, d time.Duration, id string) {
	t.Helper()
	if err := s.Schedule(t.Context(), notifications.Reminder{ID: id, Due: time.Now().Add(d), Kind: "game", Subject: "of " + id}); err != nil {
		t.Fatal(err)
	}
}

func TestRemindersComeWhenTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, got := newSchedule(t, openStore(t)), newDeliveries()
		in(t, s, -time.Hour, "late")
		in(t, s, 90*time.Minute, "a")
		in(t, s, 3*time.Hour, "moved")
		in(t, s, 2*time.Hour, "cancelled")
		s.Start(got.handle)
		got.want(t, "late game/of late at 0s")
		in(t, s, time.Minute, "sooner")
		in(t, s, 2*time.Hour, "moved")
		if err := s.Cancel(t.Context(), "cancelled"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		got.want(t, "late game/of late at 0s", "sooner game/of sooner at 1m0s")
		time.Sleep(24 * time.Hour)
		got.want(t, "late game/of late at 0s", "sooner game/of sooner at 1m0s", "a game/of a at 1h30m0s", "moved game/of moved at 2h0m0s")
	})
}

func TestRemindersOutliveTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, got := openStore(t), newDeliveries()
		first := newSchedule(t, store)
		first.Start(got.handle)
		in(t, first, time.Hour, "a")
		first.Close()
		time.Sleep(2 * time.Hour)
		got.want(t)
		newSchedule(t, store).Start(got.handle)
		got.want(t, "a game/of a at 2h0m0s")
	})
}

func TestEachReminderComesOnceFromManyProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, got := openStore(t), newDeliveries()
		var all []*notifications.Schedule
		for range 4 {
			s := newSchedule(t, store)
			s.Start(got.handle)
			all = append(all, s)
		}
		var want []string
		for i := range 20 {
			in(t, all[i%len(all)], time.Duration(i/5)*time.Hour, fmt.Sprint(i))
			want = append(want, fmt.Sprintf("%d game/of %d at %s", i, i, time.Duration(i/5)*time.Hour))
		}
		// Whoever scheduled them is gone when they are due.
		synctest.Wait()
		for _, s := range all[1:] {
			s.Close()
		}
		time.Sleep(4 * time.Hour)
		synctest.Wait()
		slices.Sort(got.got)
		slices.Sort(want)
		got.want(t, want...)
	})
}

func TestAReminderOfAProcessThatDiedIsNotLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, got := openStore(t), newDeliveries()
		newSchedule(t, store).Start(got.handle)
		synctest.Wait()
		// The other process never starts: it is as good as dead.
		in(t, newSchedule(t, store), 30*time.Second, "a")
		time.Sleep(time.Minute)
		got.want(t, "a game/of a at 1m0s")
	})
}

func TestAFailedReminderIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, got := newSchedule(t, openStore(t)), newDeliveries()
		got.fail = func(call int) error {
			if call <= 2 {
				return errors.New("not now")
			}
			return nil
		}
		s.Start(got.handle)
		in(t, s, time.Hour, "a")
		time.Sleep(24 * time.Hour)
		got.want(t, "a game/of a at 1h0m0s", "a game/of a at 1h1m0s", "a game/of a at 1h2m0s")
	})
}

func TestAReminderThatAlwaysFailsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := openStore(t)
		s, got := newSchedule(t, store), newDeliveries()
		got.fail = func(int) error { return errors.New("never") }
		s.Start(got.handle)
		in(t, s, 0, "a")
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if len(got.got) != 10 {
			t.Errorf("it was tried %d times", len(got.got))
		}
		if next, err := store.NextReminder(t.Context()); err == nil {
			t.Errorf("it is kept for %s", next)
		}
	})
}

// A handler that hangs is cut off before its claim ends, so that no two run at once.
func TestAHandlerThatHangsIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := openStore(t)
		var mu sync.Mutex
		running, most, calls := 0, 0, 0
		hang := func(ctx context.Context, _ notifications.Reminder) error {
			mu.Lock()
			running++
			calls++
			most = max(most, running)
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			running--
			mu.Unlock()
			return ctx.Err()
		}
		for range 2 {
			newSchedule(t, store).Start(hang)
		}
		in(t, newSchedule(t, store), 0, "a")
		time.Sleep(5*time.Minute + 30*time.Second)
		mu.Lock()
		defer mu.Unlock()
		if most != 1 || calls < 4 || calls > 6 {
			t.Errorf("%d calls, %d at once", calls, most)
		}
	})
}

// counted counts the reads of a store.
type counted struct {
	notifications.Store
	mu    sync.Mutex
	reads int
	err   error
}

func (c *counted) NextReminder(ctx context.Context) (time.Time, error) {
	c.mu.Lock()
	c.reads++
	err := c.err
	c.mu.Unlock()
	if err != nil {
		return time.Time{}, err
	}
	return c.Store.NextReminder(ctx)
}

func TestAnIdleScheduleHardlyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &counted{Store: openStore(t)}
		s := newSchedule(t, store)
		s.Start(newDeliveries().handle)
		in(t, s, 48*time.Hour, "a")
		time.Sleep(time.Hour)
		synctest.Wait()
		if store.reads > 62 {
			t.Errorf("%d reads in an hour", store.reads)
		}
	})
}

func TestAScheduleComesBackWithItsStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, got := &counted{Store: openStore(t), err: errors.New("away")}, newDeliveries()
		s := newSchedule(t, store)
		in(t, s, 0, "a")
		s.Start(got.handle)
		time.Sleep(time.Minute)
		got.want(t)
		store.mu.Lock()
		reads := store.reads
		store.err = nil
		store.mu.Unlock()
		if reads > 15 {
			t.Errorf("%d reads of a store that is away", reads)
		}
		time.Sleep(5 * time.Second)
		got.want(t, "a game/of a at 1m5s")
	})
}

package games

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slowVersions is a store of two games of which one is live, whose readings take a while.
type slowVersions struct {
	Store
	mu    sync.Mutex
	reads int
	err   error
}

const readingTakes = time.Second

func (s *slowVersions) GameVersions(ctx context.Context, since time.Time, ids []string) ([]Version, error) {
	s.mu.Lock()
	s.reads++
	err := s.err
	s.mu.Unlock()
	select {
	case <-time.After(readingTakes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	live, over := Version{GameID: "live", Version: 3, Status: Ongoing}, Version{GameID: "over", Version: 9, Status: Completed}
	found := []Version{live}
	if slices.Contains(ids, "over") {
		found = append(found, over)
	}
	return found, nil
}

func (s *slowVersions) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.reads
	s.reads = 0
	return n
}

// together has many ask at once, and returns how many readings that took, and how long.
func together(t *testing.T, v *versions, s *slowVersions, asOf func() time.Time, want func(ids []string, got []Version, err error) bool) (reads int, took time.Duration) {
	t.Helper()
	s.count()
	began := time.Now()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			ids := [][]string{nil, {"live"}, {"over", "none"}}[i%3]
			got, err := v.read(t.Context(), ids, asOf())
			if !want(ids, got, err) {
				t.Errorf("%v are %v, %v", ids, got, err)
			}
		})
	}
	all.Wait()
	return s.count(), time.Since(began)
}

func right(ids []string, got []Version, err error) bool {
	want := []string{"live"}
	if slices.Contains(ids, "over") {
		want = []string{"over", "live"}
	}
	var have []string
	for _, v := range got {
		have = append(have, v.GameID)
	}
	return err == nil && slices.Equal(have, want)
}

// Streams of a process share their readings: at once, and where an older one will do.
func TestStreamsShareTheirReadingsOfGames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowVersions{}
		v := newVersions(s, time.Now)
		now := time.Now
		old := func() time.Time { return time.Now().Add(-5 * time.Second) }
		if n, _ := together(t, v, s, now, right); n > 6 {
			t.Errorf("20 who ask at once for what is so now have it read %d times", n)
		}
		time.Sleep(time.Second)
		if n, _ := together(t, v, s, old, right); n != 0 {
			t.Errorf("what was read a second ago is read %d times", n)
		}
		if n, _ := together(t, v, s, now, right); n == 0 || n > 4 {
			t.Errorf("what must be so now is read %d times", n)
		}
		time.Sleep(10 * time.Second)
		if n, _ := together(t, v, s, old, right); n == 0 || n > 4 {
			t.Errorf("what is too old is read %d times", n)
		}
	})
}

// A store that fails does so once for all who wait for it, and one who hangs up takes nobody along.
func TestAFailedReadingOfGamesIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := errors.New("away")
		s := &slowVersions{err: away}
		v := newVersions(s, time.Now)
		_, took := together(t, v, s, time.Now, func(_ []string, _ []Version, err error) bool { return errors.Is(err, away) })
		if took > readingTakes {
			t.Errorf("it took %s until all had failed", took)
		}
		s.err = nil
		ctx, hangUp := context.WithTimeout(t.Context(), readingTakes/2)
		defer hangUp()
		var both sync.WaitGroup
		both.Go(func() {
			if _, err := v.read(ctx, nil, time.Now()); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("who hangs up got %v", err)
			}
		})
		synctest.Wait()
		both.Go(func() {
			if got, err := v.read(t.Context(), nil, time.Now()); !right(nil, got, err) {
				t.Errorf("who waited got %v, %v", got, err)
			}
		})
		both.Wait()
	})
}

package lograte_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/lograte"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

func newLogger(out *written) *lograte.Logger {
	plain := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	return lograte.New(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: plain})), time.Minute)
}

// written is a log, and how many of its lines a test has seen.
type written struct {
	testkit.Log
	seen int
}

// want checks the lines since the last time.
func (w *written) want(t *testing.T, lines ...string) {
	t.Helper()
	all := strings.Split(strings.TrimSpace(w.String()), "\n")
	if got := all[w.seen:]; !slices.Equal(got, lines) {
		t.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
	w.seen = len(all)
}

func TestLinesThatAreAlikeAreWrittenOnceAMinuteWithACount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out written
		l := newLogger(&out)
		defer l.Close()
		for i := range 100 {
			l.Log(t.Context(), slog.LevelWarn, "away", "the database is away", slog.Int("i", i))
		}
		l.Log(t.Context(), slog.LevelInfo, "other", "something else")
		out.want(t, `level=WARN msg="the database is away" i=0`, `level=INFO msg="something else"`)
		time.Sleep(time.Minute)
		synctest.Wait()
		out.want(t, `level=WARN msg="the database is away" i=99 repeated=99`)
		l.Log(t.Context(), slog.LevelWarn, "away", "the database is away", slog.Int("i", 100))
		out.want(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		out.want(t, `level=WARN msg="the database is away" i=100 repeated=1`)
		// After an interval without one, the next is the first again.
		time.Sleep(time.Minute)
		synctest.Wait()
		l.Log(t.Context(), slog.LevelWarn, "away", "the database is away", slog.Int("i", 101))
		out.want(t, `level=WARN msg="the database is away" i=101`)
	})
}

func TestKindsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out written
		l := newLogger(&out)
		for i := range 10_000 {
			l.Log(t.Context(), slog.LevelWarn, fmt.Sprint(i), "refused")
		}
		out.seen = strings.Count(out.String(), "\n")
		if out.seen != 257 {
			t.Errorf("%d lines for 10,000 kinds", out.seen)
		}
		l.Close()
		out.want(t, "level=WARN msg=refused repeated=9743")
	})
}

func TestCloseWritesWhatWasCounted(t *testing.T) {
	var out written
	l := newLogger(&out)
	l.Log(t.Context(), slog.LevelWarn, "a", "refused")
	l.Log(t.Context(), slog.LevelWarn, "a", "refused")
	l.Close()
	l.Log(t.Context(), slog.LevelWarn, "a", "refused")
	out.want(t, "level=WARN msg=refused", "level=WARN msg=refused repeated=1", "level=WARN msg=refused")
}

func TestWhatIsNotLoggedIsNotCounted(t *testing.T) {
	var out written
	l := newLogger(&out)
	l.Log(t.Context(), slog.LevelDebug, "a", "refused")
	l.Log(t.Context(), slog.LevelWarn, "a", "refused")
	l.Close()
	out.want(t, "level=WARN msg=refused")
}

package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/store"
)

var processCases = []testCase{
	{"Processes returns those that serve", func(t *testing.T, s store.Store) {
		now := func(at time.Time) []string {
			t.Helper()
			ids, err := s.Processes(t.Context(), at)
			must(t, err)
			slices.Sort(ids)
			return ids
		}
		equal(t, "at first", now(noon), nil)
		must(t, s.KeepProcess(t.Context(), "a", noon.Add(time.Minute)))
		must(t, s.KeepProcess(t.Context(), "b", noon.Add(2*time.Minute)))
		equal(t, "those that serve", now(noon), []string{"a", "b"})
		equal(t, "those that serve later", now(noon.Add(time.Minute)), []string{"b"})
		must(t, s.KeepProcess(t.Context(), "a", noon.Add(3*time.Minute)))
		must(t, s.KeepProcess(t.Context(), "b", noon))
		equal(t, "those that serve once noted again", now(noon), []string{"a"})
	}},
	{"DropProcesses forgets those that have ended", func(t *testing.T, s store.Store) {
		must(t, s.KeepProcess(t.Context(), "a", noon))
		must(t, s.KeepProcess(t.Context(), "b", noon.Add(time.Minute)))
		must(t, s.DropProcesses(t.Context(), noon.Add(time.Second)))
		ids, err := s.Processes(t.Context(), noon.Add(-time.Hour))
		must(t, err)
		equal(t, "those that are left", ids, []string{"b"})
		must(t, s.DropProcesses(t.Context(), noon.Add(time.Second)))
	}},
}

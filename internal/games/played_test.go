package games_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

func TestGamesThatWereOn(t *testing.T) {
	s := apptest.OpenStore(t)
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	minutes := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	for _, g := range []struct {
		id       string
		from, to int
	}{{"short", 0, 20}, {"next", 20, 45}, {"longest", 0, 180}, {"forgotten", 0, 181}, {"unstarted", -1, 30}, {"tomorrow", 24 * 60, 24*60 + 10}} {
		_, _, err := s.CreateGame(t.Context(), games.Game{ID: g.id, Status: games.Scheduled, Date: noon, CreatedAt: noon})
		must(t, err)
		_, err = s.UpdateGame(t.Context(), g.id, func(game *games.Game) error {
			game.Status, game.End, game.Winner, game.CompletedAt = games.Completed, games.PlayedOut, scoring.Team1, minutes(g.to)
			game.Team1, game.Team2, game.Sets = []string{"a"}, []string{"b"}, []scoring.Score{{Team1: 25, Team2: 3}}
			if g.from >= 0 {
				game.StartedAt = minutes(g.from)
			}
			return nil
		})
		must(t, err)
	}
	service := games.New(games.Config{Store: s, Clock: time.Now})
	for _, tt := range []struct {
		at   []time.Time
		want string
	}{
		{nil, ""},
		{[]time.Time{{}}, ""},
		{[]time.Time{minutes(-1)}, ""},
		{[]time.Time{minutes(0)}, "longest short"},
		{[]time.Time{minutes(20)}, "longest next short"},
		{[]time.Time{minutes(46)}, "longest"},
		{[]time.Time{minutes(181)}, ""},
		{[]time.Time{minutes(24*60 + 5), minutes(30), {}, minutes(10)}, "longest next short tomorrow"},
	} {
		found, err := service.GamesOn(t.Context(), tt.at)
		must(t, err)
		var ids []string
		for _, g := range found {
			ids = append(ids, g.GameID)
		}
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != tt.want {
			t.Errorf("at %v: %q, want %q", tt.at, got, tt.want)
		}
	}
}

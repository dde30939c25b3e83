package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func game(id string) games.Game {
	return games.Game{
		ID: id, Title: "목요 복식", Date: noon, Minutes: 90, MaxParticipants: 8, SkillLevel: games.AnySkill, Type: games.Doubles,
		Status: games.Scheduled, Creator: "creator", CreatedAt: noon, UpdatedAt: noon, RequestHash: "hash",
	}
}

// wholeGame has every field set.
func wholeGame(id string) games.Game {
	g := game(id)
	g.Description, g.Location, g.SkillLevel = "셔틀콕은 제가\n가져가겠습니다.", "시민체육관", users.Expert
	g.Participants = []games.Place{{UserID: "b", JoinedAt: noon}, {UserID: "a", JoinedAt: noon.Add(time.Minute)}}
	g.Waiting = []games.Place{{UserID: "c", JoinedAt: noon.Add(time.Hour)}}
	g.Team1, g.Team2 = []string{"a", "x"}, []string{"b", "y"}
	g.CourtID, g.CourtName = "1", "1번 코트"
	g.Rules, _ = scoring.BWF3x21.Rules()
	g.Sets = []scoring.Score{{Team1: 21, Team2: 19}, {Team1: 21, Team2: 3}}
	g.Corrections = []games.Correction{{Set: 1, From: scoring.Score{Team1: 5}, To: scoring.Score{Team1: 4}, By: "a", At: noon}}
	g.CorrectionsDropped = 7
	g.End, g.FinalScore, g.Winner, g.MVP = games.Retired, scoring.Score{Team1: 2}, scoring.Team1, "a"
	g.GameStats = games.GameStats{Minutes: 40, LongestRally: 30, Shuttlecocks: 3, Note: "좋은 경기"}
	g.StartedAt, g.CompletedAt, g.CancelledAt = noon.Add(1), noon.Add(2000), noon.Add(3000)
	g.Errands = []games.Errand{{Key: "k", Kind: "promoted", To: []string{"a"}}, {Key: "l", Kind: "reminder"}}
	return g
}

// keptGame is g as a store returns it.
func keptGame(g games.Game, version int64) games.Game {
	g.Version = version
	for _, t := range []*time.Time{&g.Date, &g.CreatedAt, &g.UpdatedAt, &g.StartedAt, &g.CompletedAt, &g.CancelledAt} {
		*t = kept(*t)
	}
	g.Participants, g.Waiting, g.Corrections = slices.Clone(g.Participants), slices.Clone(g.Waiting), slices.Clone(g.Corrections)
	for _, places := range [][]games.Place{g.Participants, g.Waiting} {
		for i := range places {
			places[i].JoinedAt = kept(places[i].JoinedAt)
		}
	}
	for i := range g.Corrections {
		g.Corrections[i].At = kept(g.Corrections[i].At)
	}
	return g
}

func createGames(t testing.TB, s store.Store, all ...games.Game) {
	t.Helper()
	for _, g := range all {
		_, created, err := s.CreateGame(t.Context(), g)
		must(t, err)
		equal(t, "created", created, true)
	}
}

// updateGame changes a game by what can have no error.
func updateGame(t testing.TB, s store.Store, id string, f func(*games.Game)) games.Game {
	t.Helper()
	g, err := s.UpdateGame(t.Context(), id, func(g *games.Game) error {
		f(g)
		return nil
	})
	must(t, err)
	return g
}

func gameOf(t testing.TB, s store.Store, id string) games.Game {
	t.Helper()
	g, err := s.Game(t.Context(), id)
	must(t, err)
	return g
}

func gameIDs(all []games.Game) []string {
	var ids []string
	for _, g := range all {
		ids = append(ids, g.ID)
	}
	return ids
}

var gameCases = []testCase{
	{"CreateGame keeps a game as its version 1", func(t *testing.T, s store.Store) {
		g := game("g")
		g.Version = 7
		got, created, err := s.CreateGame(t.Context(), g)
		must(t, err)
		equal(t, "created", created, true)
		equal(t, "what it returns", got, keptGame(g, 1))
		equal(t, "the game", gameOf(t, s, "g"), keptGame(g, 1))
	}},
	{"What is not there is not found", func(t *testing.T, s store.Store) {
		_, err := s.Game(t.Context(), "unknown")
		wantKind(t, err, fault.NotFound)
		_, err = s.UpdateGame(t.Context(), "unknown", func(*games.Game) error { return nil })
		wantKind(t, err, fault.NotFound)
		wantKind(t, s.DropErrands(t.Context(), "unknown", nil), fault.NotFound)
	}},
	{"CreateGame returns the game that has the ID", func(t *testing.T, s store.Store) {
		createGames(t, s, game("g"))
		updateGame(t, s, "g", func(g *games.Game) { g.Title = "바뀐 경기" })
		other := game("g")
		other.RequestHash = "other"
		got, created, err := s.CreateGame(t.Context(), other)
		must(t, err)
		equal(t, "created", created, false)
		want := keptGame(game("g"), 2)
		want.Title = "바뀐 경기"
		equal(t, "the game", got, want)
		equal(t, "what is stored", gameOf(t, s, "g"), want)
	}},
	{"CreateGame many times at once creates one", func(t *testing.T, s store.Store) {
		var mu sync.Mutex
		titles, news := map[string]bool{}, 0
		together(t, 8, func(i int) error {
			g := game("g")
			g.Title = fmt.Sprint(i)
			got, created, err := s.CreateGame(t.Context(), g)
			mu.Lock()
			defer mu.Unlock()
			titles[got.Title] = true
			if created {
				news++
			}
			return err
		})
		if len(titles) != 1 || news != 1 {
			t.Fatalf("%d were created; callers were given %v", news, titles)
		}
	}},
	{"UpdateGame changes all but the ID and counts the version", func(t *testing.T, s store.Store) {
		createGames(t, s, game("g"))
		var before games.Game
		want := wholeGame("g")
		got := updateGame(t, s, "g", func(g *games.Game) {
			before = *g
			*g = want
			g.ID, g.Version = "changed", 17
		})
		equal(t, "what f got", before, keptGame(game("g"), 1))
		equal(t, "what it returns", got, keptGame(want, 2))
		equal(t, "what is stored", gameOf(t, s, "g"), keptGame(want, 2))
		_, err := s.Game(t.Context(), "changed")
		wantKind(t, err, fault.NotFound)
		got = updateGame(t, s, "g", func(g *games.Game) {
			*g = game("g")
			g.Participants, g.Waiting, g.Team1, g.Team2 = []games.Place{}, []games.Place{}, []string{}, []string{}
			g.Sets, g.Corrections, g.Errands = []scoring.Score{}, []games.Correction{}, []games.Errand{}
		})
		equal(t, "what it returns of empty lists", got, keptGame(game("g"), 3))
		equal(t, "what is stored of empty lists", gameOf(t, s, "g"), keptGame(game("g"), 3))
	}},
	{"UpdateGame changes nothing on an error", func(t *testing.T, s store.Store) {
		createGames(t, s, game("g"))
		_, err := s.UpdateGame(t.Context(), "g", func(g *games.Game) error {
			*g = wholeGame("g")
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Fatalf("the error is %v", err)
		}
		equal(t, "the game", gameOf(t, s, "g"), keptGame(game("g"), 1))
	}},
	{"UpdateGame loses no update", func(t *testing.T, s store.Store) {
		const writers, each = 8, 20
		createGames(t, s, game("g"))
		var mu sync.Mutex
		given := map[int64]bool{}
		together(t, writers, func(int) error {
			for range each {
				g, err := s.UpdateGame(t.Context(), "g", func(g *games.Game) error {
					g.Title += "."
					return nil
				})
				if err != nil {
					return err
				}
				mu.Lock()
				given[g.Version] = true
				mu.Unlock()
			}
			return nil
		})
		g := gameOf(t, s, "g")
		equal(t, "the title", g.Title, game("g").Title+strings.Repeat(".", writers*each))
		equal(t, "the version", g.Version, 1+writers*each)
		equal(t, "how many versions were given", len(given), writers*each)
	}},
	{"GamesByID returns those that exist", func(t *testing.T, s store.Store) {
		createGames(t, s, game("a"), game("b"), game("c"))
		asked := []string{"b", "unknown", "a", "b"}
		for len(asked) < 1000 {
			asked = append(asked, fmt.Sprint("unknown ", len(asked)))
		}
		got, err := s.GamesByID(t.Context(), asked)
		must(t, err)
		slices.SortFunc(got, func(a, b games.Game) int { return strings.Compare(a.ID, b.ID) })
		equal(t, "the games", got, []games.Game{keptGame(game("a"), 1), keptGame(game("b"), 1)})
		got, err = s.GamesByID(t.Context(), nil)
		must(t, err)
		equal(t, "the games of none", got, nil)
	}},
	{"DropErrands leaves the version, and GamesWithErrands returns what is left", func(t *testing.T, s store.Store) {
		with := func(id string, keys ...string) games.Game {
			g := game(id)
			for _, key := range keys {
				g.Errands = append(g.Errands, games.Errand{Key: key, Kind: "changed", To: []string{"a", "b"}})
			}
			return g
		}
		left := func(after string, limit int, want ...string) {
			t.Helper()
			got, err := s.GamesWithErrands(t.Context(), after, limit)
			must(t, err)
			equal(t, "the games with errands", gameIDs(got), want)
		}
		left("", 10)
		createGames(t, s, with("b", "b1", "b2", "b3"), with("c", "c1"), with("a", "a1"), game("d"))
		left("", 10, "a", "b", "c")
		left("", 2, "a", "b")
		left("b", 2, "c")
		must(t, s.DropErrands(t.Context(), "b", []string{"b3", "unknown", "b1"}))
		must(t, s.DropErrands(t.Context(), "c", []string{"c1"}))
		left("", 10, "a", "b")
		equal(t, "what is left", gameOf(t, s, "b"), keptGame(with("b", "b2"), 1))
		equal(t, "a game without", gameOf(t, s, "c"), keptGame(game("c"), 1))
		must(t, s.DropErrands(t.Context(), "c", []string{"c1"}))
		updateGame(t, s, "d", func(g *games.Game) { g.Errands = with("d", "d1").Errands })
		left("b", 10, "d")
	}},
}

// play makes a game ongoing.
func play(court string, players ...string) func(*games.Game) error {
	return func(g *games.Game) error {
		g.Status, g.CourtID = games.Ongoing, court
		g.Team1, g.Team2 = players[:len(players)/2], players[len(players)/2:]
		return nil
	}
}

func wantHeld(t testing.TB, err error, key, gameID string) {
	t.Helper()
	wantKind(t, err, fault.Exists)
	held, ok := errors.AsType[*games.Held](err)
	if !ok {
		t.Fatalf("the error is %v", err)
	}
	equal(t, "what is held", *held, games.Held{Key: key, GameID: gameID})
}

var gameHoldCases = []testCase{
	{"A court is held until its game is over", func(t *testing.T, s store.Store) {
		createGames(t, s, game("a"), game("b"))
		start := func(id string) error {
			_, err := s.UpdateGame(t.Context(), id, play("1", id+"1", id+"2"))
			return err
		}
		must(t, start("a"))
		wantHeld(t, start("b"), "court/1", "a")
		equal(t, "the game that was refused", gameOf(t, s, "b"), keptGame(game("b"), 1))
		updateGame(t, s, "a", func(g *games.Game) { g.Sets = []scoring.Score{{Team1: 1}} })
		wantHeld(t, start("b"), "court/1", "a")
		updateGame(t, s, "a", func(g *games.Game) { g.Status = games.Cancelled })
		must(t, start("b"))
		wantHeld(t, start("a"), "court/1", "b")
	}},
	{"A player is in one ongoing game", func(t *testing.T, s store.Store) {
		createGames(t, s, game("a"), game("b"), game("c"))
		_, err := s.UpdateGame(t.Context(), "a", play("1", "p", "q", "r", "s"))
		must(t, err)
		_, err = s.UpdateGame(t.Context(), "b", play("2", "t", "u", "v", "q"))
		wantHeld(t, err, "player/q", "a")
		_, err = s.UpdateGame(t.Context(), "b", play("2", "t", "u", "v", "w"))
		must(t, err)
		// The court is named before a player.
		_, err = s.UpdateGame(t.Context(), "c", play("2", "q", "x"))
		wantHeld(t, err, "court/2", "b")
		// What is given up in an update can be taken by the next.
		_, err = s.UpdateGame(t.Context(), "a", play("1", "p", "x", "r", "s"))
		must(t, err)
		_, err = s.UpdateGame(t.Context(), "c", play("3", "q", "y"))
		must(t, err)
	}},
	{"Of many games that start at once on a court one does", func(t *testing.T, s store.Store) {
		const n, rounds = 8, 5
		for i := range n {
			createGames(t, s, game(fmt.Sprint(i)))
		}
		for range rounds {
			var mu sync.Mutex
			var started []string
			together(t, n, func(i int) error {
				id := fmt.Sprint(i)
				_, err := s.UpdateGame(t.Context(), id, play("1", "p"+id, "q"+id))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					started = append(started, id)
				}
				if errors.Is(err, fault.Exists) {
					err = nil
				}
				return err
			})
			equal(t, "how many have started", len(started), 1)
			updateGame(t, s, started[0], func(g *games.Game) { g.Status = games.Scheduled })
		}
	}},
}

package mongodb

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/store/sqlite"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// gameStore is what the twins have in common.
type gameStore interface {
	games.Store
	Stats(ctx context.Context, id string) (users.Stats, error)
}

// gameStep is one call with its result, errors as what they are.
type gameStep func(gameStore) (any, error)

// twins draw calls.
type twins struct {
	*rand.Rand
	t *testing.T
}

func (w twins) game() string   { return fmt.Sprint("game ", w.IntN(12)) }
func (w twins) player() string { return fmt.Sprint("player ", w.IntN(7)) }

func (w twins) date() time.Time {
	if w.IntN(20) == 0 {
		return time.Time{}
	}
	return noon.Add(time.Duration(w.IntN(400)-200) * time.Hour).Add(time.Duration(w.IntN(3)))
}

func (w twins) team(size int) (ids []string) {
	for _, i := range w.Perm(7)[:size] {
		ids = append(ids, fmt.Sprint("player ", i))
	}
	return ids
}

// change draws one of the things that are done to games. It depends on the game and on what was drawn alone.
func (w twins) change() func(*games.Game) error {
	who, other, at, n, size := w.player(), w.game(), w.date(), w.IntN(25), 1+w.IntN(2)
	end := []games.End{games.PlayedOut, games.PlayedOut, games.Retired, games.Walkover, games.Abandoned}[w.IntN(5)]
	teams := w.team(2 * size)
	play := func(g *games.Game) { g.Team1, g.Team2 = teams[:size], teams[size:] }
	switch w.IntN(9) {
	case 0:
		return func(*games.Game) error { return errors.New("refused") }
	case 1:
		return func(g *games.Game) error {
			g.ID, g.Title, g.Version, g.Date = other, g.Title+"가", 99, at
			return nil
		}
	case 2, 3:
		return func(g *games.Game) error {
			g.Participants = slices.DeleteFunc(g.Participants, func(p games.Place) bool { return p.UserID == who })
			g.Waiting = slices.DeleteFunc(g.Waiting, func(p games.Place) bool { return p.UserID == who })
			if n%3 > 0 {
				g.Participants = append(g.Participants, games.Place{UserID: who, JoinedAt: at})
			} else {
				g.Waiting = append(g.Waiting, games.Place{UserID: who, JoinedAt: at})
			}
			return nil
		}
	case 4:
		return func(g *games.Game) error {
			play(g)
			g.Status, g.CourtID, g.StartedAt = games.Ongoing, fmt.Sprint(n%3), at
			g.Rules, _ = scoring.KR1x25.Rules()
			return nil
		}
	case 5:
		return func(g *games.Game) error {
			g.Status, g.CancelledAt = games.Cancelled, at
			return nil
		}
	case 6:
		return func(g *games.Game) error {
			g.Errands = append(g.Errands, games.Errand{Key: fmt.Sprint(g.ID, g.Version), Kind: "promoted", To: teams})
			g.Corrections = append(g.Corrections, games.Correction{Set: n, By: who, At: at})
			return nil
		}
	default:
		return func(g *games.Game) error {
			play(g)
			g.Status, g.End, g.CompletedAt, g.Winner, g.MVP = games.Completed, end, at, scoring.Team(1+n%2), teams[0]
			g.Sets = []scoring.Score{{Team1: 25, Team2: n}}
			return nil
		}
	}
}

// step draws a call.
func (w twins) step() (string, gameStep) {
	id, change, at, since := w.game(), w.change(), w.date(), w.date()
	n, filter := w.IntN(6), games.Filter{Limit: 1 + w.IntN(8), Offset: w.IntN(6), From: w.date(), To: w.date(), Today: w.date()}
	filter.Status = []games.Status{"", "", games.Scheduled, games.Ongoing, games.Completed, games.Cancelled}[n]
	if w.IntN(2) == 0 {
		filter.UserID, filter.CourtID = w.player(), []string{"", "", "0", "1"}[w.IntN(4)]
	}
	if w.IntN(2) == 0 {
		filter.After = &games.Position{Date: w.date(), ID: id}
	}
	switch w.IntN(15) {
	case 0, 1:
		return "CreateGame " + id, func(s gameStore) (any, error) {
			g, created, err := s.CreateGame(w.t.Context(), games.Game{ID: id, Status: games.Scheduled, Date: at, CreatedAt: at})
			return []any{g, created}, err
		}
	case 2:
		return "DropErrands " + id, func(s gameStore) (any, error) {
			g, err := s.Game(w.t.Context(), id)
			if err != nil || len(g.Errands) == 0 {
				return g, err
			}
			return nil, s.DropErrands(w.t.Context(), id, []string{g.Errands[0].Key, "unknown"})
		}
	case 3:
		return fmt.Sprintf("ListGames %+v", filter), func(s gameStore) (any, error) {
			page, total, err := s.ListGames(w.t.Context(), filter)
			return []any{page, total}, err
		}
	case 4:
		return "CountGames", func(s gameStore) (any, error) { return s.CountGames(w.t.Context(), at, at.Add(100*time.Hour)) }
	case 5:
		return "GameVersions", func(s gameStore) (any, error) {
			versions, err := s.GameVersions(w.t.Context(), since, []string{id, "unknown"})
			slices.SortFunc(versions, func(a, b games.Version) int { return strings.Compare(a.GameID, b.GameID) })
			return versions, err
		}
	case 6:
		return "GamesByID", func(s gameStore) (any, error) {
			found, err := s.GamesByID(w.t.Context(), []string{id, "unknown", id})
			return found, err
		}
	case 8:
		span := games.Span{From: since, To: since.Add(100 * time.Hour)}
		return fmt.Sprintf("GamesPlayed %v", span), func(s gameStore) (any, error) {
			found, err := s.GamesPlayed(w.t.Context(), []games.Span{span, {From: at, To: at}}, 100)
			slices.SortFunc(found, func(a, b games.Played) int { return strings.Compare(a.GameID, b.GameID) })
			return found, err
		}
	case 7:
		return "GamesWithErrands " + id, func(s gameStore) (any, error) { return s.GamesWithErrands(w.t.Context(), id, n) }
	default:
		return "UpdateGame " + id, func(s gameStore) (any, error) { return s.UpdateGame(w.t.Context(), id, change) }
	}
}

// wordOf is an error in the words in which the twins must agree.
func wordOf(err error) string {
	if held, ok := errors.AsType[*games.Held](err); ok {
		return held.Error()
	}
	if kind := fault.KindOf(err); err != nil && kind != 0 {
		return fmt.Sprint(kind)
	}
	return fmt.Sprint(err)
}

// Two processes on MongoDB and one on SQLite are called alike, and answer alike.
func TestGamesAnswerAsThoseOfSQLite(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("Seed ", seed), func(t *testing.T) {
			t.Parallel()
			stores := twoStores(t)
			// So that most results are soon among the early ones.
			stores[0].books.keep, stores[1].books.keep = 2, 3
			twin, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "club.db"), sqlite.Options{})
			must(t, err)
			t.Cleanup(func() { must(t, twin.Close()) })
			w := twins{rand.New(rand.NewPCG(seed, 7)), t}
			for i := range 150 {
				name, step := w.step()
				answerAlike(t, fmt.Sprint("step ", i, ": ", name), stores[w.IntN(2)], twin, step)
				if i%5 == 0 {
					player := w.player()
					answerAlike(t, fmt.Sprint("step ", i, ": Stats of ", player), stores[w.IntN(2)], twin,
						func(s gameStore) (any, error) { return s.Stats(t.Context(), player) })
				}
				if w.IntN(50) == 0 {
					must(t, stores[w.IntN(2)].RebuildStats(t.Context()))
				}
			}
		})
	}
}

func answerAlike(t *testing.T, what string, s, twin gameStore, step gameStep) {
	t.Helper()
	got, err := step(s)
	want, wantErr := step(twin)
	if wordOf(err) != wordOf(wantErr) || err == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%s returns\n%+v, %v\nand of SQLite\n%+v, %v", what, got, err, want, wantErr)
	}
}

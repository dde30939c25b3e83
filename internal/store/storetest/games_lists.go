package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// dated is a game some days after noon's.
func dated(id string, days int, status games.Status) games.Game {
	g := game(id)
	g.Date, g.Status = noon.AddDate(0, 0, days), status
	return g
}

// createIn makes games in the state they have, which CreateGame does not.
func createIn(t testing.TB, s store.Store, all ...games.Game) {
	t.Helper()
	for _, g := range all {
		status := g.Status
		g.Status = games.Scheduled
		createGames(t, s, g)
		if status != games.Scheduled {
			updateGame(t, s, g.ID, func(g *games.Game) {
				g.Status = status
				g.CourtID, g.Team1, g.Team2 = "court of "+g.ID, []string{"p" + g.ID}, []string{"q" + g.ID}
				g.CompletedAt, g.Winner = noon, 1
			})
		}
	}
}

var gameListCases = []testCase{
	{"ListGames returns those to come, then those past", func(t *testing.T, s store.Store) {
		createIn(t, s,
			dated("a", -2, games.Completed), dated("b", -1, games.Cancelled), dated("c", -1, games.Scheduled),
			dated("d", 0, games.Ongoing), dated("e", 0, games.Scheduled), dated("f", 1, games.Scheduled),
			dated("g", 2, games.Cancelled), dated("h", 3, games.Scheduled))
		at := func(days int) time.Time { return noon.AddDate(0, 0, days) }
		for _, c := range []struct {
			filter games.Filter
			want   string
			total  int
		}{
			{games.Filter{Limit: 100}, "defghcba", 8},
			{games.Filter{Limit: 3}, "def", 8},
			{games.Filter{Limit: 3, Offset: 3}, "ghc", 8},
			{games.Filter{Limit: 3, Offset: 5}, "cba", 8},
			{games.Filter{Limit: 3, Offset: 6}, "ba", 8},
			{games.Filter{Limit: 3, Offset: 8}, "", 8},
			{games.Filter{Limit: 100, From: at(0)}, "defgh", 5},
			{games.Filter{Limit: 100, From: at(1)}, "fgh", 3},
			{games.Filter{Limit: 100, To: at(0)}, "cba", 3},
			{games.Filter{Limit: 100, To: at(1)}, "decba", 5},
			{games.Filter{Limit: 2, Offset: 1, From: at(-1), To: at(1)}, "ec", 4},
			{games.Filter{Limit: 100, From: at(2), To: at(2)}, "", 0},
			{games.Filter{Limit: 100, Status: games.Scheduled}, "efhc", 4},
			{games.Filter{Limit: 2, Offset: 2, Status: games.Scheduled}, "hc", 4},
			{games.Filter{Limit: 100, Status: games.Cancelled, From: at(-1)}, "gb", 2},
			{games.Filter{Limit: 100, Status: games.Ongoing, To: at(0)}, "", 0},
			{games.Filter{Limit: 100, Status: games.Completed}, "a", 1},
		} {
			c.filter.Today = noon
			got, total, err := s.ListGames(t.Context(), c.filter)
			must(t, err)
			equal(t, fmt.Sprintf("the games of %+v", c.filter), strings.Join(gameIDs(got), ""), c.want)
			equal(t, fmt.Sprintf("the total of %+v", c.filter), total, c.total)
		}
		got, total, err := s.ListGames(t.Context(), games.Filter{Limit: 100})
		must(t, err)
		equal(t, "the games with all days to come", strings.Join(gameIDs(got), ""), "abcdefgh")
		equal(t, "the total", total, 8)
		equal(t, "a whole game", got[5], keptGame(dated("f", 1, games.Scheduled), 1))
	}},
	{"ListGames finds a game where it has moved", func(t *testing.T, s store.Store) {
		createIn(t, s, dated("a", 0, games.Scheduled))
		updateGame(t, s, "a", func(g *games.Game) { g.Date, g.Status = noon.AddDate(0, 0, 9), games.Cancelled })
		for _, c := range []struct {
			filter games.Filter
			want   []string
		}{
			{games.Filter{Status: games.Scheduled}, nil},
			{games.Filter{Status: games.Cancelled}, []string{"a"}},
			{games.Filter{To: noon.AddDate(0, 0, 1)}, nil},
			{games.Filter{From: noon.AddDate(0, 0, 9)}, []string{"a"}},
		} {
			c.filter.Limit = 10
			got, _, err := s.ListGames(t.Context(), c.filter)
			must(t, err)
			equal(t, fmt.Sprintf("the games of %+v", c.filter), gameIDs(got), c.want)
		}
	}},
	{"GameVersions returns what is on, and what is asked for", func(t *testing.T, s store.Store) {
		createIn(t, s,
			dated("a", -9, games.Ongoing), dated("b", -9, games.Scheduled), dated("c", -1, games.Scheduled),
			dated("d", 0, games.Scheduled), dated("e", 1, games.Completed), dated("f", 1, games.Cancelled), dated("g", 1, games.Scheduled))
		updateGame(t, s, "d", func(g *games.Game) { g.Title = "바뀐 경기" })
		check := func(since time.Time, ids []string, want ...games.Version) {
			t.Helper()
			got, err := s.GameVersions(t.Context(), since, ids)
			must(t, err)
			slices.SortFunc(got, func(a, b games.Version) int { return strings.Compare(a.GameID, b.GameID) })
			equal(t, "the versions", got, want)
		}
		a, c, d, g := games.Version{GameID: "a", Version: 2, Status: games.Ongoing}, games.Version{GameID: "c", Version: 1, Status: games.Scheduled},
			games.Version{GameID: "d", Version: 2, Status: games.Scheduled}, games.Version{GameID: "g", Version: 1, Status: games.Scheduled}
		check(noon, nil, a, d, g)
		check(noon.AddDate(0, 0, -1), []string{}, a, c, d, g)
		e, f := games.Version{GameID: "e", Version: 2, Status: games.Completed}, games.Version{GameID: "f", Version: 2, Status: games.Cancelled}
		check(noon.AddDate(0, 0, 1), []string{"f", "a", "unknown", "e", "g", "e"}, a, e, f, g)
	}},
	{"ListGames returns each page of any size as the whole list has it", func(t *testing.T, s store.Store) {
		var all []games.Game
		for i := range 23 {
			all = append(all, dated(fmt.Sprintf("%02d", i*7%23), i/2-4, []games.Status{games.Scheduled, games.Completed}[i%3/2]))
		}
		createIn(t, s, all...)
		for _, status := range []games.Status{"", games.Scheduled, games.Completed} {
			for _, today := range []time.Time{noon, noon.AddDate(0, 0, -9), noon.AddDate(0, 0, 99)} {
				f := games.Filter{Status: status, Today: today, Limit: 1000}
				whole, total, err := s.ListGames(t.Context(), f)
				must(t, err)
				equal(t, "how many", len(whole), total)
				for f.Limit = 1; f.Limit < 9; f.Limit++ {
					for f.Offset = 0; f.Offset <= total; f.Offset += 3 {
						page, _, err := s.ListGames(t.Context(), f)
						must(t, err)
						equal(t, fmt.Sprintf("the page of %+v", f), gameIDs(page), gameIDs(whole[f.Offset:min(total, f.Offset+f.Limit)]))
					}
				}
			}
		}
	}},
	{"ListGames finds the games of a user and of a court", func(t *testing.T, s store.Store) {
		in := func(g games.Game, participant, waiting string) games.Game {
			if participant != "" {
				g.Participants = []games.Place{{UserID: "other", JoinedAt: noon}, {UserID: participant, JoinedAt: noon}}
			}
			if waiting != "" {
				g.Waiting = []games.Place{{UserID: waiting, JoinedAt: noon}}
			}
			return g
		}
		createIn(t, s,
			in(dated("a", -2, games.Completed), "u", ""), in(dated("b", -1, games.Cancelled), "v", "u"), in(dated("c", 0, games.Ongoing), "u", ""),
			in(dated("d", 1, games.Scheduled), "v", "u"), in(dated("e", 1, games.Scheduled), "v", ""), dated("f", 2, games.Scheduled),
			in(dated("g", 3, games.Completed), "u", "v"))
		for _, id := range []string{"c", "g", "a"} {
			updateGame(t, s, id, func(g *games.Game) { g.CourtID = "1" })
		}
		check := func(f games.Filter, want string) {
			t.Helper()
			f.Limit, f.Today = 10, noon
			got, total, err := s.ListGames(t.Context(), f)
			must(t, err)
			equal(t, fmt.Sprintf("the games of %+v", f), strings.Join(gameIDs(got), ""), want)
			equal(t, fmt.Sprintf("the total of %+v", f), total, len(want))
		}
		check(games.Filter{UserID: "u"}, "cdgba")
		check(games.Filter{UserID: "other"}, "cdegba")
		check(games.Filter{UserID: "nobody"}, "")
		check(games.Filter{UserID: "u", Status: games.Completed}, "ga")
		check(games.Filter{UserID: "u", From: noon, To: noon.AddDate(0, 0, 3)}, "cd")
		check(games.Filter{CourtID: "1"}, "cga")
		check(games.Filter{CourtID: "2"}, "")
		check(games.Filter{CourtID: "1", Status: games.Completed, From: noon}, "g")
		check(games.Filter{UserID: "v", CourtID: "1"}, "g")
		check(games.Filter{UserID: "u", CourtID: "1", Status: games.Completed, To: noon}, "a")
		// A user who leaves disappears from the lists, and a game that moves is found at its new date and court.
		updateGame(t, s, "d", func(g *games.Game) { g.Waiting = nil })
		updateGame(t, s, "g", func(g *games.Game) { g.Date, g.CourtID = noon.AddDate(0, 0, -3), "2" })
		updateGame(t, s, "f", func(g *games.Game) { g.Waiting = []games.Place{{UserID: "u", JoinedAt: noon}} })
		updateGame(t, s, "c", func(g *games.Game) {
			g.Date = noon.AddDate(0, 0, 5)
			g.Participants = append(g.Participants, games.Place{UserID: "w", JoinedAt: noon})
		})
		check(games.Filter{UserID: "u"}, "fcbag")
		check(games.Filter{UserID: "w"}, "c")
		check(games.Filter{UserID: "v"}, "debg")
		check(games.Filter{CourtID: "1"}, "ca")
		check(games.Filter{CourtID: "2", UserID: "v"}, "g")
	}},
	{"ListGames goes on after any game", func(t *testing.T, s store.Store) {
		var all []games.Game
		for i := range 12 {
			g := dated(fmt.Sprintf("%02d", i*7%12), i/3-2, []games.Status{games.Scheduled, games.Completed}[i%2])
			g.Participants = []games.Place{{UserID: fmt.Sprint("u", i/2%2), JoinedAt: noon}}
			all = append(all, g)
		}
		createIn(t, s, all...)
		updateGame(t, s, "01", func(g *games.Game) { g.CourtID = "1" })
		for _, id := range []string{"07", "03", "05"} {
			updateGame(t, s, id, func(g *games.Game) { g.CourtID = "1" })
		}
		after := func(f games.Filter, at games.Position) []string {
			t.Helper()
			f.After, f.Offset = &at, 99
			got, total, err := s.ListGames(t.Context(), f)
			must(t, err)
			equal(t, "the total, which is not counted", total, 0)
			return gameIDs(got)
		}
		for _, today := range []time.Time{noon, noon.AddDate(0, 0, -9), noon.AddDate(0, 0, 99)} {
			for _, f := range []games.Filter{
				{}, {Status: games.Completed}, {UserID: "u1"}, {CourtID: "1"}, {UserID: "u0", Status: games.Scheduled},
				{From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1)}, {UserID: "u1", From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1)},
			} {
				f.Today, f.Limit = today, 100
				whole, _, err := s.ListGames(t.Context(), f)
				must(t, err)
				for i, g := range whole {
					for _, limit := range []int{1, 2, 100} {
						f.Limit = limit
						rest := gameIDs(whole[i+1 : min(len(whole), i+1+limit)])
						equal(t, fmt.Sprintf("what follows %s in %+v", g.ID, f), after(f, games.Position{Date: g.Date, ID: g.ID}), rest)
					}
				}
			}
		}
		// The game of the place need not be there, nor be one of the list.
		f := games.Filter{Today: noon, Limit: 2}
		equal(t, "what follows no game", after(f, games.Position{Date: noon.Add(time.Hour), ID: "x"}), []string{"03", "05"})
	}},
	{"GamesToCome are the scheduled games with a place of the user", func(t *testing.T, s store.Store) {
		in := func(g games.Game, lists ...string) games.Game {
			g.Participants = []games.Place{{UserID: "other", JoinedAt: noon}}
			for _, list := range lists {
				place := games.Place{UserID: "u", JoinedAt: noon}
				if list == "waiting" {
					g.Waiting = append(g.Waiting, place)
				} else {
					g.Participants = append(g.Participants, place)
				}
			}
			return g
		}
		createIn(t, s,
			in(dated("a", -9, games.Scheduled), "in"), in(dated("b", 1, games.Scheduled), "waiting"), in(dated("c", 1, games.Scheduled)),
			in(dated("d", 0, games.Ongoing), "in"), in(dated("e", 0, games.Completed), "in"), in(dated("f", 0, games.Cancelled), "waiting"))
		for user, want := range map[string][]string{"u": {"a", "b"}, "other": {"a", "b", "c"}, "nobody": nil} {
			got, err := s.GamesToCome(t.Context(), user)
			must(t, err)
			slices.Sort(got)
			equal(t, "the games of "+user, got, want)
		}
	}},
	{"CountGames counts by date and state", func(t *testing.T, s store.Store) {
		waiting := func(g games.Game, n int) games.Game {
			for i := range n {
				g.Waiting = append(g.Waiting, games.Place{UserID: fmt.Sprint(i), JoinedAt: noon})
			}
			return g
		}
		createIn(t, s,
			waiting(dated("a", -1, games.Scheduled), 100), waiting(dated("b", 0, games.Scheduled), 2),
			waiting(dated("c", 0, games.Scheduled), 1), waiting(dated("d", 0, games.Ongoing), 3),
			waiting(dated("e", 0, games.Completed), 100), waiting(dated("f", 0, games.Cancelled), 100),
			waiting(dated("g", 1, games.Completed), 100))
		got, err := s.CountGames(t.Context(), noon, noon.AddDate(0, 0, 1))
		must(t, err)
		equal(t, "the counts", got, games.Counts{Scheduled: 2, Ongoing: 1, Completed: 1, Waiting: 6})
		got, err = s.CountGames(t.Context(), noon.AddDate(1, 0, 0), noon.AddDate(2, 0, 0))
		must(t, err)
		equal(t, "the counts of nothing", got, games.Counts{})
	}},
	{"CreateCourt keeps a court as its version 1", func(t *testing.T, s store.Store) {
		equal(t, "no courts", courtsOf(t, s), nil)
		one := createCourt(t, s, games.Court{ID: "1", Name: "1번 코트", CreatedAt: noon.Add(time.Second), Version: 17})
		two := createCourt(t, s, games.Court{ID: "2", Name: "2번 코트", Maintenance: true, CreatedAt: noon, RequestHash: "hash"})
		zero := createCourt(t, s, games.Court{ID: "0", Name: "3번 코트", CreatedAt: noon.Add(time.Second)})
		equal(t, "the courts", courtsOf(t, s), []games.Court{two, zero, one})

		got, created, err := s.CreateCourt(t.Context(), games.Court{ID: "1", Name: "다른 코트", CreatedAt: noon.Add(time.Hour)}, 10)
		must(t, err)
		equal(t, "created again", created, false)
		equal(t, "the court that has the ID", got, one)
		equal(t, "the courts", courtsOf(t, s), []games.Court{two, zero, one})
	}},
	{"UpdateCourt changes courts", func(t *testing.T, s store.Store) {
		one := createCourt(t, s, games.Court{ID: "1", Name: "1번 코트", CreatedAt: noon.Add(time.Second)})
		two := createCourt(t, s, games.Court{ID: "2", Name: "2번 코트", CreatedAt: noon, RequestHash: "hash"})
		put := func(before, after games.Court) games.Court {
			t.Helper()
			got, err := s.UpdateCourt(t.Context(), before.ID, func(found *games.Court) error {
				equal(t, "what f got", *found, before)
				*found = after
				found.ID, found.Version = "changed", 17
				return nil
			})
			must(t, err)
			after.ID, after.Version, after.CreatedAt, after.DeletedAt = before.ID, before.Version+1, kept(after.CreatedAt), kept(after.DeletedAt)
			equal(t, "what it returns", got, after)
			return got
		}
		two = put(two, games.Court{Name: "센터", Maintenance: true, CreatedAt: noon.Add(time.Hour)})
		equal(t, "the courts", courtsOf(t, s), []games.Court{one, two})
		two = put(two, games.Court{Name: "센터", CreatedAt: noon.Add(time.Hour), DeletedAt: noon.Add(2 * time.Hour)})
		_, err := s.UpdateCourt(t.Context(), "1", func(c *games.Court) error {
			c.Name = "바뀐 코트"
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Fatalf("the error is %v", err)
		}
		_, err = s.UpdateCourt(t.Context(), "4", func(*games.Court) error { return errRefused })
		wantKind(t, err, fault.NotFound)
		equal(t, "the courts", courtsOf(t, s), []games.Court{one, two})
		still, err := s.UpdateCourt(t.Context(), "2", func(c *games.Court) error {
			c.DeletedAt = time.Time{}
			return nil
		})
		must(t, err)
		equal(t, "when it was deleted", still.DeletedAt, two.DeletedAt)
	}},
	{"UpdateCourt loses no update", func(t *testing.T, s store.Store) {
		createCourt(t, s, games.Court{ID: "1", CreatedAt: noon})
		together(t, 8, func(int) error {
			for range 10 {
				if _, err := s.UpdateCourt(t.Context(), "1", func(c *games.Court) error {
					c.Name += "."
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		})
		equal(t, "the courts", courtsOf(t, s), []games.Court{{ID: "1", Name: strings.Repeat(".", 80), Version: 81, CreatedAt: kept(noon)}})
	}},
	{"No more courts exist than may, however many are created at once", func(t *testing.T, s store.Store) {
		const limit, calls = 5, 24
		var created, refused atomic.Int32
		create := func(id string) error {
			_, isNew, err := s.CreateCourt(t.Context(), games.Court{ID: id, CreatedAt: noon}, limit)
			switch {
			case isNew:
				created.Add(1)
			case errors.Is(err, games.ErrTooManyCourts):
				refused.Add(1)
				return nil
			}
			return err
		}
		for round, free := range []int32{limit, 2} {
			created.Store(0)
			refused.Store(0)
			together(t, calls, func(i int) error { return create(fmt.Sprint(round, i)) })
			equal(t, "created", created.Load(), free)
			equal(t, "refused", refused.Load(), calls-free)
			exist := slices.DeleteFunc(courtsOf(t, s), func(c games.Court) bool { return !c.DeletedAt.IsZero() })
			equal(t, "how many exist", len(exist), limit)
			// What exists already is not refused, nor is what takes the place of a deleted court.
			must(t, create(exist[0].ID))
			together(t, 2, func(i int) error {
				_, err := s.UpdateCourt(t.Context(), exist[i].ID, func(c *games.Court) error {
					c.DeletedAt = noon
					return nil
				})
				return err
			})
		}
	}},
	{"A court is created once, however often at once", func(t *testing.T, s store.Store) {
		var created atomic.Int32
		together(t, 16, func(i int) error {
			_, isNew, err := s.CreateCourt(t.Context(), games.Court{ID: fmt.Sprint(i % 2), CreatedAt: noon}, 2)
			if isNew {
				created.Add(1)
			}
			return err
		})
		equal(t, "created", created.Load(), 2)
		equal(t, "how many exist", len(courtsOf(t, s)), 2)
	}},
}

func createCourt(t testing.TB, s store.Store, c games.Court) games.Court {
	t.Helper()
	got, created, err := s.CreateCourt(t.Context(), c, 100)
	must(t, err)
	equal(t, "created", created, true)
	c.Version, c.CreatedAt = 1, kept(c.CreatedAt)
	equal(t, "the court", got, c)
	return got
}

func courtsOf(t testing.TB, s store.Store) []games.Court {
	t.Helper()
	courts, err := s.Courts(t.Context())
	must(t, err)
	return courts
}

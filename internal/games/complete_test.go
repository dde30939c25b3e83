package games

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

// club is how a game is scored that says nothing else.
var club, _ = scoring.KR1x25.Rules()

func TestComplete(t *testing.T) {
	noted := &GameStats{Minutes: 30, Note: "좋은 경기"}
	for _, c := range []struct {
		name   string
		preset scoring.Preset
		sets   []scoring.Score
		stated result
		final  scoring.Score
		winner scoring.Team
	}{
		{"by its sets", scoring.BWF3x21, points(21, 19, 3, 21, 30, 29), result{end: PlayedOut}, scoring.Score{Team1: 2, Team2: 1}, scoring.Team1},
		{"as stated", scoring.BWF3x21, points(3, 21, 3, 21), result{end: PlayedOut, final: &scoring.Score{Team2: 2}, winner: scoring.Team2, mvp: "d", noted: noted},
			scoring.Score{Team2: 2}, scoring.Team2},
		{"one set", scoring.KR1x25, points(24, 25), result{end: PlayedOut}, scoring.Score{Team1: 24, Team2: 25}, scoring.Team2},
		{"one set stated in points", scoring.KR1x25, points(24, 25), result{end: PlayedOut, final: &scoring.Score{Team1: 24, Team2: 25}},
			scoring.Score{Team1: 24, Team2: 25}, scoring.Team2},
		{"one set stated in sets", scoring.KR1x25, points(24, 25), result{end: PlayedOut, final: &scoring.Score{Team2: 1}}, scoring.Score{Team1: 24, Team2: 25}, scoring.Team2},
		{"one set that nobody kept", scoring.KR1x25, nil, result{end: PlayedOut, final: &scoring.Score{Team1: 25, Team2: 9}}, scoring.Score{Team1: 25, Team2: 9}, scoring.Team1},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := ongoing(c.preset, c.sets...)
			if err := g.complete(c.stated, club, now); err != nil {
				t.Fatal(err)
			}
			if g.Status != Completed || g.FinalScore != c.final || g.Winner != c.winner || g.MVP != c.stated.mvp || !g.CompletedAt.Equal(now) {
				t.Errorf("completed as %+v", g)
			}
			if r, ok := g.Result(); !ok || r.Validate() != nil || r.Unrated || g.End != PlayedOut {
				t.Errorf("its result is %+v", r)
			}
			if g.Holds() != nil {
				t.Errorf("it still holds %v", g.Holds())
			}
			before := copyOf(t, g)
			for _, again := range []result{c.stated, {end: PlayedOut}} {
				if err := g.complete(again, club, now.Add(time.Hour)); !errors.Is(err, errUnchanged) || !reflect.DeepEqual(copyOf(t, g), before) {
					t.Errorf("again: %v, and it is %+v", err, g)
				}
			}
			for _, other := range []result{
				{winner: scoring.Team1 + scoring.Team2 - c.winner}, {final: &scoring.Score{Team1: 1, Team2: 1}}, {mvp: "c"}, {noted: &GameStats{Minutes: 1}},
				{end: Retired, winner: c.winner}, {end: Walkover, winner: c.winner}, {end: Abandoned},
			} {
				other.end = cmp.Or(other.end, PlayedOut)
				wantFault(t, g.complete(other, club, now), fault.Precondition, "GAME_COMPLETED", "")
			}
		})
	}
}

func TestCompletionsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		preset scoring.Preset
		sets   []scoring.Score
		stated result
		kind   fault.Kind
		reason string
		field  string
	}{
		{"undecided", scoring.BWF3x21, points(21, 3, 20, 3), result{end: PlayedOut}, fault.Precondition, "MATCH_UNDECIDED", ""},
		{"undecided, and stated", scoring.BWF3x21, points(21, 3), result{end: PlayedOut, final: &scoring.Score{Team1: 2}, winner: scoring.Team1},
			fault.Precondition, "MATCH_UNDECIDED", ""},
		{"without a set", scoring.KR1x25, nil, result{end: PlayedOut, winner: scoring.Team1}, fault.Precondition, "MATCH_UNDECIDED", ""},
		{"three sets that nobody kept", scoring.BWF3x21, nil, result{end: PlayedOut, final: &scoring.Score{Team1: 2}}, fault.Precondition, "MATCH_UNDECIDED", ""},
		{"another final score", scoring.BWF3x21, points(21, 3, 21, 3), result{end: PlayedOut, final: &scoring.Score{Team1: 2, Team2: 1}},
			fault.Invalid, "FINAL_SCORE_CONTRADICTED", "final_score"},
		{"another winner", scoring.BWF3x21, points(21, 3, 21, 3), result{end: PlayedOut, winner: scoring.Team2}, fault.Invalid, "WINNER_CONTRADICTED", "winner"},
		{"one set that cannot be", scoring.KR1x25, nil, result{end: PlayedOut, final: &scoring.Score{Team1: 26, Team2: 3}},
			fault.Invalid, "SCORE_UNREACHABLE", "final_score.team1_score"},
		{"one set that is not over", scoring.KR1x25, nil, result{end: PlayedOut, final: &scoring.Score{Team1: 24, Team2: 3}}, fault.Precondition, "MATCH_UNDECIDED", ""},
		{"a best player who sat out", scoring.KR1x25, points(25, 3), result{end: PlayedOut, mvp: "e"}, fault.Invalid, "MVP_DID_NOT_PLAY", "mvp"},
		{"a best player who is a stranger", scoring.KR1x25, points(25, 3), result{end: PlayedOut, mvp: "x"}, fault.Invalid, "MVP_DID_NOT_PLAY", "mvp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := ongoing(c.preset, c.sets...)
			before := copyOf(t, g)
			wantFault(t, g.complete(c.stated, club, now), c.kind, c.reason, c.field)
			if !reflect.DeepEqual(copyOf(t, g), before) {
				t.Errorf("changed to %+v", g)
			}
		})
	}
	wantStates(t, func(g *Game) error { return g.complete(result{end: PlayedOut}, club, now) }, Ongoing, Completed)
}

// A game that ended before its sets decided it ends with the score it came to, and repeating that changes nothing.
func TestEndsBeforeTheMatchIsDecided(t *testing.T) {
	bwf, _ := scoring.BWF3x21.Rules()
	for _, c := range []struct {
		name   string
		game   *Game
		stated result
		sets   []scoring.Score
		final  scoring.Score
		// counts is whether players' figures follow from it.
		counts bool
	}{
		{"retired in a set", ongoing(scoring.KR1x25, points(11, 18)...), result{end: Retired, winner: scoring.Team1}, points(11, 18),
			scoring.Score{Team1: 11, Team2: 18}, true},
		{"retired in a set that nobody kept", ongoing(scoring.KR1x25), result{end: Retired, winner: scoring.Team1, final: &scoring.Score{Team1: 11, Team2: 18}},
			points(11, 18), scoring.Score{Team1: 11, Team2: 18}, true},
		{"retired before the first point", ongoing(scoring.KR1x25), result{end: Retired, winner: scoring.Team2}, nil, scoring.Score{}, true},
		{"retired in the last set", ongoing(scoring.BWF3x21, points(21, 3, 3, 21, 20, 19)...),
			result{end: Retired, winner: scoring.Team2, final: &scoring.Score{Team1: 1, Team2: 1}, mvp: "c", noted: &GameStats{Minutes: 9}},
			points(21, 3, 3, 21, 20, 19), scoring.Score{Team1: 1, Team2: 1}, true},
		{"a walkover on the court", ongoing(scoring.KR1x25), result{end: Walkover, winner: scoring.Team2}, nil, scoring.Score{}, false},
		{"a walkover of a game that was begun", ongoing(scoring.KR1x25, points(3, 0)...), result{end: Walkover, winner: scoring.Team2},
			points(3, 0), scoring.Score{Team1: 3}, false},
		{"a walkover before the start", scheduled(scoring.Rules{}), result{end: Walkover, winner: scoring.Team1}, nil, scoring.Score{}, false},
		{"a walkover by the game's own rules", scheduled(bwf), result{end: Walkover, winner: scoring.Team1}, nil, scoring.Score{}, false},
		{"abandoned", ongoing(scoring.BWF3x21, points(21, 3)...), result{end: Abandoned}, points(21, 3), scoring.Score{Team1: 1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, rules := c.game, cmp.Or(c.game.Rules, club)
			if err := g.complete(c.stated, club, now); err != nil {
				t.Fatal(err)
			}
			if g.Status != Completed || g.End != c.stated.end || g.Winner != c.stated.winner || g.MVP != c.stated.mvp ||
				g.FinalScore != c.final || !slices.Equal(g.Sets, c.sets) || g.Rules != rules || !g.CompletedAt.Equal(now) {
				t.Errorf("completed as %+v", g)
			}
			r, counted := g.Result()
			if counted != c.counts || counted && (r.Validate() != nil || !r.Unrated || r.Points != g.match().Points()) {
				t.Errorf("its result is %+v, %t", r, counted)
			}
			if counted != (g.Joined() != nil) || g.Holds() != nil {
				t.Errorf("it counts as joined by %v, and holds %v", g.Joined(), g.Holds())
			}
			before := copyOf(t, g)
			for _, again := range []result{c.stated, {end: c.stated.end, winner: c.stated.winner}} {
				if err := g.complete(again, club, now.Add(time.Hour)); !errors.Is(err, errUnchanged) || !reflect.DeepEqual(copyOf(t, g), before) {
					t.Errorf("again: %v, and it is %+v", err, g)
				}
			}
			for _, other := range []result{
				{end: PlayedOut}, {end: Retired, winner: scoring.Team1}, {end: Retired, winner: scoring.Team2},
				{end: Walkover, winner: scoring.Team1}, {end: Walkover, winner: scoring.Team2}, {end: Abandoned},
				{end: c.stated.end, winner: c.stated.winner, final: &scoring.Score{Team1: 7, Team2: 7}},
			} {
				if other.end != c.stated.end || other.winner != c.stated.winner || other.final != nil {
					wantFault(t, g.complete(other, club, now), fault.Precondition, "GAME_COMPLETED", "")
				}
			}
		})
	}
}

// scheduled is a game of a, b against c, d that has not started.
func scheduled(rules scoring.Rules) *Game {
	g := ongoing(scoring.KR1x25)
	g.Status, g.CourtID, g.CourtName, g.StartedAt, g.Rules = Scheduled, "", "", time.Time{}, rules
	return g
}

func TestEndsThatAreRefused(t *testing.T) {
	without := scheduled(club)
	without.Team1, without.Team2 = nil, nil
	for _, c := range []struct {
		name   string
		game   *Game
		stated result
		kind   fault.Kind
		reason string
		field  string
	}{
		{"retired without a winner", ongoing(scoring.KR1x25, points(3, 4)...), result{end: Retired}, fault.Invalid, "WINNER_REQUIRED", "winner"},
		{"a walkover without a winner", ongoing(scoring.KR1x25), result{end: Walkover}, fault.Invalid, "WINNER_REQUIRED", "winner"},
		{"abandoned with a winner", ongoing(scoring.KR1x25, points(3, 4)...), result{end: Abandoned, winner: scoring.Team1},
			fault.Invalid, "WINNER_CONTRADICTED", "winner"},
		{"retired from a decided match", ongoing(scoring.KR1x25, points(25, 4)...), result{end: Retired, winner: scoring.Team1},
			fault.Precondition, "MATCH_DECIDED", ""},
		{"a walkover of a decided match", ongoing(scoring.KR1x25, points(25, 4)...), result{end: Walkover, winner: scoring.Team2},
			fault.Precondition, "MATCH_DECIDED", ""},
		{"an abandoned one that is decided", ongoing(scoring.BWF3x21, points(21, 4, 21, 4)...), result{end: Abandoned},
			fault.Precondition, "MATCH_DECIDED", ""},
		{"a final score that decides it", ongoing(scoring.KR1x25), result{end: Retired, winner: scoring.Team1, final: &scoring.Score{Team1: 25}},
			fault.Precondition, "MATCH_DECIDED", ""},
		{"another final score", ongoing(scoring.KR1x25, points(3, 4)...), result{end: Retired, winner: scoring.Team1, final: &scoring.Score{Team1: 25}},
			fault.Invalid, "FINAL_SCORE_CONTRADICTED", "final_score"},
		{"a score of a walkover", ongoing(scoring.KR1x25), result{end: Walkover, winner: scoring.Team1, final: &scoring.Score{Team1: 24}},
			fault.Invalid, "FINAL_SCORE_CONTRADICTED", "final_score"},
		{"a score that cannot be", ongoing(scoring.KR1x25), result{end: Retired, winner: scoring.Team1, final: &scoring.Score{Team1: 26}},
			fault.Invalid, "SCORE_UNREACHABLE", "final_score.team1_score"},
		{"a best player of a walkover", ongoing(scoring.KR1x25), result{end: Walkover, winner: scoring.Team1, mvp: "a"},
			fault.Invalid, "MVP_DID_NOT_PLAY", "mvp"},
		{"a best player who sat out", ongoing(scoring.KR1x25), result{end: Retired, winner: scoring.Team1, mvp: "e"},
			fault.Invalid, "MVP_DID_NOT_PLAY", "mvp"},
		{"a walkover between nobody", without, result{end: Walkover, winner: scoring.Team1}, fault.Precondition, "TEAMS_NOT_SET", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := copyOf(t, c.game)
			wantFault(t, c.game.complete(c.stated, club, now), c.kind, c.reason, c.field)
			if !reflect.DeepEqual(copyOf(t, c.game), before) {
				t.Errorf("changed to %+v", c.game)
			}
		})
	}
	for _, end := range []End{Retired, Abandoned} {
		stated := result{end: end}
		if end == Retired {
			stated.winner = scoring.Team1
		}
		wantStates(t, func(g *Game) error { return g.complete(stated, club, now) }, Ongoing, Completed)
	}
	wantStates(t, func(g *Game) error { return g.complete(result{end: Walkover, winner: scoring.Team1}, club, now) }, Scheduled, Ongoing, Completed)
}

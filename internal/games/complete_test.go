package games

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

func TestComplete(t *testing.T) {
	noted := &Noted{Minutes: 30, Note: "좋은 경기"}
	for _, c := range []struct {
		name   string
		preset scoring.Preset
		sets   []scoring.Score
		stated result
		final  scoring.Score
		winner scoring.Team
	}{
		{"by its sets", scoring.BWF3x21, points(21, 19, 3, 21, 30, 29), result{}, scoring.Score{Team1: 2, Team2: 1}, scoring.Team1},
		{"as stated", scoring.BWF3x21, points(3, 21, 3, 21), result{final: &scoring.Score{Team2: 2}, winner: scoring.Team2, mvp: "d", noted: noted},
			scoring.Score{Team2: 2}, scoring.Team2},
		{"one set", scoring.KR1x25, points(24, 25), result{}, scoring.Score{Team1: 24, Team2: 25}, scoring.Team2},
		{"one set stated in points", scoring.KR1x25, points(24, 25), result{final: &scoring.Score{Team1: 24, Team2: 25}},
			scoring.Score{Team1: 24, Team2: 25}, scoring.Team2},
		{"one set stated in sets", scoring.KR1x25, points(24, 25), result{final: &scoring.Score{Team2: 1}}, scoring.Score{Team1: 24, Team2: 25}, scoring.Team2},
		{"one set that nobody kept", scoring.KR1x25, nil, result{final: &scoring.Score{Team1: 25, Team2: 9}}, scoring.Score{Team1: 25, Team2: 9}, scoring.Team1},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := ongoing(c.preset, c.sets...)
			if err := g.complete(c.stated, now); err != nil {
				t.Fatal(err)
			}
			if g.Status != Completed || g.FinalScore != c.final || g.Winner != c.winner || g.MVP != c.stated.mvp || !g.CompletedAt.Equal(now) {
				t.Errorf("completed as %+v", g)
			}
			if r, ok := g.Result(); !ok || r.Validate() != nil {
				t.Errorf("its result is %+v", r)
			}
			if g.Holds() != nil {
				t.Errorf("it still holds %v", g.Holds())
			}
			before := copyOf(t, g)
			for _, again := range []result{c.stated, {}} {
				if err := g.complete(again, now.Add(time.Hour)); !errors.Is(err, errUnchanged) || !reflect.DeepEqual(copyOf(t, g), before) {
					t.Errorf("again: %v, and it is %+v", err, g)
				}
			}
			for _, other := range []result{
				{winner: scoring.Team1 + scoring.Team2 - c.winner}, {final: &scoring.Score{Team1: 1, Team2: 1}}, {mvp: "c"}, {noted: &Noted{Minutes: 1}},
			} {
				wantFault(t, g.complete(other, now), fault.Precondition, "GAME_COMPLETED", "")
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
		{"undecided", scoring.BWF3x21, points(21, 3, 20, 3), result{}, fault.Precondition, "MATCH_UNDECIDED", ""},
		{"undecided, and stated", scoring.BWF3x21, points(21, 3), result{final: &scoring.Score{Team1: 2}, winner: scoring.Team1},
			fault.Precondition, "MATCH_UNDECIDED", ""},
		{"without a set", scoring.KR1x25, nil, result{winner: scoring.Team1}, fault.Precondition, "MATCH_UNDECIDED", ""},
		{"three sets that nobody kept", scoring.BWF3x21, nil, result{final: &scoring.Score{Team1: 2}}, fault.Precondition, "MATCH_UNDECIDED", ""},
		{"another final score", scoring.BWF3x21, points(21, 3, 21, 3), result{final: &scoring.Score{Team1: 2, Team2: 1}},
			fault.Invalid, "FINAL_SCORE_CONTRADICTED", "final_score"},
		{"another winner", scoring.BWF3x21, points(21, 3, 21, 3), result{winner: scoring.Team2}, fault.Invalid, "WINNER_CONTRADICTED", "winner"},
		{"one set that cannot be", scoring.KR1x25, nil, result{final: &scoring.Score{Team1: 26, Team2: 3}},
			fault.Invalid, "SCORE_UNREACHABLE", "final_score.team1_score"},
		{"one set that is not over", scoring.KR1x25, nil, result{final: &scoring.Score{Team1: 24, Team2: 3}}, fault.Precondition, "MATCH_UNDECIDED", ""},
		{"a best player who sat out", scoring.KR1x25, points(25, 3), result{mvp: "e"}, fault.Invalid, "MVP_DID_NOT_PLAY", "mvp"},
		{"a best player who is a stranger", scoring.KR1x25, points(25, 3), result{mvp: "x"}, fault.Invalid, "MVP_DID_NOT_PLAY", "mvp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := ongoing(c.preset, c.sets...)
			before := copyOf(t, g)
			wantFault(t, g.complete(c.stated, now), c.kind, c.reason, c.field)
			if !reflect.DeepEqual(copyOf(t, g), before) {
				t.Errorf("changed to %+v", g)
			}
		})
	}
	wantStates(t, func(g *Game) error { return g.complete(result{}, now) }, Ongoing, Completed)
}

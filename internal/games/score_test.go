package games

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

func TestSetScore(t *testing.T) {
	for _, c := range []struct {
		name    string
		preset  scoring.Preset
		sets    []scoring.Score
		set     int
		a, b    int
		want    []scoring.Score
		correct bool
	}{
		{"the first point", scoring.BWF3x21, nil, 1, 1, 0, points(1, 0), false},
		{"rallies skipped", scoring.BWF3x21, points(1, 0), 1, 21, 19, points(21, 19), false},
		{"the second set", scoring.BWF3x21, points(21, 19), 2, 0, 0, points(21, 19, 0, 0), false},
		{"a point taken back", scoring.BWF3x21, points(5, 3), 1, 4, 3, points(4, 3), true},
		{"a point given to the other side", scoring.BWF3x21, points(5, 3), 1, 4, 4, points(4, 4), true},
		{"an earlier set", scoring.BWF3x21, points(21, 19, 3, 2), 1, 21, 18, points(21, 18, 3, 2), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := ongoing(c.preset, c.sets...)
			want := copyOf(t, g)
			want.Sets = c.want
			if c.correct {
				want.Corrections = []Correction{{
					Set: c.set, From: c.sets[c.set-1], To: scoring.Score{Team1: c.a, Team2: c.b}, By: "scorer", At: now,
				}}
			}
			before := copyOf(t, g)
			shared := *g
			if err := g.setScore(c.set, scoring.Score{Team1: c.a, Team2: c.b}, "scorer", now); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(copyOf(t, g), copyOf(t, want)) {
				t.Errorf("got %+v\nwant %+v", g, want)
			}
			if !reflect.DeepEqual(copyOf(t, &shared), before) {
				t.Errorf("the game before has become %+v", shared)
			}
			if err := g.setScore(c.set, scoring.Score{Team1: c.a, Team2: c.b}, "scorer", now); !errors.Is(err, errUnchanged) {
				t.Errorf("the same again: %v", err)
			}
		})
	}
}

func TestScoresThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		sets   []scoring.Score
		set    int
		a, b   int
		reason string
		field  string
	}{
		{"22–19", nil, 1, 22, 19, "SCORE_UNREACHABLE", "team1_score"},
		{"29–31", nil, 1, 29, 31, "SCORE_UNREACHABLE", "team2_score"},
		{"31–29", points(21, 3), 2, 31, 29, "SCORE_UNREACHABLE", "team1_score"},
		{"a set before the one ahead of it is over", points(20, 3), 2, 1, 0, "PREVIOUS_SET_UNFINISHED", "set_number"},
		{"a third set after 2–0", points(21, 3, 21, 4), 3, 1, 0, "SET_AFTER_MATCH_DECIDED", "set_number"},
		{"a fourth set", points(21, 3, 4, 21, 21, 5), 4, 1, 0, "SET_NUMBER_OUT_OF_RANGE", "set_number"},
		{"a correction under a later set", points(21, 3, 5, 5), 1, 20, 3, "CORRECTION_BREAKS_LATER_SET", "team1_score"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := ongoing(scoring.BWF3x21, c.sets...)
			before := copyOf(t, g)
			wantFault(t, g.setScore(c.set, scoring.Score{Team1: c.a, Team2: c.b}, "scorer", now), fault.Invalid, c.reason, c.field)
			if !reflect.DeepEqual(copyOf(t, g), before) {
				t.Errorf("changed to %+v", g)
			}
		})
	}
	wantStates(t, func(g *Game) error { return g.setScore(1, scoring.Score{Team1: 1}, "scorer", now) }, Ongoing, Completed)
}

func TestCorrectionsAreBounded(t *testing.T) {
	g := ongoing(scoring.KR1x25)
	at := func(i int) time.Time { return now.Add(time.Duration(i) * time.Second) }
	const made = 3 * keptCorrections
	for i := range 2 * made {
		before := *g
		was := copyOf(t, g)
		if err := g.setScore(1, scoring.Score{Team1: 1 - i%2}, "scorer", at(i)); err != nil {
			t.Fatal(i, err)
		}
		if !reflect.DeepEqual(copyOf(t, &before), was) {
			t.Fatalf("the game before has become %+v", before)
		}
	}
	if len(g.Corrections) != keptCorrections || g.CorrectionsDropped != made-keptCorrections {
		t.Fatalf("%d corrections, %d dropped", len(g.Corrections), g.CorrectionsDropped)
	}
	// The latest are kept: every second call was a correction.
	for i, c := range g.Corrections {
		if want := at(2*(made-keptCorrections+i) + 1); !c.At.Equal(want) {
			t.Fatalf("correction %d is of %v, want %v", i, c.At, want)
		}
	}
}

func TestACompletedGameIsCorrected(t *testing.T) {
	over := func() *Game {
		g := ongoing(scoring.BWF3x21, points(21, 19, 21, 3)...)
		if err := g.complete(result{end: PlayedOut, mvp: "a"}, club, now); err != nil {
			t.Fatal(err)
		}
		return g
	}
	g := over()
	if err := g.setScore(2, scoring.Score{Team1: 21, Team2: 13}, "manager", now); err != nil {
		t.Fatal(err)
	}
	want := []Correction{{Set: 2, From: scoring.Score{Team1: 21, Team2: 3}, To: scoring.Score{Team1: 21, Team2: 13}, By: "manager", At: now}}
	if !reflect.DeepEqual(g.Corrections, want) {
		t.Errorf("a score that was raised after the end is kept as %+v", g.Corrections)
	}
	r, ok := g.Result()
	if !ok || r.Points != (scoring.Score{Team1: 42, Team2: 32}) || r.Winner != scoring.Team1 || g.FinalScore != (scoring.Score{Team1: 2}) {
		t.Errorf("the result is %+v, the final score %v", r, g.FinalScore)
	}

	one := ongoing(scoring.KR1x25, points(25, 20)...)
	if err := one.complete(result{end: PlayedOut}, club, now); err != nil {
		t.Fatal(err)
	}
	if err := one.setScore(1, scoring.Score{Team1: 20, Team2: 25}, "manager", now); err != nil {
		t.Fatal(err)
	}
	if one.Winner != scoring.Team2 || one.FinalScore != (scoring.Score{Team1: 20, Team2: 25}) || !one.CompletedAt.Equal(now) {
		t.Errorf("turned round it is %+v", one)
	}

	undecided := over()
	before := copyOf(t, undecided)
	err := undecided.setScore(2, scoring.Score{Team1: 20, Team2: 3}, "manager", now)
	wantFault(t, err, fault.Precondition, "MATCH_UNDECIDED", "")
	if before.Winner != scoring.Team1 {
		t.Errorf("it was won by %v", before.Winner)
	}
}

// What ended before the sets decided it is corrected like any score, and counts as played out once they do.
func TestCorrectionsOfWhatWasNotPlayedOut(t *testing.T) {
	for _, stated := range []result{{end: Retired, winner: scoring.Team1}, {end: Walkover, winner: scoring.Team1}, {end: Abandoned}} {
		g := ongoing(scoring.KR1x25, points(11, 18)...)
		if err := g.complete(stated, club, now); err != nil {
			t.Fatal(err)
		}
		if err := g.setScore(1, scoring.Score{Team1: 11, Team2: 19}, "manager", now); err != nil {
			t.Fatal(err)
		}
		if g.End != stated.end || g.Winner != stated.winner || g.FinalScore != (scoring.Score{Team1: 11, Team2: 19}) || len(g.Corrections) != 1 {
			t.Errorf("%s and corrected it is %+v", stated.end, g)
		}
		if err := g.setScore(1, scoring.Score{Team1: 11, Team2: 25}, "manager", now); err != nil {
			t.Fatal(err)
		}
		r, counted := g.Result()
		if g.End != PlayedOut || g.Winner != scoring.Team2 || !counted || r.Unrated {
			t.Errorf("%s and decided it is %+v, with the result %+v", stated.end, g, r)
		}
		err := g.setScore(1, scoring.Score{Team1: 11, Team2: 24}, "manager", now)
		wantFault(t, err, fault.Precondition, "MATCH_UNDECIDED", "")
	}
}

func TestBrokenRulesHaveTheCodeOfTheContract(t *testing.T) {
	kinds := map[code.Code]fault.Kind{code.Code_INVALID_ARGUMENT: fault.Invalid, code.Code_FAILED_PRECONDITION: fault.Precondition}
	for _, reason := range []scoring.Reason{
		scoring.RulesInvalid, scoring.ScoreUnreachable, scoring.SetNumberOutOfRange, scoring.PreviousSetUnfinished,
		scoring.SetAfterMatchDecided, scoring.CorrectionBreaksLater, scoring.MatchUndecided, scoring.MatchDecided, scoring.FinalScoreContradicted,
		scoring.WinnerContradicted,
	} {
		value := v1.ErrorReason_value["ERROR_REASON_"+string(reason)]
		rule, ok := proto.GetExtension(v1.ErrorReason(value).Descriptor().Values().ByNumber(protoreflect.EnumNumber(value)).Options(),
			v1.E_Error).(*v1.ErrorRule)
		if !ok || kinds[rule.GetCode()] == 0 {
			t.Errorf("the contract has no code for %s", reason)
			continue
		}
		if got := fault.KindOf(scoreFault(&scoring.Error{Reason: reason})); got != kinds[rule.GetCode()] {
			t.Errorf("%s is %v, and in the contract %v", reason, got, rule.GetCode())
		}
	}
}

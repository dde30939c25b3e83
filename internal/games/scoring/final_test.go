package scoring_test

import (
	"errors"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

func TestCheckFinal(t *testing.T) {
	three := []scoring.Score{{15, 21}, {21, 10}, {21, 19}}
	one := []scoring.Score{{23, 25}}
	for _, tt := range []struct {
		name   string
		preset scoring.Preset
		sets   []scoring.Score
		stated *scoring.Score
		winner scoring.Team
		want   error
	}{
		{"nothing stated", scoring.BWF3x21, three, nil, scoring.NoTeam, nil},
		{"right", scoring.BWF3x21, three, &scoring.Score{Team1: 2, Team2: 1}, scoring.Team1, nil},
		{"score of another match", scoring.BWF3x21, three, &scoring.Score{Team1: 2}, scoring.Team1, scoring.FinalScoreContradicted},
		{"sides mixed up", scoring.BWF3x21, three, &scoring.Score{Team1: 1, Team2: 2}, scoring.NoTeam, scoring.FinalScoreContradicted},
		{"points of a match of three sets", scoring.BWF3x21, three, &scoring.Score{Team1: 57, Team2: 50}, scoring.Team1,
			scoring.FinalScoreContradicted},
		{"wrong winner", scoring.BWF3x21, three, nil, scoring.Team2, scoring.WinnerContradicted},
		{"no such team", scoring.BWF3x21, three, nil, 3, scoring.WinnerContradicted},
		{"points of one set", scoring.KR1x25, one, &scoring.Score{Team1: 23, Team2: 25}, scoring.Team2, nil},
		{"one set as sets", scoring.KR1x25, one, &scoring.Score{Team2: 1}, scoring.Team2, nil},
		{"one set, other points", scoring.KR1x25, one, &scoring.Score{Team1: 22, Team2: 25}, scoring.Team2, scoring.FinalScoreContradicted},
		{"undecided", scoring.BWF3x21, three[:2], nil, scoring.NoTeam, scoring.MatchUndecided},
		{"undecided, stated", scoring.BWF3x21, three[:2], &scoring.Score{Team1: 1, Team2: 1}, scoring.Team1, scoring.MatchUndecided},
		{"not begun", scoring.KR1x25, nil, nil, scoring.NoTeam, scoring.MatchUndecided},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := scoring.Match{Rules: preset(tt.preset), Sets: tt.sets}.CheckFinal(tt.stated, tt.winner)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if err != nil {
				checkTyped(t, err)
			}
		})
	}
}

func TestCheckStopped(t *testing.T) {
	for _, tt := range []struct {
		name     string
		preset   scoring.Preset
		sets     []scoring.Score
		standing scoring.Score
		stated   *scoring.Score
		want     error
	}{
		{"in the first set", scoring.KR1x25, []scoring.Score{{11, 7}}, scoring.Score{Team1: 11, Team2: 7}, nil, nil},
		{"level", scoring.KR1x25, []scoring.Score{{11, 11}}, scoring.Score{Team1: 11, Team2: 11}, &scoring.Score{Team1: 11, Team2: 11}, nil},
		{"no set", scoring.KR1x25, nil, scoring.Score{}, &scoring.Score{}, nil},
		{"between sets", scoring.BWF3x21, []scoring.Score{{21, 3}}, scoring.Score{Team1: 1}, &scoring.Score{Team1: 1}, nil},
		{"in the last set", scoring.BWF3x21, []scoring.Score{{21, 3}, {3, 21}, {20, 20}}, scoring.Score{Team1: 1, Team2: 1}, nil, nil},
		{"other points", scoring.KR1x25, []scoring.Score{{11, 7}}, scoring.Score{Team1: 11, Team2: 7}, &scoring.Score{Team1: 25, Team2: 7},
			scoring.FinalScoreContradicted},
		{"other sets", scoring.BWF3x21, []scoring.Score{{21, 3}, {11, 7}}, scoring.Score{Team1: 1}, &scoring.Score{Team1: 2},
			scoring.FinalScoreContradicted},
		{"decided", scoring.KR1x25, []scoring.Score{{25, 7}}, scoring.Score{Team1: 25, Team2: 7}, nil, scoring.MatchDecided},
		{"decided in two sets", scoring.BWF3x21, []scoring.Score{{21, 3}, {21, 3}}, scoring.Score{Team1: 2}, &scoring.Score{Team1: 2}, scoring.MatchDecided},
	} {
		t.Run(tt.name, func(t *testing.T) {
			match := scoring.Match{Rules: preset(tt.preset), Sets: tt.sets}
			if got := match.Standing(); got != tt.standing {
				t.Errorf("it stands at %v, want %v", got, tt.standing)
			}
			err := match.CheckStopped(tt.stated)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if err != nil {
				checkTyped(t, err)
			}
		})
	}
}

func TestPoints(t *testing.T) {
	match := scoring.Match{Rules: preset(scoring.BWF3x21), Sets: []scoring.Score{{15, 21}, {21, 10}, {21, 19}}}
	if got, want := match.Points(), (scoring.Score{Team1: 57, Team2: 50}); got != want {
		t.Errorf("Points() = %v, want %v", got, want)
	}
}

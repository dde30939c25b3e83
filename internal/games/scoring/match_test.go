package scoring_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

func TestUnreachableScores(t *testing.T) {
	for _, tt := range []struct {
		preset scoring.Preset
		score  scoring.Score
		legal  string // nearby finals that the texts must name
	}{
		{scoring.BWF3x21, scoring.Score{Team1: 22, Team2: 19}, "21–19 or 22–20"},
		{scoring.BWF3x21, scoring.Score{Team1: 19, Team2: 22}, "19–21 or 20–22"},
		{scoring.BWF3x21, scoring.Score{Team1: 31, Team2: 29}, "30–29"},
		{scoring.BWF3x21, scoring.Score{Team1: 30, Team2: 27}, "29–27 or 30–28"},
		{scoring.BWF3x21, scoring.Score{Team1: 30, Team2: 30}, "30–29"},
		{scoring.BWF3x21, scoring.Score{Team1: 24, Team2: 10}, "21–10 or 24–22"},
		{scoring.BWF3x21, scoring.Score{Team1: 0, Team2: 22}, "0–21 or 20–22"},
		{scoring.BWF3x21, scoring.Score{Team1: 1000, Team2: 998}, "30–29"},
		{scoring.BWF3x21, scoring.Score{Team1: -1, Team2: 5}, "count from 0"},
		{scoring.BWF3x15, scoring.Score{Team1: 16, Team2: 13}, "15–13 or 16–14"},
		{scoring.BWF3x15, scoring.Score{Team1: 22, Team2: 20}, "21–20"},
		{scoring.BWF3x15, scoring.Score{Team1: 21, Team2: 18}, "20–18 or 21–19"},
		{scoring.KR1x25, scoring.Score{Team1: 26, Team2: 24}, "25–24"},
		{scoring.KR1x25, scoring.Score{Team1: 25, Team2: 25}, "25–24"},
		{scoring.One21, scoring.Score{Team1: 21, Team2: 31}, "21–23"},
	} {
		t.Run(string(tt.preset)+" "+tt.score.String(), func(t *testing.T) {
			match := scoring.Match{Rules: preset(tt.preset)}
			_, _, err := match.SetScore(1, tt.score.Team1, tt.score.Team2)
			if !errors.Is(err, scoring.ScoreUnreachable) {
				t.Fatalf("error %v", err)
			}
			checkTyped(t, err)
			if !strings.HasSuffix(err.Error(), tt.legal) {
				t.Errorf("%q does not end with %q", err, tt.legal)
			}
		})
	}
}

// Scores close to the illegal ones above that are legal, in play or final.
func TestReachableScores(t *testing.T) {
	for _, tt := range []struct {
		preset scoring.Preset
		score  scoring.Score
		winner scoring.Team
	}{
		{scoring.BWF3x21, scoring.Score{}, scoring.NoTeam},
		{scoring.BWF3x21, scoring.Score{Team1: 20, Team2: 20}, scoring.NoTeam},
		{scoring.BWF3x21, scoring.Score{Team1: 21, Team2: 20}, scoring.NoTeam},
		{scoring.BWF3x21, scoring.Score{Team1: 21, Team2: 19}, scoring.Team1},
		{scoring.BWF3x21, scoring.Score{Team1: 20, Team2: 22}, scoring.Team2},
		{scoring.BWF3x21, scoring.Score{Team1: 29, Team2: 29}, scoring.NoTeam},
		{scoring.BWF3x21, scoring.Score{Team1: 28, Team2: 30}, scoring.Team2},
		{scoring.BWF3x21, scoring.Score{Team1: 30, Team2: 29}, scoring.Team1},
		{scoring.BWF3x15, scoring.Score{Team1: 15, Team2: 14}, scoring.NoTeam},
		{scoring.BWF3x15, scoring.Score{Team1: 20, Team2: 20}, scoring.NoTeam},
		{scoring.BWF3x15, scoring.Score{Team1: 20, Team2: 21}, scoring.Team2},
		{scoring.KR1x25, scoring.Score{Team1: 24, Team2: 24}, scoring.NoTeam},
		{scoring.KR1x25, scoring.Score{Team1: 25, Team2: 24}, scoring.Team1},
	} {
		r := preset(tt.preset)
		if !r.Reachable(tt.score) || r.SetWinner(tt.score) != tt.winner || r.SetOver(tt.score) != (tt.winner != scoring.NoTeam) {
			t.Errorf("%s %v: reachable %v, winner %v, want winner %v",
				tt.preset, tt.score, r.Reachable(tt.score), r.SetWinner(tt.score), tt.winner)
		}
	}
}

func TestUpdatesThatBreakARule(t *testing.T) {
	for _, tt := range []struct {
		name   string
		preset scoring.Preset
		sets   []scoring.Score
		number int
		score  scoring.Score
		reason scoring.Reason
		says   string
	}{
		{"set 0", scoring.BWF3x21, nil, 0, scoring.Score{Team1: 1}, scoring.SetNumberOutOfRange, "sets 1 to 3"},
		{"set 4 of 3", scoring.BWF3x21, nil, 4, scoring.Score{Team1: 1}, scoring.SetNumberOutOfRange, "sets 1 to 3"},
		{"set 2 of 1", scoring.KR1x25, []scoring.Score{{25, 3}}, 2, scoring.Score{Team1: 1}, scoring.SetNumberOutOfRange, "sets 1 to 1"},
		{"set 2 first", scoring.BWF3x21, nil, 2, scoring.Score{Team1: 1}, scoring.PreviousSetUnfinished, "before set 1 is over (0–0)"},
		{"set 2 during set 1", scoring.BWF3x21, []scoring.Score{{21, 20}}, 2, scoring.Score{}, scoring.PreviousSetUnfinished,
			"before set 1 is over (21–20)"},
		{"set 3 during set 1", scoring.BWF3x21, []scoring.Score{{20, 18}}, 3, scoring.Score{}, scoring.PreviousSetUnfinished,
			"before set 1 is over (20–18)"},
		{"set 3 after set 1", scoring.BWF3x21, []scoring.Score{{21, 18}}, 3, scoring.Score{}, scoring.PreviousSetUnfinished,
			"before set 2 is over (0–0)"},
		{"set 3 after 2–0", scoring.BWF3x21, []scoring.Score{{21, 18}, {30, 29}}, 3, scoring.Score{}, scoring.SetAfterMatchDecided,
			"decided 2–0 in set 2"},
		{"set 3 after 0–2", scoring.BWF3x15, []scoring.Score{{3, 15}, {20, 21}}, 3, scoring.Score{Team1: 1}, scoring.SetAfterMatchDecided,
			"decided 0–2 in set 2"},
		{"set 1 reopened under set 2", scoring.BWF3x21, []scoring.Score{{21, 18}, {5, 3}}, 1, scoring.Score{Team1: 20, Team2: 18},
			scoring.CorrectionBreaksLater, "before set 1 is over (20–18)"},
		{"set 1 turned so that set 3 is too many", scoring.BWF3x21, []scoring.Score{{21, 18}, {18, 21}, {1, 0}}, 1,
			scoring.Score{Team1: 18, Team2: 21}, scoring.CorrectionBreaksLater, "decided 0–2 in set 2"},
		{"set 2 turned so that set 3 is too many", scoring.BWF3x21, []scoring.Score{{21, 18}, {18, 21}, {21, 0}}, 2,
			scoring.Score{Team1: 21, Team2: 18}, scoring.CorrectionBreaksLater, "decided 2–0 in set 2"},
		{"unreachable correction", scoring.BWF3x21, []scoring.Score{{21, 18}, {5, 3}}, 1, scoring.Score{Team1: 22, Team2: 18},
			scoring.ScoreUnreachable, "21–18 or 22–20"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			match := scoring.Match{Rules: preset(tt.preset), Sets: tt.sets}
			if err := match.Check(); err != nil {
				t.Fatal(err)
			}
			next, change, err := match.SetScore(tt.number, tt.score.Team1, tt.score.Team2)
			if !errors.Is(err, tt.reason) {
				t.Fatalf("error %v, want reason %v", err, tt.reason)
			}
			checkTyped(t, err)
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
			if !slices.Equal(next.Sets, tt.sets) || change != (scoring.Change{}) {
				t.Errorf("refused update returns %v, %+v", next.Sets, change)
			}
		})
	}
}

func TestUpdates(t *testing.T) {
	for _, tt := range []struct {
		name       string
		sets       []scoring.Score
		number     int
		score      scoring.Score
		want       []scoring.Score
		change     scoring.Change
		correction bool
	}{
		{"first rally", nil, 1, scoring.Score{Team1: 1},
			[]scoring.Score{{1, 0}}, scoring.Change{Set: 1, After: scoring.Score{Team1: 1}}, false},
		{"rallies skipped", []scoring.Score{{3, 4}}, 1, scoring.Score{Team1: 21, Team2: 9},
			[]scoring.Score{{21, 9}}, change(1, 3, 4, 21, 9), false},
		{"same again", []scoring.Score{{3, 4}}, 1, scoring.Score{Team1: 3, Team2: 4},
			[]scoring.Score{{3, 4}}, change(1, 3, 4, 3, 4), false},
		{"correction", []scoring.Score{{3, 4}}, 1, scoring.Score{Team1: 3, Team2: 3},
			[]scoring.Score{{3, 3}}, change(1, 3, 4, 3, 3), true},
		{"a point given to the wrong side", []scoring.Score{{3, 4}}, 1, scoring.Score{Team1: 4, Team2: 3},
			[]scoring.Score{{4, 3}}, change(1, 3, 4, 4, 3), true},
		{"finished set reopened", []scoring.Score{{21, 4}}, 1, scoring.Score{Team1: 20, Team2: 4},
			[]scoring.Score{{20, 4}}, change(1, 21, 4, 20, 4), true},
		{"set opened at love all", []scoring.Score{{21, 4}}, 2, scoring.Score{},
			[]scoring.Score{{21, 4}, {0, 0}}, scoring.Change{Set: 2}, false},
		{"earlier set corrected", []scoring.Score{{21, 4}, {2, 2}}, 1, scoring.Score{Team1: 21, Team2: 5},
			[]scoring.Score{{21, 5}, {2, 2}}, change(1, 21, 4, 21, 5), false},
		{"earlier set given to the other side", []scoring.Score{{21, 4}, {2, 2}}, 1, scoring.Score{Team1: 4, Team2: 21},
			[]scoring.Score{{4, 21}, {2, 2}}, change(1, 21, 4, 4, 21), true},
		{"deciding set corrected after the end", []scoring.Score{{21, 4}, {4, 21}, {21, 19}}, 3, scoring.Score{Team1: 20, Team2: 19},
			[]scoring.Score{{21, 4}, {4, 21}, {20, 19}}, change(3, 21, 19, 20, 19), true},
		{"love-all set dropped with the one before it reopened", []scoring.Score{{21, 4}, {0, 0}}, 1, scoring.Score{Team1: 20, Team2: 4},
			[]scoring.Score{{20, 4}}, scoring.Change{Set: 1, Before: scoring.Score{Team1: 21, Team2: 4},
				After: scoring.Score{Team1: 20, Team2: 4}, Dropped: 1}, true},
		{"love-all set dropped when the match is decided before it", []scoring.Score{{21, 4}, {4, 21}, {0, 0}}, 2,
			scoring.Score{Team1: 21, Team2: 4}, []scoring.Score{{21, 4}, {21, 4}},
			scoring.Change{Set: 2, Before: scoring.Score{Team1: 4, Team2: 21}, After: scoring.Score{Team1: 21, Team2: 4}, Dropped: 1}, true},
		{"love-all set kept where it has its place", []scoring.Score{{21, 4}, {0, 0}}, 1, scoring.Score{Team1: 21, Team2: 3},
			[]scoring.Score{{21, 3}, {0, 0}}, change(1, 21, 4, 21, 3), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			match := scoring.Match{Rules: preset(scoring.BWF3x21), Sets: tt.sets}
			before := slices.Clone(tt.sets)
			next, got, err := match.SetScore(tt.number, tt.score.Team1, tt.score.Team2)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(next.Sets, tt.want) || got != tt.change || got.Correction() != tt.correction {
				t.Errorf("%v, %+v, correction %v; want %v, %+v, %v", next.Sets, got, got.Correction(), tt.want, tt.change, tt.correction)
			}
			if got.Changed() != (got.Before != got.After) || !slices.Equal(match.Sets, before) {
				t.Errorf("changed %v; receiver %v, was %v", got.Changed(), match.Sets, before)
			}
		})
	}
}

func change(set, fromA, fromB, toA, toB int) scoring.Change {
	return scoring.Change{
		Set:    set,
		Before: scoring.Score{Team1: fromA, Team2: fromB},
		After:  scoring.Score{Team1: toA, Team2: toB},
	}
}

// Two updates of the same sheet do not see each other's sets.
func TestUpdatesShareNoMemory(t *testing.T) {
	sets := make([]scoring.Score, 1, 4)
	sets[0] = scoring.Score{Team1: 21, Team2: 4}
	match := scoring.Match{Rules: preset(scoring.BWF3x21), Sets: sets}
	first := mustSet(t, match, 2, scoring.Score{Team1: 1})
	second := mustSet(t, match, 2, scoring.Score{Team2: 1})
	if first.Sets[1] != (scoring.Score{Team1: 1}) || second.Sets[1] != (scoring.Score{Team2: 1}) {
		t.Errorf("first %v, second %v", first.Sets, second.Sets)
	}
}

func TestCheckRefusesSheetsNoRalliesMake(t *testing.T) {
	for _, tt := range []struct {
		sets   []scoring.Score
		reason scoring.Reason
	}{
		{[]scoring.Score{{22, 19}}, scoring.ScoreUnreachable},
		{[]scoring.Score{{20, 19}, {0, 0}}, scoring.PreviousSetUnfinished},
		{[]scoring.Score{{0, 0}, {0, 0}}, scoring.PreviousSetUnfinished},
		{[]scoring.Score{{21, 19}, {21, 19}, {0, 0}}, scoring.SetAfterMatchDecided},
		{[]scoring.Score{{21, 19}, {19, 21}, {21, 19}, {21, 19}}, scoring.SetAfterMatchDecided},
	} {
		err := scoring.Match{Rules: preset(scoring.BWF3x21), Sets: tt.sets}.Check()
		if !errors.Is(err, tt.reason) {
			t.Errorf("%v: %v, want %v", tt.sets, err, tt.reason)
		}
	}
}

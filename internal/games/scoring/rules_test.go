package scoring_test

import (
	"errors"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
)

func TestPresets(t *testing.T) {
	want := map[scoring.Preset]scoring.Rules{
		"bwf_3x21": {BestOf: 3, PointsTo: 21, WinBy: 2, Cap: 30},
		"bwf_3x15": {BestOf: 3, PointsTo: 15, WinBy: 2, Cap: 21},
		"kr_1x25":  {BestOf: 1, PointsTo: 25, WinBy: 1, Cap: 25},
		"1x21":     {BestOf: 1, PointsTo: 21, WinBy: 2, Cap: 30},
	}
	if got := len(scoring.Presets()); got != len(want) {
		t.Errorf("%d presets, want %d", got, len(want))
	}
	for _, p := range scoring.Presets() {
		rules, ok := p.Rules()
		if !ok || rules != want[p] || rules.Validate() != nil || rules.Preset() != p {
			t.Errorf("%s: %+v, %v, validates %v, named %s", p, rules, ok, rules.Validate(), rules.Preset())
		}
	}
	for _, p := range []scoring.Preset{scoring.Custom, "", "bwf_5x11"} {
		if rules, ok := p.Rules(); ok {
			t.Errorf("%q has rules %+v", p, rules)
		}
	}
	if got := (scoring.Rules{BestOf: 3, PointsTo: 11, WinBy: 1, Cap: 11}).Preset(); got != scoring.Custom {
		t.Errorf("custom rules are named %s", got)
	}
}

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		rules scoring.Rules
		field string
	}{
		{scoring.Rules{BestOf: 1, PointsTo: 1, WinBy: 1, Cap: 1}, ""},
		{scoring.Rules{BestOf: 9, PointsTo: 99, WinBy: 10, Cap: 199}, ""},
		{scoring.Rules{BestOf: 1, PointsTo: 21, WinBy: 2, Cap: 21}, ""},
		{scoring.Rules{BestOf: 1, PointsTo: 21, WinBy: 1, Cap: 30}, ""},
		{scoring.Rules{}, "best_of"},
		{scoring.Rules{BestOf: 2, PointsTo: 21, WinBy: 2, Cap: 30}, "best_of"},
		{scoring.Rules{BestOf: -1, PointsTo: 21, WinBy: 2, Cap: 30}, "best_of"},
		{scoring.Rules{BestOf: 11, PointsTo: 21, WinBy: 2, Cap: 30}, "best_of"},
		{scoring.Rules{BestOf: 3, PointsTo: 0, WinBy: 2, Cap: 30}, "points_to"},
		{scoring.Rules{BestOf: 3, PointsTo: 100, WinBy: 2, Cap: 120}, "points_to"},
		{scoring.Rules{BestOf: 3, PointsTo: 21, WinBy: 0, Cap: 30}, "win_by"},
		{scoring.Rules{BestOf: 3, PointsTo: 21, WinBy: 11, Cap: 30}, "win_by"},
		{scoring.Rules{BestOf: 3, PointsTo: 3, WinBy: 4, Cap: 30}, "win_by"},
		{scoring.Rules{BestOf: 3, PointsTo: 21, WinBy: 2, Cap: 20}, "cap"},
		{scoring.Rules{BestOf: 3, PointsTo: 21, WinBy: 2, Cap: 200}, "cap"},
	} {
		err := tt.rules.Validate()
		if tt.field == "" {
			if err != nil {
				t.Errorf("%+v: %v", tt.rules, err)
			}
			continue
		}
		var typed *scoring.Error
		if !errors.As(err, &typed) || typed.Field != tt.field || !errors.Is(err, scoring.RulesInvalid) {
			t.Errorf("%+v: %v, want field %s", tt.rules, err, tt.field)
			continue
		}
		checkTyped(t, err)
	}
}

// Two spellings of the same rule judge alike: nobody need be clear where the cap is points_to.
func TestCapAtPointsToIsNoSetting(t *testing.T) {
	capped := scoring.Rules{BestOf: 1, PointsTo: 25, WinBy: 2, Cap: 25}
	named := preset(scoring.KR1x25)
	for a := range 28 {
		for b := range 28 {
			s := scoring.Score{Team1: a, Team2: b}
			if capped.Reachable(s) != named.Reachable(s) || capped.SetWinner(s) != named.SetWinner(s) {
				t.Errorf("%v: %v and %v", s, capped.SetWinner(s), named.SetWinner(s))
			}
		}
	}
}

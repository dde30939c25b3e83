package fault_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

var errFull = fault.New(fault.Precondition, "GAME_FULL", "자리가 없습니다.", "The game is full.")

func TestErrorsAreFoundByKindAndByReason(t *testing.T) {
	cause := errors.New("disk")
	err := fmt.Errorf("join: %w", errFull.WithMeta("game_id", "7").WithCause(cause))
	for _, target := range []error{fault.Precondition, errFull, cause} {
		if !errors.Is(err, target) {
			t.Errorf("%v is not found in %v", target, err)
		}
	}
	for _, target := range []error{fault.NotFound, fault.New(fault.Precondition, "OTHER", "", "")} {
		if errors.Is(err, target) {
			t.Errorf("%v is found in %v", target, err)
		}
	}
	if got := fault.KindOf(err); got != fault.Precondition {
		t.Errorf("KindOf = %v", got)
	}
	if got := fault.KindOf(cause); got != 0 {
		t.Errorf("KindOf of a plain error = %v", got)
	}
}

func TestTextsBeginWithTheFieldTheyAreAbout(t *testing.T) {
	got := errFull.About("game_id")
	want := fault.Text{Ko: "game_id: 자리가 없습니다.", En: "game_id: The game is full."}
	if got.Text != want || !slices.Equal(got.Fields, []fault.Field{{Path: "game_id", Rule: "GAME_FULL", Text: want}}) || errFull.Text == want {
		t.Errorf("%+v", got)
	}
	for path, want := range map[string]string{"": "too long", "title": "title: too long"} {
		text := fault.Text{Ko: "너무 길어요.", En: "too long"}
		got := fault.InvalidField(path, "string.max_len", text.Ko, text.En)
		if got.Text.En != want || !slices.Equal(got.Fields, []fault.Field{{Path: path, Rule: "string.max_len", Text: text}}) {
			t.Errorf("of %q: %+v", path, got)
		}
	}
}

func TestDetailsAreAddedToCopies(t *testing.T) {
	first := errFull.WithMeta("a", "1")
	second := first.WithMeta("b", "2").WithField("game_id")
	if len(errFull.Meta) != 0 || len(first.Meta) != 1 || len(second.Meta) != 2 || len(first.Fields) != 0 {
		t.Errorf("a copy changed its original: %v %v %v", errFull.Meta, first.Meta, second.Meta)
	}
}

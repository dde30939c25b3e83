package games

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

func TestJoin(t *testing.T) {
	g := gameOf("a", "b", "c")
	for _, id := range []string{"d", "e", "f"} {
		if err := g.join(id, now); err != nil {
			t.Fatal(err)
		}
	}
	want := gameOf("a", "b", "c")
	want.Participants = append(want.Participants, Place{"d", now})
	want.Waiting = []Place{{"e", now}, {"f", now}}
	if !reflect.DeepEqual(g, want) {
		t.Errorf("got %+v, want %+v", g, want)
	}
	for _, id := range []string{"a", "d", "f"} {
		if err := g.join(id, now); !errors.Is(err, errUnchanged) {
			t.Errorf("%s again: %v", id, err)
		}
	}
	wantStates(t, func(g *Game) error { return g.join("x", now) }, Scheduled)
	for _, status := range []Status{Ongoing, Completed, Cancelled} {
		g.Status = status
		if err := g.join("a", now); !errors.Is(err, errUnchanged) {
			t.Errorf("who is in a %s game joins it: %v", status, err)
		}
	}
}

func TestAWaitingListIsBounded(t *testing.T) {
	g := gameOf("a", "b", "c", "d")
	for i := range maxWaiting {
		if err := g.join(fmt.Sprint(i), now); err != nil {
			t.Fatal(err)
		}
	}
	wantFault(t, g.join("one more", now), fault.Precondition, "GAME_FULL", "")
	if len(g.Waiting) != maxWaiting {
		t.Errorf("%d wait", len(g.Waiting))
	}
}

func TestLeave(t *testing.T) {
	g := gameOf("a", "b", "c", "d")
	g.Waiting = []Place{{UserID: "e"}, {UserID: "f"}}
	g.Team1, g.Team2 = []string{"a", "b"}, []string{"c", "d"}
	if err := g.leave("f"); err != nil || g.Errands != nil || g.Team1 == nil || len(g.Waiting) != 1 {
		t.Fatalf("who waits leaves: %v, %+v", err, g)
	}
	if err := g.leave("b"); err != nil {
		t.Fatal(err)
	}
	if got := userIDs(g.Participants); !slices.Equal(got, []string{"a", "c", "d", "e"}) || len(g.Waiting) != 0 {
		t.Errorf("participants %v, waiting %v", got, g.Waiting)
	}
	if g.Team1 != nil || g.Team2 != nil {
		t.Errorf("the teams of who has left are still %v and %v", g.Team1, g.Team2)
	}
	if want := []Errand{{Key: "promoted/game/4", Kind: tellPromoted, To: []string{"e"}}}; !reflect.DeepEqual(g.Errands, want) {
		t.Errorf("errands %+v, want %+v", g.Errands, want)
	}
	for _, status := range []Status{Scheduled, Completed} {
		g.Status = status
		if err := g.leave("b"); !errors.Is(err, errUnchanged) {
			t.Errorf("who is off a %s game leaves it: %v", status, err)
		}
	}
	wantStates(t, func(g *Game) error { return g.leave("a") }, Scheduled)
}

func TestTeamsStayWhereWhoIsInNoneLeaves(t *testing.T) {
	g := gameOf("a", "b", "c", "d", "e")
	g.MaxParticipants, g.Team1, g.Team2 = 5, []string{"a", "b"}, []string{"c", "d"}
	if err := g.leave("e"); err != nil || g.Team1 == nil {
		t.Errorf("%v, teams %v and %v", err, g.Team1, g.Team2)
	}
}

// The model of places is one queue: whoever is among the first MaxParticipants of it takes part.
func TestPlacesFollowTheQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := gameOf()
		var queue []string
		told := map[string]bool{}
		user := rapid.StringMatching(`[a-h]`)
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			before := copyOf(t, g)
			shared := *g
			who := user.Draw(t, "who")
			in := slices.Contains(queue, who)
			var err error
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				if err = g.join(who, now); !in {
					queue = append(queue, who)
				}
			case 2, 3:
				err = g.leave(who)
				queue = slices.DeleteFunc(slices.Clone(queue), func(id string) bool { return id == who })
				in = !in
			default:
				most := rapid.IntRange(2, 6).Draw(t, "most")
				in = most == g.MaxParticipants
				err = g.edit(edit{maxParticipants: &most}, "creator", now)
				if most < len(before.Participants) {
					wantFault(t, err, fault.Precondition, "FEWER_PLACES_THAN_PARTICIPANTS", "max_participants")
					*g = shared
					err, in = nil, false
				}
			}
			if in != errors.Is(err, errUnchanged) || err != nil && !in {
				t.Fatalf("%v, where unchanged is %t", err, in)
			}
			if !reflect.DeepEqual(copyOf(t, &shared), before) {
				t.Fatalf("the game before the step has become %+v, and was %+v", shared, before)
			}
			most := min(g.MaxParticipants, len(queue))
			if got := userIDs(g.Participants); !slices.Equal(got, queue[:most]) {
				t.Fatalf("participants %v of the queue %v", got, queue)
			}
			if got := userIDs(g.Waiting); !slices.Equal(got, queue[most:]) {
				t.Fatalf("waiting %v of the queue %v", got, queue)
			}
			checkPromotions(t, before, g, told)
			if err == nil {
				g.Version++
			}
		}
	})
}

// checkPromotions fails unless those moved up, and nobody else, are to be told, by a key of their own. Whoever was to be told
// before still is: by the same errand, or by the new one where there are as many as a game may have.
func checkPromotions(t *rapid.T, before, after *Game, told map[string]bool) {
	var want, got, owed []string
	for _, id := range userIDs(after.Participants) {
		if before.standing(id) == waiting {
			want = append(want, id)
		}
	}
	kept := make(map[string]bool)
	for _, e := range promotions(after) {
		kept[e.Key] = true
		if !told[e.Key] {
			told[e.Key] = true
			got = append(got, e.To...)
		}
	}
	for _, e := range promotions(before) {
		if !kept[e.Key] {
			owed = append(owed, e.To...)
		}
	}
	if len(kept) > maxErrands || len(owed) > 0 && len(kept) != maxErrands {
		t.Fatalf("%d errands, and %v are told by a later one", len(kept), owed)
	}
	for _, id := range owed {
		if !slices.Contains(want, id) {
			want = append(want, id)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%v are told, and %v moved up or were to be told", got, want)
	}
}

// promotions are the errands that tell people that they moved up.
func promotions(g *Game) []Errand {
	return slices.DeleteFunc(slices.Clone(g.Errands), func(e Errand) bool { return e.Kind != tellPromoted })
}

package games

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// now is a Monday evening in Seoul.
var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// gameOf is a game of doubles tomorrow, with these participants.
func gameOf(participants ...string) *Game {
	g := &Game{
		ID: "game", Title: "목요 복식", Date: now.Add(24 * time.Hour), Minutes: 90, MaxParticipants: 4, SkillLevel: AnySkill,
		Type: Doubles, Status: Scheduled, Creator: "creator", Version: 3, CreatedAt: now, UpdatedAt: now,
	}
	for i, id := range participants {
		g.Participants = append(g.Participants, Place{UserID: id, JoinedAt: now.Add(time.Duration(i) * time.Second)})
	}
	return g
}

// ongoing is a game of a, b against c, d, by rules and at a score.
func ongoing(preset scoring.Preset, sets ...scoring.Score) *Game {
	g := gameOf("a", "b", "c", "d", "e")
	g.Team1, g.Team2 = []string{"a", "b"}, []string{"c", "d"}
	g.Status, g.CourtID, g.CourtName, g.StartedAt = Ongoing, "1", "1번 코트", now
	g.Rules, _ = preset.Rules()
	g.Sets = sets
	return g
}

func points(pairs ...int) []scoring.Score {
	var out []scoring.Score
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, scoring.Score{Team1: pairs[i], Team2: pairs[i+1]})
	}
	return out
}

// copyOf shares nothing with g.
func copyOf(t rapid.TB, g *Game) *Game {
	t.Helper()
	b, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	c := new(Game)
	if err := json.Unmarshal(b, c); err != nil {
		t.Fatal(err)
	}
	return c
}

// wantFault fails unless err is of the kind and has the reason, and is about the field.
func wantFault(t rapid.TB, err error, kind fault.Kind, reason, field string) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind != kind || e.Reason != reason {
		t.Fatalf("got %v, want %v with %s", err, kind, reason)
	}
	if e.Text.Ko == "" || e.Text.En == "" {
		t.Errorf("%s says %+v", reason, e.Text)
	}
	if len(e.Fields) == 0 && field != "" || len(e.Fields) > 0 && e.Fields[0].Path != field {
		t.Errorf("%s is about %+v, want %q", reason, e.Fields, field)
	}
}

// wantStates fails unless the rule refuses a game in every state that is not among allowed, and names the state.
func wantStates(t *testing.T, rule func(*Game) error, allowed ...Status) {
	t.Helper()
	reasons := map[Status]string{
		Scheduled: "GAME_NOT_STARTED", Ongoing: "GAME_ONGOING", Completed: "GAME_COMPLETED", Cancelled: "GAME_CANCELLED",
	}
	for status, reason := range reasons {
		g := ongoing(scoring.KR1x25, points(25, 3)...)
		g.Status = status
		if g.in(allowed...) == nil {
			continue
		}
		before := copyOf(t, g)
		wantFault(t, rule(g), fault.Precondition, reason, "")
		if !reflect.DeepEqual(g, before) {
			t.Errorf("a %s game was changed to %+v", status, g)
		}
	}
}

func TestRights(t *testing.T) {
	member := func(id string) identity.Caller { return identity.Caller{UserID: id, Role: identity.Member} }
	manager := identity.Caller{UserID: "manager", Role: identity.Manager}
	g := ongoing(scoring.KR1x25)
	g.Waiting = []Place{{UserID: "waiting"}}
	over := ongoing(scoring.KR1x25)
	over.Status = Completed
	for _, c := range []struct {
		name    string
		rule    func(identity.Caller) error
		allowed string
		reason  string
	}{
		{"organise", g.mayOrganise, "creator manager", "NOT_THE_ORGANISER"},
		{"run", g.mayRun, "creator manager a e", "NOT_IN_THE_GAME"},
		{"play", g.mayPlay, "creator manager a", "NOT_IN_THE_GAME"},
		{"score", g.mayScore, "creator manager a", "NOT_IN_THE_GAME"},
	} {
		for _, who := range []identity.Caller{member("creator"), manager, member("a"), member("e"), member("waiting"), member("stranger")} {
			err := c.rule(who)
			if slices.Contains(strings.Fields(c.allowed), who.UserID) != (err == nil) {
				t.Errorf("%s by %s: %v", c.name, who.UserID, err)
			}
			reason := c.reason
			if who.UserID == "e" && reason == "NOT_IN_THE_GAME" {
				reason = "NOT_A_PLAYER"
			}
			if err != nil {
				wantFault(t, err, fault.Denied, reason, "")
			}
		}
	}
	wantFault(t, over.mayScore(member("a")), fault.Denied, "COMPLETED_GAME_CORRECTION", "")
	wantFault(t, over.mayScore(member("stranger")), fault.Denied, "NOT_IN_THE_GAME", "")
	if err := over.mayScore(manager); err != nil {
		t.Error(err)
	}
}

func TestStart(t *testing.T) {
	club, _ := scoring.BWF3x15.Rules()
	court := Court{ID: "2", Name: "2번 코트"}
	start := func(g *Game) error { return g.start(court, club, nil, now) }

	for _, g := range []*Game{gameOf(), gameOf("a", "b", "c"), gameOf("a", "b", "c", "d", "e")} {
		wantFault(t, start(g), fault.Precondition, "TEAMS_NOT_SET", "")
	}
	g := gameOf("a", "b", "c", "d")
	g.Team1, g.Team2 = []string{"a", "b"}, []string{"c", "d"}
	if err := start(g); err != nil {
		t.Fatal(err)
	}
	if g.Status != Ongoing || g.Rules != club || g.CourtID != "2" || g.CourtName != "2번 코트" || !g.StartedAt.Equal(now) {
		t.Errorf("started as %+v", g)
	}
	if want := []string{"court/2", "player/a", "player/b", "player/c", "player/d"}; !reflect.DeepEqual(g.Holds(), want) {
		t.Errorf("it holds %v, want %v", g.Holds(), want)
	}

	own := gameOf("a", "b", "c", "d")
	own.Team1, own.Team2 = []string{"a", "b"}, []string{"c", "d"}
	own.Rules = scoring.Rules{BestOf: 1, PointsTo: 11, WinBy: 1, Cap: 11}
	if err := start(own); err != nil || own.Rules.PointsTo != 11 {
		t.Errorf("a game with rules of its own is scored by %+v, %v", own.Rules, err)
	}
	wantStates(t, start, Scheduled)
	for _, status := range []Status{Scheduled, Completed, Cancelled} {
		g.Status = status
		if held := g.Holds(); held != nil {
			t.Errorf("a %s game holds %v", status, held)
		}
	}
}

func TestSetTeams(t *testing.T) {
	for _, c := range []struct {
		name         string
		game         Type
		team1, team2 []string
		reason       string
		field        string
	}{
		{"doubles", Doubles, []string{"a", "b"}, []string{"c", "d"}, "", ""},
		{"mixed doubles", MixedDoubles, []string{"d", "b"}, []string{"c", "a"}, "", ""},
		{"singles", Singles, []string{"a"}, []string{"d"}, "", ""},
		{"doubles with three", Doubles, []string{"a", "b"}, []string{"c"}, "TEAM_SIZE", "team2"},
		{"doubles with two", Doubles, []string{"a"}, []string{"c"}, "TEAM_SIZE", "team1"},
		{"doubles with five", Doubles, []string{"a", "b"}, []string{"c", "d", "e"}, "TEAM_SIZE", "team2"},
		{"singles with four", Singles, []string{"a", "b"}, []string{"c", "d"}, "TEAM_SIZE", "team1"},
		{"nobody", Doubles, nil, nil, "TEAM_SIZE", "team1"},
		{"a stranger", Doubles, []string{"a", "b"}, []string{"c", "x"}, "NOT_A_PARTICIPANT", "team2[1]"},
		{"somebody who waits", Doubles, []string{"w", "b"}, []string{"c", "d"}, "NOT_A_PARTICIPANT", "team1[0]"},
		{"the same twice in a team", Doubles, []string{"a", "a"}, []string{"c", "d"}, "PLAYER_TWICE", "team1[1]"},
		{"the same in both teams", Doubles, []string{"a", "b"}, []string{"c", "b"}, "PLAYER_TWICE", "team2[1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := gameOf("a", "b", "c", "d", "e")
			g.Type, g.Waiting = c.game, []Place{{UserID: "w"}}
			before := copyOf(t, g)
			err := g.setTeams(c.team1, c.team2)
			if c.reason != "" {
				wantFault(t, err, fault.Invalid, c.reason, c.field)
				if !reflect.DeepEqual(g, before) {
					t.Errorf("changed to %+v", g)
				}
				return
			}
			if err != nil || !reflect.DeepEqual([][]string{g.Team1, g.Team2}, [][]string{c.team1, c.team2}) {
				t.Errorf("teams %v and %v, %v", g.Team1, g.Team2, err)
			}
			if err := g.setTeams(c.team1, c.team2); !errors.Is(err, errUnchanged) {
				t.Errorf("the same teams again: %v", err)
			}
		})
	}
	wantStates(t, func(g *Game) error { return g.setTeams([]string{"a", "b"}, []string{"c", "d"}) }, Scheduled)
}

// What is stored once must be read for ever.
func TestStoredForm(t *testing.T) {
	const form = `{"id":"g","title":"목요 복식","description":"d","location":"l","date":"2026-11-24T10:00:00Z","minutes":90,"max_participants":4,` +
		`"skill_level":"all","type":"doubles","status":"completed","creator":"c",` +
		`"participants":[{"user":"a","at":"2026-11-23T10:00:00.000001Z"}],"waiting":[{"user":"b","at":"2026-11-23T10:00:00Z"}],` +
		`"team1":["a"],"team2":["b"],"court_id":"1","court_name":"1번 코트",` +
		`"rules":{"best_of":1,"points_to":25,"win_by":1,"cap":25},"sets":[{"team1":25,"team2":20}],` +
		`"corrections":[{"set":1,"from":{"team1":5,"team2":0},"to":{"team1":4,"team2":0},"by":"a","at":"2026-11-23T10:00:00Z"}],` +
		`"corrections_dropped":2,` +
		`"end":"completed","final_score":{"team1":25,"team2":20},"winner":1,"mvp":"a",` +
		`"noted":{"minutes":40,"longest_rally":30,"shuttlecocks":3,"note":"n"},"version":7,` +
		`"created_at":"2026-11-23T10:00:00Z","updated_at":"2026-11-23T10:00:00Z","started_at":"2026-11-23T10:00:00Z",` +
		`"completed_at":"2026-11-23T10:00:00Z","cancelled_at":"2026-11-23T10:00:00Z","request_hash":"h",` +
		`"errands":[{"key":"k","kind":"promoted","to":["a"]}]}`
	var g Game
	if err := json.Unmarshal([]byte(form), &g); err != nil {
		t.Fatal(err)
	}
	for i, v := 0, reflect.ValueOf(g); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not in the form", v.Type().Field(i).Name)
		}
	}
	b, err := json.Marshal(g)
	if err != nil || string(b) != form {
		t.Errorf("written as\n%s\nwant\n%s\n%v", b, form, err)
	}
}

// Teams that nobody has set are as even as ratings allow, and always the same.
func TestBalance(t *testing.T) {
	rated := func(ratings ...int) map[string]int {
		all := make(map[string]int)
		for i, r := range ratings {
			all[string(rune('a'+i))] = r
		}
		return all
	}
	for _, c := range []struct {
		name         string
		game         Type
		ratings      map[string]int
		team1, team2 []string
	}{
		{"singles", Singles, rated(1700, 1300), []string{"a"}, []string{"b"}},
		{"the best with the weakest", Doubles, rated(1800, 1600, 1500, 1200), []string{"a", "d"}, []string{"b", "c"}},
		{"the first is the weakest", Doubles, rated(1200, 1500, 1800, 1550), []string{"a", "c"}, []string{"b", "d"}},
		{"one who outweighs all", MixedDoubles, rated(1000, 3000, 1000, 1200), []string{"a", "b"}, []string{"c", "d"}},
		{"newcomers", Doubles, rated(1500, 1500, 1500, 1500), []string{"a", "b"}, []string{"c", "d"}},
		{"two as good ways", Doubles, rated(1600, 1500, 1400, 1400), []string{"a", "c"}, []string{"b", "d"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := gameOf("a", "b", "c", "d")
			g.Type = c.game
			g.Participants = g.Participants[:2*c.game.TeamSize()]
			needed, ok := errors.AsType[*unrated](g.start(Court{ID: "1"}, club, nil, now))
			if !ok || !slices.Equal(needed.userIDs, userIDs(g.Participants)) || g.Status != Scheduled {
				t.Fatalf("without ratings it needs %+v, and is %+v", needed, g)
			}
			if err := g.start(Court{ID: "1"}, club, c.ratings, now); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(g.Team1, c.team1) || !slices.Equal(g.Team2, c.team2) {
				t.Errorf("%v against %v, want %v against %v", g.Team1, g.Team2, c.team1, c.team2)
			}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		ratings := rated(rapid.SliceOfN(rapid.IntRange(0, 3000), 4, 4).Draw(t, "ratings")...)
		players := rapid.Permutation([]string{"a", "b", "c", "d"}).Draw(t, "players")
		difference := func(team1, team2 []string) int {
			d := ratings[team1[0]] + ratings[team1[1]] - ratings[team2[0]] - ratings[team2[1]]
			return max(d, -d)
		}
		team1, team2 := balanced(players, ratings)
		all := slices.Sorted(slices.Values(slices.Concat(team1, team2)))
		if !slices.Equal(all, []string{"a", "b", "c", "d"}) || team1[0] != players[0] {
			t.Fatalf("%v are divided into %v and %v", players, team1, team2)
		}
		for _, p := range [][4]int{{0, 1, 2, 3}, {0, 2, 1, 3}, {0, 3, 1, 2}} {
			other := difference([]string{players[p[0]], players[p[1]]}, []string{players[p[2]], players[p[3]]})
			if other < difference(team1, team2) {
				t.Fatalf("%v against %v differ by more than %d", team1, team2, other)
			}
		}
	})
}

package games_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

func TestAGameFromItsAnnouncementToItsResult(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d")
	g := f.create(t, today(f), func(r *v1.CreateGameRequest) { r.Title, r.Description = "목요 복식", "설명" })
	if g.GetTitle() != "목요 복식" || g.GetDescription() != "설명" || g.GetStatus() != v1.GameStatus_GAME_STATUS_SCHEDULED ||
		g.GetVersion() != 1 || g.GetCreator().GetDisplayName() != "creator 님" || len(g.GetParticipants()) != 0 ||
		g.GetSkillLevel() != v1.SkillLevel_SKILL_LEVEL_ALL || g.GetScoring().GetPreset() != v1.ScoringPreset_SCORING_PRESET_KR_1X25 ||
		g.GetScoring().GetPointsTo() != 25 {
		t.Errorf("announced as %v", g)
	}
	_, err := f.StartGame(as("creator"), &v1.StartGameRequest{GameId: g.GetId(), CourtId: "1"})
	wantFault(t, err, fault.Precondition, "TEAMS_NOT_SET")
	f.join(t, g.GetId(), "a", "b", "c", "d", "a")
	if p := f.game(t, g.GetId()).GetParticipants(); len(p) != 4 || p[3].GetUserId() != "d" || p[3].GetDisplayName() != "d 님" ||
		p[3].GetSkillLevel() != v1.SkillLevel_SKILL_LEVEL_BEGINNER || !p[3].GetJoinedAt().AsTime().Equal(f.clock()) {
		t.Errorf("participants %v", p)
	}
	_, err = f.SetTeams(as("b"), &v1.SetTeamsRequest{GameId: g.GetId(), Team1: []string{"a", "b"}, Team2: []string{"c", "d"}})
	must(t, err)
	f.advance(time.Minute)
	res, err := f.StartGame(as("c"), &v1.StartGameRequest{GameId: g.GetId(), CourtId: "3"})
	must(t, err)
	if s := res.GetGame(); s.GetCourtName() != "3번 코트" || !s.GetStartedAt().AsTime().Equal(f.clock()) {
		t.Errorf("started as %v", s)
	}
	for _, p := range [][2]int{{1, 0}, {2, 0}, {1, 0}, {25, 24}} {
		_, err = f.score(as("d"), g.GetId(), 1, p[0], p[1])
		must(t, err)
	}
	f.advance(20 * time.Minute)
	done, err := f.CompleteGame(as("a"), &v1.CompleteGameRequest{
		GameId: g.GetId(), Mvp: new("d"), GameStats: &v1.GameStats{Duration: 20, LongestRally: 33, Shuttlecocks: 2, Note: "접전"},
	})
	must(t, err)
	over := done.GetGame()
	if over.GetWinner() != v1.Team_TEAM_TEAM1 || over.GetFinalScore().GetTeam2Score() != 24 || over.GetMvp() != "d" ||
		over.GetGameStats().GetNote() != "접전" || !over.GetCompletedAt().AsTime().Equal(f.clock()) ||
		over.GetSets()[0].GetWinner() != v1.Team_TEAM_TEAM1 || over.GetVersion() != 12 {
		t.Errorf("completed as %v", over)
	}
	if c := over.GetCorrections(); len(c) != 1 || c[0].GetFromTeam1Score() != 2 || c[0].GetToTeam1Score() != 1 ||
		c[0].GetCorrectedBy().GetDisplayName() != "d 님" || c[0].GetCorrectedAt() == nil {
		t.Errorf("corrections %v", c)
	}
	f.advance(time.Hour)
	again, err := f.CompleteGame(as("a"), &v1.CompleteGameRequest{GameId: g.GetId(), Mvp: new("d")})
	must(t, err)
	wantEqual(t, "the answer to the same again", again.GetGame(), over)

	stats, err := f.store.Stats(t.Context(), "d")
	must(t, err)
	if stats.GamesPlayed != 1 || stats.Losses != 1 || stats.MVPs != 1 || stats.PointsFor != 24 || stats.Rating >= 1500 {
		t.Errorf("the figures of d are %+v", stats)
	}
	_, err = f.score(as("creator"), g.GetId(), 1, 24, 25)
	wantFault(t, err, fault.Denied, "COMPLETED_GAME_CORRECTION")
	corrected, err := f.score(as("manager"), g.GetId(), 1, 24, 25)
	must(t, err)
	if corrected.GetWinner() != v1.Team_TEAM_TEAM2 || len(corrected.GetCorrections()) != 2 {
		t.Errorf("corrected to %v", corrected)
	}
	stats, err = f.store.Stats(t.Context(), "d")
	must(t, err)
	if stats.GamesPlayed != 1 || stats.Wins != 1 || stats.Rating <= 1500 {
		t.Errorf("the figures of d are %+v", stats)
	}
}

func TestCreatingTwiceCreatesOnce(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "other")
	request := func(title string) *v1.CreateGameRequest {
		return &v1.CreateGameRequest{
			Title: title, GameDate: timestamppb.New(f.config.Clock().Add(time.Hour)), Duration: 60, MaxParticipants: 4,
			GameType: v1.GameType_GAME_TYPE_SINGLES, RequestId: new("key"),
		}
	}
	req := request("단식")
	first, err := f.CreateGame(as("creator"), req)
	must(t, err)
	together(t, 8, func(int) error {
		again, err := f.CreateGame(as("creator"), req)
		if err == nil && again.GetGame().GetId() != first.GetGame().GetId() {
			t.Errorf("created %s again as %s", first.GetGame().GetId(), again.GetGame().GetId())
		}
		return err
	})
	// Also when the date has passed, and the game has gone on.
	f.join(t, first.GetGame().GetId(), "other")
	f.advance(3 * time.Hour)
	again, err := f.CreateGame(as("creator"), req)
	must(t, err)
	wantEqual(t, "the answer", again.GetGame(), f.game(t, first.GetGame().GetId()))

	changed := request("다른 단식")
	changed.GameDate = req.GetGameDate()
	_, err = f.CreateGame(as("creator"), changed)
	wantFault(t, err, fault.Invalid, "REQUEST_ID_REUSED")
	other, err := f.CreateGame(as("other"), request("단식"))
	must(t, err)
	if other.GetGame().GetId() == first.GetGame().GetId() {
		t.Error("somebody else's key gave the same game")
	}
	if _, total, err := f.store.ListGames(t.Context(), games.Filter{Limit: 1}); err != nil || total != 2 {
		t.Errorf("%d games, %v", total, err)
	}
}

// Requests that pass the contract's bounds, and are wrong all the same: a clear reason, and nothing is stored.
func TestWrongRequestsStoreNothing(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c", "d", "stranger")
	custom := func(bestOf, to, by, most int32) *v1.ScoringRules {
		return &v1.ScoringRules{Preset: v1.ScoringPreset_SCORING_PRESET_CUSTOM, BestOf: bestOf, PointsTo: to, WinBy: by, Cap: most}
	}
	for name, c := range map[string]struct {
		change func(*v1.CreateGameRequest)
		reason string
		field  string
	}{
		"a date that has passed": {func(r *v1.CreateGameRequest) { r.GameDate = f.in(-2 * time.Minute) }, "GAME_DATE_PAST", "game_date"},
		"a date that is none":    {func(r *v1.CreateGameRequest) { r.GameDate = &timestamppb.Timestamp{Seconds: math.MaxInt64} }, "INVALID_FIELD", "game_date"},
		"an even number of sets": {func(r *v1.CreateGameRequest) { r.Scoring = custom(2, 21, 2, 30) }, "SCORING_RULES_INVALID", "scoring.best_of"},
		"no points":              {func(r *v1.CreateGameRequest) { r.Scoring = custom(1, 0, 2, 30) }, "SCORING_RULES_INVALID", "scoring.points_to"},
		"no lead":                {func(r *v1.CreateGameRequest) { r.Scoring = custom(1, 21, 0, 30) }, "SCORING_RULES_INVALID", "scoring.win_by"},
		"a cap below":            {func(r *v1.CreateGameRequest) { r.Scoring = custom(1, 21, 2, 20) }, "SCORING_RULES_INVALID", "scoring.cap"},
	} {
		req := &v1.CreateGameRequest{Title: name, GameDate: f.in(time.Hour), Duration: 60, MaxParticipants: 4, GameType: v1.GameType_GAME_TYPE_DOUBLES}
		c.change(req)
		_, err := f.CreateGame(as("creator"), req)
		if e := wantFault(t, err, fault.Invalid, c.reason); len(e.Fields) != 1 || e.Fields[0].Path != c.field {
			t.Errorf("%s: it is about %+v", name, e.Fields)
		}
	}
	if _, total, err := f.store.ListGames(t.Context(), games.Filter{Limit: 1}); err != nil || total != 0 {
		t.Errorf("%d games, %v", total, err)
	}

	scheduled, ongoing := f.create(t), f.playing(t, "1", "a", "b", "c", "d")
	f.join(t, scheduled.GetId(), "a", "b", "c", "d")
	scheduled = f.game(t, scheduled.GetId())
	for name, c := range map[string]struct {
		call   func() error
		kind   fault.Kind
		reason string
	}{
		"26–19":                 {func() error { _, err := f.score(as("a"), ongoing.GetId(), 1, 26, 19); return err }, fault.Invalid, "SCORE_UNREACHABLE"},
		"a second set of one":   {func() error { _, err := f.score(as("a"), ongoing.GetId(), 2, 1, 0); return err }, fault.Invalid, "SET_NUMBER_OUT_OF_RANGE"},
		"a score by a stranger": {func() error { _, err := f.score(as("stranger"), ongoing.GetId(), 1, 1, 0); return err }, fault.Denied, "NOT_IN_THE_GAME"},
		"a score too early":     {func() error { _, err := f.score(as("a"), scheduled.GetId(), 1, 1, 0); return err }, fault.Precondition, "GAME_NOT_STARTED"},
		"an end without a winner": {func() error {
			_, err := f.CompleteGame(as("a"), &v1.CompleteGameRequest{GameId: ongoing.GetId()})
			return err
		}, fault.Precondition, "MATCH_UNDECIDED"},
		"an end too early": {func() error {
			_, err := f.CompleteGame(as("a"), &v1.CompleteGameRequest{GameId: scheduled.GetId()})
			return err
		}, fault.Precondition, "GAME_NOT_STARTED"},
		"a start again": {func() error {
			_, err := f.StartGame(as("a"), &v1.StartGameRequest{GameId: ongoing.GetId(), CourtId: "2"})
			return err
		}, fault.Precondition, "GAME_ONGOING"},
		"a start on no court": {func() error {
			_, err := f.StartGame(as("a"), &v1.StartGameRequest{GameId: scheduled.GetId(), CourtId: "9"})
			return err
		}, fault.NotFound, "COURT_NOT_FOUND"},
		"a stranger in a team": {func() error {
			_, err := f.SetTeams(as("a"), &v1.SetTeamsRequest{GameId: scheduled.GetId(), Team1: []string{"a", "b"}, Team2: []string{"c", "stranger"}})
			return err
		}, fault.Invalid, "NOT_A_PARTICIPANT"},
		"doubles with three": {func() error {
			_, err := f.SetTeams(as("a"), &v1.SetTeamsRequest{GameId: scheduled.GetId(), Team1: []string{"a", "b"}, Team2: []string{"c"}})
			return err
		}, fault.Invalid, "TEAM_SIZE"},
		"teams by a stranger": {func() error {
			_, err := f.SetTeams(as("stranger"), &v1.SetTeamsRequest{GameId: scheduled.GetId(), Team1: []string{"a", "b"}, Team2: []string{"c", "d"}})
			return err
		}, fault.Denied, "NOT_IN_THE_GAME"},
		"joining what is being played": {func() error {
			_, err := f.JoinGame(as("stranger"), &v1.JoinGameRequest{GameId: ongoing.GetId()})
			return err
		}, fault.Precondition, "GAME_ONGOING"},
		"leaving what is being played": {func() error {
			_, err := f.LeaveGame(as("a"), &v1.LeaveGameRequest{GameId: ongoing.GetId()})
			return err
		}, fault.Precondition, "GAME_ONGOING"},
		"moving it into the past": {func() error {
			_, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: scheduled.GetId(), GameDate: f.in(-time.Hour)})
			return err
		}, fault.Invalid, "GAME_DATE_PAST"},
		"a new date that is none": {func() error {
			_, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: scheduled.GetId(), GameDate: &timestamppb.Timestamp{Nanos: -1}})
			return err
		}, fault.Invalid, "INVALID_FIELD"},
		"fewer places than participants": {func() error {
			_, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: scheduled.GetId(), MaxParticipants: new(int32(3))})
			return err
		}, fault.Precondition, "FEWER_PLACES_THAN_PARTICIPANTS"},
		"a change by a participant": {func() error {
			_, err := f.UpdateGame(as("a"), &v1.UpdateGameRequest{GameId: scheduled.GetId(), Title: new("x")})
			return err
		}, fault.Denied, "NOT_THE_ORGANISER"},
		"new rules that are none": {func() error {
			_, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: scheduled.GetId(), Scoring: custom(4, 21, 2, 30)})
			return err
		}, fault.Invalid, "SCORING_RULES_INVALID"},
		"a change of what is being played": {func() error {
			_, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: ongoing.GetId(), Title: new("x")})
			return err
		}, fault.Precondition, "GAME_ONGOING"},
		"cancelling by a participant": {func() error {
			_, err := f.CancelGame(as("a"), &v1.CancelGameRequest{GameId: scheduled.GetId()})
			return err
		}, fault.Denied, "NOT_THE_ORGANISER"},
		"a game that is not there": {func() error {
			_, err := f.JoinGame(as("a"), &v1.JoinGameRequest{GameId: "unknown"})
			return err
		}, fault.NotFound, "GAME_NOT_FOUND"},
		"reading a game that is not there": {func() error {
			_, err := f.GetGame(as("a"), &v1.GetGameRequest{GameId: "unknown"})
			return err
		}, fault.NotFound, "GAME_NOT_FOUND"},
		"a call by nobody": {func() error {
			_, err := f.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: scheduled.GetId()})
			return err
		}, fault.Unauthenticated, "UNAUTHENTICATED"},
		"dates the wrong way round": {func() error {
			_, err := f.ListGames(as("a"), &v1.ListGamesRequest{DateFrom: text(f.in(time.Hour)), DateTo: text(f.in(time.Hour))})
			return err
		}, fault.Invalid, "DATE_RANGE"},
	} {
		t.Run(name, func(t *testing.T) {
			wantFault(t, c.call(), c.kind, c.reason)
			wantEqual(t, "the scheduled game", f.game(t, scheduled.GetId()), scheduled)
			wantEqual(t, "the ongoing game", f.game(t, ongoing.GetId()), ongoing)
		})
	}
}

// An answer can be lost, and the call comes again.
func TestARepeatedStartOrCancellationChangesNothing(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d", "stranger")
	g := f.game(t, f.playing(t, "1", "a", "b", "c", "d").GetId())
	start := func(by, court string) (*v1.Game, error) {
		res, err := f.StartGame(as(by), &v1.StartGameRequest{GameId: g.GetId(), CourtId: court})
		return res.GetGame(), err
	}
	cancel := func(by string) (*v1.Game, error) {
		res, err := f.CancelGame(as(by), &v1.CancelGameRequest{GameId: g.GetId()})
		return res.GetGame(), err
	}
	again, err := start("a", "1")
	must(t, err)
	wantEqual(t, "the game", again, g)
	_, err = start("a", "2")
	wantFault(t, err, fault.Precondition, "GAME_ONGOING")
	_, err = start("stranger", "1")
	wantFault(t, err, fault.Denied, "NOT_IN_THE_GAME")
	// The court is deleted in the moment in which the game starts.
	_, err = f.store.UpdateCourt(t.Context(), "1", func(c *games.Court) error { c.DeletedAt = f.clock(); return nil })
	must(t, err)
	again, err = start("a", "1")
	must(t, err)
	wantEqual(t, "the game on a deleted court", again, g)

	cancelled, err := cancel("creator")
	must(t, err)
	repeated, err := cancel("creator")
	must(t, err)
	wantEqual(t, "the cancelled game", repeated, cancelled)
	_, err = cancel("a")
	wantFault(t, err, fault.Denied, "NOT_THE_ORGANISER")
	_, err = start("a", "2")
	wantFault(t, err, fault.Precondition, "GAME_CANCELLED")
}

func TestAGameHasALocation(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a")
	req := &v1.CreateGameRequest{
		Title: "목요 복식", GameDate: f.in(24 * time.Hour), Duration: 90, MaxParticipants: 8, GameType: v1.GameType_GAME_TYPE_DOUBLES,
		Location: "시민체육관", RequestId: new("r"),
	}
	created, err := f.CreateGame(as("creator"), req)
	must(t, err)
	id := created.GetGame().GetId()
	again, err := f.CreateGame(as("creator"), req)
	must(t, err)
	wantEqual(t, "the game asked for again", again.GetGame(), created.GetGame())
	req.Location = "다른 체육관"
	_, err = f.CreateGame(as("creator"), req)
	wantFault(t, err, fault.Invalid, "REQUEST_ID_REUSED")
	wantLocation := func(want string) {
		t.Helper()
		listed, err := f.ListGames(as("a"), &v1.ListGamesRequest{})
		must(t, err)
		if got := f.game(t, id).GetLocation(); got != want || listed.GetGames()[0].GetLocation() != want {
			t.Errorf("it is at %q, in the list at %q, want %q", got, listed.GetGames()[0].GetLocation(), want)
		}
	}
	wantLocation("시민체육관")
	f.join(t, id, "a")
	for _, c := range []struct{ location, told, toldEn string }{
		{"학교 강당", "「목요 복식」 11월 24일(화) 19:00, 학교 강당", "목요 복식, Tue 24 Nov 19:00, 학교 강당"},
		{"", "「목요 복식」 11월 24일(화) 19:00", "목요 복식, Tue 24 Nov 19:00"},
	} {
		_, err = f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: id, Location: &c.location})
		must(t, err)
		wantLocation(c.location)
		found, err := games.Writer{Store: f.store}.Words(t.Context(), []notifications.Notification{
			{Notice: notifications.Notice{GameID: id, Kind: notifications.KindGameChanged}},
		})
		must(t, err)
		if found[0].Body.Ko != c.told || found[0].Body.En != c.toldEn {
			t.Errorf("told %+v", found[0].Body)
		}
	}
	before := f.game(t, id)
	_, err = f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: id, Location: new("")})
	must(t, err)
	wantEqual(t, "the game, changed by nothing", f.game(t, id), before)
}

func TestUpdatingAGame(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c")
	g := f.create(t, func(r *v1.CreateGameRequest) { r.MaxParticipants = 2 })
	f.join(t, g.GetId(), "a", "b", "c")
	res, err := f.UpdateGame(as("manager"), &v1.UpdateGameRequest{
		GameId: g.GetId(), Title: new("금요 단식"), Description: new("설명"), GameDate: f.in(48 * time.Hour), Duration: new(int32(30)),
		MaxParticipants: new(int32(3)), SkillLevel: new(v1.SkillLevel_SKILL_LEVEL_EXPERT), GameType: new(v1.GameType_GAME_TYPE_SINGLES),
		Scoring: &v1.ScoringRules{Preset: v1.ScoringPreset_SCORING_PRESET_BWF_3X15},
	})
	must(t, err)
	u := res.GetGame()
	if u.GetTitle() != "금요 단식" || u.GetDescription() != "설명" || !u.GetGameDate().AsTime().Equal(f.clock().Add(48*time.Hour)) ||
		u.GetDuration() != 30 || u.GetMaxParticipants() != 3 || u.GetSkillLevel() != v1.SkillLevel_SKILL_LEVEL_EXPERT ||
		u.GetGameType() != v1.GameType_GAME_TYPE_SINGLES || u.GetScoring().GetCap() != 21 ||
		u.GetScoring().GetPreset() != v1.ScoringPreset_SCORING_PRESET_BWF_3X15 || len(u.GetParticipants()) != 3 {
		t.Errorf("updated to %v", u)
	}
	again, err := f.UpdateGame(as("creator"), &v1.UpdateGameRequest{GameId: g.GetId(), Title: new("금요 단식")})
	must(t, err)
	wantEqual(t, "the answer to what changes nothing", again.GetGame(), u)
}

func TestWhoIsGoneHasNoNameAndIsMarked(t *testing.T) {
	f := open(t)
	g := f.create(t)
	f.join(t, g.GetId(), "ghost")
	shown := f.game(t, g.GetId())
	if p := shown.GetParticipants()[0]; p.GetUserId() != "ghost" || p.GetDisplayName() != "" || !p.GetWithdrawn() || !shown.GetCreator().GetWithdrawn() {
		t.Errorf("shown as %v", shown)
	}
}

// A game starts without SetTeams where just those who play are in: balanced, by the ratings of now, and told like any teams.
func TestAStartBalancesTheTeams(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c", "d", "e")
	// Two strong members, by their games.
	for _, weak := range []string{"c", "d", "c", "d"} {
		for _, strong := range []string{"a", "b"} {
			g := f.create(t, today(f), func(r *v1.CreateGameRequest) { r.GameType = v1.GameType_GAME_TYPE_SINGLES })
			f.join(t, g.GetId(), strong, weak)
			_, err := f.StartGame(as(weak), &v1.StartGameRequest{GameId: g.GetId(), CourtId: "1"})
			must(t, err)
			_, err = f.CompleteGame(as(weak), &v1.CompleteGameRequest{GameId: g.GetId(), FinalScore: &v1.FinalScore{Team1Score: 25}})
			must(t, err)
		}
	}
	g := f.create(t, today(f))
	watching := newReplica()
	f.watch(t, watching, "e", &v1.WatchGamesRequest{})
	f.join(t, g.GetId(), "a", "b", "c", "e", "d")
	start := func(by string) (*v1.Game, error) {
		res, err := f.StartGame(as(by), &v1.StartGameRequest{GameId: g.GetId(), CourtId: "1"})
		return res.GetGame(), err
	}
	_, err := start("a")
	if e := wantFault(t, err, fault.Precondition, "TEAMS_NOT_SET"); !strings.Contains(e.Text.En, "4 participants") || !strings.Contains(e.Text.Ko, "5명") {
		t.Errorf("refused with %+v", e.Text)
	}
	// Suspended users do not play; without them there are as many as play.
	_, err = f.store.UpdateUser(t.Context(), "e", func(u *users.User) error { u.Status = users.Suspended; return nil })
	must(t, err)
	f.people.ForgetAll()
	_, err = start("stranger")
	wantFault(t, err, fault.Denied, "NOT_IN_THE_GAME")
	started, err := start("d")
	must(t, err)
	partner := map[string]string{started.GetTeam1()[0]: started.GetTeam1()[1], started.GetTeam1()[1]: started.GetTeam1()[0]}["a"]
	if len(started.GetTeam2()) != 2 || partner != "c" && partner != "d" || started.GetStatus() != v1.GameStatus_GAME_STATUS_ONGOING {
		t.Errorf("%v play against %v", started.GetTeam1(), started.GetTeam2())
	}
	f.wantGame(t, watching, g.GetId())
}

package games_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games"
)

// words writes courts as "1 1번 코트 available", with the game on them.
func words(courts []*v1.Court) string {
	var out []string
	for _, c := range courts {
		word := fmt.Sprintf("%s %s %s", c.GetId(), c.GetName(), strings.ToLower(strings.TrimPrefix(c.GetStatus().String(), "COURT_STATUS_")))
		if c.GetGame() != nil {
			word += " " + c.GetGame().GetTitle()
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}

func TestCourts(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d")
	wantCourts := func(want string) {
		t.Helper()
		res, err := f.ListCourts(as("a"), &v1.ListCourtsRequest{})
		must(t, err)
		if got := words(res.GetCourts()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	update := func(req *v1.UpdateCourtRequest) (*v1.Court, error) {
		res, err := f.UpdateCourt(as("manager"), req)
		return res.GetCourt(), err
	}
	available, maintenance := new(v1.CourtStatus_COURT_STATUS_AVAILABLE), new(v1.CourtStatus_COURT_STATUS_MAINTENANCE)
	wantCourts("1 1번 코트 available, 2 2번 코트 available, 3 3번 코트 available, 4 4번 코트 available")
	must(t, f.CreateCourts(t.Context(), 9))
	f.advance(time.Hour)
	made, err := f.CreateCourt(as("manager"), &v1.CreateCourtRequest{Name: "중앙"})
	must(t, err)
	centre := made.GetCourt().GetId()
	wantEqual(t, "the new court", made.GetCourt(), &v1.Court{Id: centre, Name: "중앙", Status: *available, Version: 1})
	closed, err := update(&v1.UpdateCourtRequest{CourtId: "2", Status: maintenance})
	must(t, err)
	wantEqual(t, "the court", closed, &v1.Court{Id: "2", Name: "2번 코트", Status: *maintenance, Version: 2})
	_, err = update(&v1.UpdateCourtRequest{CourtId: "4", Name: new("벽 쪽")})
	must(t, err)
	wantCourts("1 1번 코트 available, 2 2번 코트 maintenance, 3 3번 코트 available, 4 벽 쪽 available, " + centre + " 중앙 available")

	g := f.ready(t, "a", "b", "c", "d")
	_, err = f.StartGame(as("a"), &v1.StartGameRequest{GameId: g.GetId(), CourtId: "2"})
	wantFault(t, err, fault.Precondition, "COURT_IN_MAINTENANCE")
	_, err = f.StartGame(as("a"), &v1.StartGameRequest{GameId: g.GetId(), CourtId: "4"})
	must(t, err)
	_, err = update(&v1.UpdateCourtRequest{CourtId: "4", Status: maintenance})
	if e := wantFault(t, err, fault.Precondition, "COURT_IN_USE"); e.Meta["game_id"] != g.GetId() {
		t.Errorf("refused with %+v", e)
	}
	playedOn, err := update(&v1.UpdateCourtRequest{CourtId: "4", Name: new("4번 코트"), Status: available})
	must(t, err)
	if got := words([]*v1.Court{playedOn}); got != "4 4번 코트 playing 목요 복식" {
		t.Errorf("the answer is %s", got)
	}
	_, err = update(&v1.UpdateCourtRequest{CourtId: "2", Status: available})
	must(t, err)
	wantCourts("1 1번 코트 available, 2 2번 코트 available, 3 3번 코트 available, 4 4번 코트 playing 목요 복식, " + centre + " 중앙 available")
	if name := f.game(t, g.GetId()).GetCourtName(); name != "벽 쪽" {
		t.Errorf("a game that has started is on the court %q", name)
	}

	_, err = update(&v1.UpdateCourtRequest{CourtId: "new", Name: new("x"), Status: available})
	wantFault(t, err, fault.NotFound, "COURT_NOT_FOUND")
	for what, call := range map[string]func() error{
		"create": func() error { _, err := f.CreateCourt(as("a"), &v1.CreateCourtRequest{Name: "x"}); return err },
		"update": func() error {
			_, err := f.UpdateCourt(as("a"), &v1.UpdateCourtRequest{CourtId: "1", Name: new("x")})
			return err
		},
		"delete": func() error { _, err := f.DeleteCourt(as("a"), &v1.DeleteCourtRequest{CourtId: "1"}); return err },
	} {
		t.Run(what, func(t *testing.T) { wantFault(t, call(), fault.Denied, "PERMISSION_DENIED") })
	}
}

func TestADeletedCourt(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d", "e", "f", "g", "h")
	remove := func(id string) error {
		_, err := f.DeleteCourt(as("manager"), &v1.DeleteCourtRequest{CourtId: id})
		return err
	}
	list := func() []*v1.Court {
		res, err := f.ListCourts(as("a"), &v1.ListCourtsRequest{})
		must(t, err)
		return res.GetCourts()
	}
	wantFault(t, remove("none"), fault.NotFound, "COURT_NOT_FOUND")
	g := f.playing(t, "4", "a", "b", "c", "d")
	if e := wantFault(t, remove("4"), fault.Precondition, "COURT_IN_USE"); e.Meta["game_id"] != g.GetId() {
		t.Errorf("refused with %+v", e)
	}
	_, err := f.score(as("a"), g.GetId(), 1, 25, 20)
	must(t, err)
	_, err = f.CompleteGame(as("a"), &v1.CompleteGameRequest{GameId: g.GetId()})
	must(t, err)
	for _, id := range []string{"4", "3", "2", "1"} {
		must(t, remove(id))
	}
	if courts := list(); len(courts) > 0 {
		t.Errorf("there still are %s", words(courts))
	}

	// It is gone for all that asks for it, and stays so: the first courts are not created again.
	must(t, remove("4"))
	_, err = f.UpdateCourt(as("manager"), &v1.UpdateCourtRequest{CourtId: "4", Name: new("x")})
	wantFault(t, err, fault.NotFound, "COURT_NOT_FOUND")
	next := f.ready(t, "e", "f", "g", "h")
	_, err = f.StartGame(as("e"), &v1.StartGameRequest{GameId: next.GetId(), CourtId: "4"})
	wantFault(t, err, fault.NotFound, "COURT_NOT_FOUND")
	must(t, f.CreateCourts(t.Context(), 9))
	if courts := list(); len(courts) > 0 {
		t.Errorf("there are %s again", words(courts))
	}
	if over := f.game(t, g.GetId()); over.GetCourtId() != "4" || over.GetCourtName() != "4번 코트" {
		t.Errorf("a game that was played on it is on %q, %q", over.GetCourtId(), over.GetCourtName())
	}
}

func TestACourtIsCreatedOnce(t *testing.T) {
	f := open(t)
	create := func(name, request string) (*v1.Court, error) {
		res, err := f.CreateCourt(as("manager"), &v1.CreateCourtRequest{Name: name, RequestId: &request})
		return res.GetCourt(), err
	}
	first, err := create("중앙", "r")
	must(t, err)
	again, err := create("중앙", "r")
	must(t, err)
	wantEqual(t, "the court that was asked for again", again, first)
	_, err = create("다른 코트", "r")
	wantFault(t, err, fault.Invalid, "REQUEST_ID_REUSED")

	_, err = f.DeleteCourt(as("manager"), &v1.DeleteCourtRequest{CourtId: first.GetId()})
	must(t, err)
	_, err = create("중앙", "r")
	wantFault(t, err, fault.NotFound, "COURT_NOT_FOUND")
	_, err = create("다른 코트", "r")
	wantFault(t, err, fault.Invalid, "REQUEST_ID_REUSED")
}

func TestAClubHas200Courts(t *testing.T) {
	f := open(t)
	f.members(t, "manager", "a")
	create := func(request string) error {
		_, err := f.CreateCourt(as("manager"), &v1.CreateCourtRequest{Name: "x", RequestId: &request})
		return err
	}
	var created, refused atomic.Int32
	start := make(chan struct{})
	var calls sync.WaitGroup
	for i := range 220 {
		calls.Go(func() {
			<-start
			if err := create(fmt.Sprint(i)); err == nil {
				created.Add(1)
			} else if errors.Is(err, fault.Precondition) {
				refused.Add(1)
			} else {
				t.Error(err)
			}
		})
	}
	close(start)
	calls.Wait()
	courts, err := f.ListCourts(as("a"), &v1.ListCourtsRequest{})
	must(t, err)
	if len(courts.GetCourts()) != 200 || created.Load() != 196 || refused.Load() != 24 {
		t.Errorf("%d courts: %d of 220 calls created one, %d were refused", len(courts.GetCourts()), created.Load(), refused.Load())
	}
	wantFault(t, create("too many"), fault.Precondition, "TOO_MANY_COURTS")
	_, err = f.DeleteCourt(as("manager"), &v1.DeleteCourtRequest{CourtId: "1"})
	must(t, err)
	must(t, create("another"))
	wantFault(t, create("one more"), fault.Precondition, "TOO_MANY_COURTS")
	must(t, create("another"))
}

func TestACourtIsInUseHoweverManyAre(t *testing.T) {
	f := open(t)
	f.members(t, "manager")
	for i := range 201 {
		_, _, err := f.store.CreateGame(t.Context(), games.Game{
			ID: fmt.Sprintf("g%03d", i), Title: "경기", Date: f.clock(), Status: games.Ongoing, CourtID: fmt.Sprintf("of game %d", i),
		})
		must(t, err)
	}
	_, _, err := f.store.CreateGame(t.Context(), games.Game{ID: "last", Title: "마지막", Date: f.clock().Add(time.Hour), Status: games.Ongoing, CourtID: "1"})
	must(t, err)
	_, err = f.DeleteCourt(as("manager"), &v1.DeleteCourtRequest{CourtId: "1"})
	if e := wantFault(t, err, fault.Precondition, "COURT_IN_USE"); e.Meta["game_id"] != "last" {
		t.Errorf("refused with %+v", e)
	}
}

// text is a time as RFC 3339 has it.
func text(t *timestamppb.Timestamp) *string { return new(t.AsTime().Format(time.RFC3339Nano)) }

func TestListsAndTheBoard(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a", "b", "c", "d", "e")
	dated := func(title string, in time.Duration) *v1.Game {
		return f.create(t, func(r *v1.CreateGameRequest) { r.Title, r.GameDate, r.MaxParticipants = title, f.in(in), 2 })
	}
	today, tomorrow := dated("today", time.Hour), dated("tomorrow", 23*time.Hour)
	dated("next week", 7*24*time.Hour)
	dated("sunday", 6*24*time.Hour)
	for _, gone := range []*v1.Game{dated("gone", 2*time.Hour), dated("gone later", 3*time.Hour)} {
		_, err := f.CancelGame(as("creator"), &v1.CancelGameRequest{GameId: gone.GetId()})
		must(t, err)
	}
	f.join(t, today.GetId(), "a", "b", "c", "d")
	f.join(t, tomorrow.GetId(), "a", "b", "c")
	// A manager may have a game played before its day, and completed after it.
	late := f.create(t)
	f.join(t, late.GetId(), "a", "b", "c", "d")
	_, err := f.SetTeams(as("manager"), &v1.SetTeamsRequest{GameId: late.GetId(), Team1: []string{"a", "b"}, Team2: []string{"c", "d"}})
	must(t, err)
	_, err = f.StartGame(as("manager"), &v1.StartGameRequest{GameId: late.GetId(), CourtId: "1"})
	must(t, err)

	list := func(req *v1.ListGamesRequest) string {
		t.Helper()
		res, err := f.ListGames(as("a"), req)
		must(t, err)
		var titles []string
		for _, g := range res.GetGames() {
			titles = append(titles, g.GetTitle())
		}
		return fmt.Sprintf("%s of %d", strings.Join(titles, ", "), res.GetPagination().GetTotal())
	}
	for _, c := range []struct {
		req  *v1.ListGamesRequest
		want string
	}{
		{&v1.ListGamesRequest{}, "today, gone, gone later, tomorrow, 목요 복식, sunday, next week of 7"},
		{&v1.ListGamesRequest{Page: new(int32(2)), Limit: new(int32(4))}, "목요 복식, sunday, next week of 7"},
		{&v1.ListGamesRequest{Status: new(v1.GameStatus_GAME_STATUS_ONGOING)}, "목요 복식 of 1"},
		{&v1.ListGamesRequest{Status: new(v1.GameStatus_GAME_STATUS_CANCELLED)}, "gone later, gone of 2"},
		{&v1.ListGamesRequest{DateFrom: text(tomorrow.GetGameDate()), DateTo: text(f.in(7 * 24 * time.Hour))}, "tomorrow, 목요 복식, sunday of 3"},
	} {
		if got := list(c.req); got != c.want {
			t.Errorf("%v: got %s, want %s", c.req, got, c.want)
		}
	}
	wantBoard := func(ongoing, scheduled, waiting, completed, week int32) {
		t.Helper()
		res, err := f.GetBoard(as("a"), &v1.GetBoardRequest{})
		must(t, err)
		wantEqual(t, "the counts", res.GetCounts(), &v1.BoardCounts{
			Ongoing: ongoing, Scheduled: scheduled, WaitingPlayers: waiting, Completed: completed, ThisWeek: week,
		})
		if len(res.GetCourts()) != 4 || len(res.GetOngoingGames()) != int(ongoing) {
			t.Errorf("%d courts, %d games", len(res.GetCourts()), len(res.GetOngoingGames()))
		}
	}
	// What is being played counts whenever it was to be.
	wantBoard(1, 1, 2, 0, 4)
	f.advance(24 * time.Hour)
	if got, want := list(&v1.ListGamesRequest{}), "tomorrow, 목요 복식, sunday, next week, gone later, gone, today of 7"; got != want {
		t.Errorf("a day later: got %s, want %s", got, want)
	}
	_, err = f.score(as("manager"), late.GetId(), 1, 25, 1)
	must(t, err)
	_, err = f.CompleteGame(as("manager"), &v1.CompleteGameRequest{GameId: late.GetId()})
	must(t, err)
	wantBoard(0, 1, 1, 1, 4)
	f.advance(6 * 24 * time.Hour)
	wantBoard(0, 1, 0, 0, 1)
}

package games_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

func titles(list []*v1.Game) string {
	var all []string
	for _, g := range list {
		all = append(all, g.GetTitle())
	}
	return strings.Join(all, " ")
}

// A list that is read by tokens, a page of two at a time, while it changes.
func TestAListNeitherSkipsNorRepeats(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "manager", "a")
	dated := func(title string, in time.Duration) *v1.Game {
		t.Helper()
		return f.create(t, func(r *v1.CreateGameRequest) { r.Title, r.GameDate = title, f.in(in) })
	}
	// The day before yesterday's are past then, and tomorrow's are to come.
	dated("p1", time.Hour)
	dated("p2", 90*time.Minute)
	dated("p3", 2*time.Hour)
	f.advance(48 * time.Hour)
	c1 := dated("c1", time.Hour)
	dated("c2", 2*time.Hour)
	c3 := dated("c3", 3*time.Hour)
	dated("c4", 4*time.Hour)
	next := func(req *v1.ListGamesRequest, want string) *v1.ListGamesRequest {
		t.Helper()
		req.Limit = new(int32(2))
		res, err := f.ListGames(as("a"), req)
		must(t, err)
		if got := titles(res.GetGames()); got != want {
			t.Errorf("got the page %q, want %q", got, want)
		}
		if (res.GetPagination() == nil) != (req.PageToken != nil) {
			t.Errorf("pagination is %v", res.GetPagination())
		}
		req.PageToken = new(res.GetNextPageToken())
		return req
	}
	scheduled := v1.GameStatus_GAME_STATUS_SCHEDULED
	req := next(&v1.ListGamesRequest{Status: &scheduled}, "c1 c2")
	// By numbers, the next page would begin with c4: c1 is no longer of the list, and a game before it is new.
	_, err := f.CancelGame(as("creator"), &v1.CancelGameRequest{GameId: c1.GetId()})
	must(t, err)
	dated("c0", time.Minute)
	req = next(req, "c3 c4")
	// The game that the page ended with leaves the list, and the next day begins: the rest is what it was.
	f.advance(24 * time.Hour)
	dated("c5", time.Hour)
	req = next(req, "c5 p3")
	_, err = f.CancelGame(as("creator"), &v1.CancelGameRequest{GameId: c3.GetId()})
	must(t, err)
	req = next(req, "p2 p1")
	if req.GetPageToken() != "" {
		t.Errorf("the last page is followed by %q", req.GetPageToken())
	}
}

func mustList(t *testing.T, f *fixture, req *v1.ListGamesRequest) []*v1.Game {
	t.Helper()
	res, err := f.ListGames(as("a"), req)
	must(t, err)
	return res.GetGames()
}

func TestPageTokensAreOfTheirList(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a")
	for i := range 3 {
		f.create(t, func(r *v1.CreateGameRequest) { r.Title = fmt.Sprint(i) })
	}
	one, scheduled := int32(1), v1.GameStatus_GAME_STATUS_SCHEDULED
	res, err := f.ListGames(as("a"), &v1.ListGamesRequest{Status: &scheduled, Page: &one, Limit: &one})
	must(t, err)
	token := res.GetNextPageToken()
	rest, err := f.ListGames(as("a"), &v1.ListGamesRequest{Status: &scheduled, PageToken: &token})
	must(t, err)
	if len(rest.GetGames()) != 2 || rest.GetNextPageToken() != "" {
		t.Errorf("the rest is %v", rest)
	}
	if _, err = f.ListGames(as("a"), &v1.ListGamesRequest{Status: &scheduled, PageToken: &token, DateFrom: new(""), DateTo: new("")}); err != nil {
		t.Errorf("with days that are empty: %v", err)
	}
	for name, req := range map[string]*v1.ListGamesRequest{
		"without the status": {}, "of a user": {Status: &scheduled, UserId: new("a")}, "of a court": {Status: &scheduled, CourtId: new("1")},
		"from a day": {Status: &scheduled, DateFrom: new("2026-11-23")}, "to a day": {Status: &scheduled, DateTo: new("2026-11-23")},
	} {
		req.PageToken = &token
		_, err := f.ListGames(as("a"), req)
		t.Run(name, func(t *testing.T) { wantFault(t, err, fault.Invalid, "PAGE_TOKEN_INVALID") })
	}
	_, err = f.ListGames(as("a"), &v1.ListGamesRequest{Status: &scheduled, Page: &one, PageToken: &token})
	wantFault(t, err, fault.Invalid, "PAGE_OR_CURSOR")
}

func TestDatesOfAList(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a")
	for _, at := range []string{"2026-12-31T23:59:00+09:00", "2027-01-01T00:00:00+09:00", "2027-01-01T23:59:00+09:00", "2027-01-02T00:00:00+09:00"} {
		date, err := time.Parse(time.RFC3339, at)
		must(t, err)
		f.create(t, func(r *v1.CreateGameRequest) { r.Title, r.GameDate = at[8:13], timestamppb.New(date) })
	}
	for _, c := range []struct{ from, to, want string }{
		{"2027-01-01", "2027-01-01", "01T00 01T23"}, {"2027-01-01", "", "01T00 01T23 02T00"}, {"", "2026-12-31", "31T23"},
		{"2026-12-31T15:00:00Z", "2027-01-01", "01T00 01T23"}, {"2027-01-01", "2027-01-01T23:59:00+09:00", "01T00"},
		{"2027-01-01T00:00:00.000001+09:00", "2027-01-02", "01T23 02T00"},
		{"", "0001-01-01T00:00:00Z", ""}, {"", "0001-01-01", ""}, {"0001-01-01T00:00:00Z", "2026-12-31", "31T23"}, {"2027-01-02", "9999-12-31", "02T00"},
	} {
		req := &v1.ListGamesRequest{}
		if c.from != "" {
			req.DateFrom = &c.from
		}
		if c.to != "" {
			req.DateTo = &c.to
		}
		if got := titles(mustList(t, f, req)); got != c.want {
			t.Errorf("from %s to %s: %s, want %s", c.from, c.to, got, c.want)
		}
	}
	_, err := f.ListGames(as("a"), &v1.ListGamesRequest{DateFrom: new("2027-01-02"), DateTo: new("2027-01-01")})
	wantFault(t, err, fault.Invalid, "DATE_RANGE")
	for _, bad := range []string{"2027-1-1", "2027-02-30", "2027-13-01", "yesterday", "20270101", "2027-01-01T", "2027-01-01T9:00:00Z", "2027-01-01T09:00:00", " 2027-01-01", "0000-01-01", "0000-12-31", "10000-01-01"} {
		for field, req := range map[string]*v1.ListGamesRequest{"date_from": {DateFrom: &bad}, "date_to": {DateTo: &bad}} {
			_, err := f.ListGames(as("a"), req)
			if e := wantFault(t, err, fault.Invalid, "INVALID_FIELD"); !strings.Contains(e.Text.En, "2027-01-03") || e.Fields[0].Path != field {
				t.Errorf("%s %q: %+v", field, bad, e)
			}
		}
	}
}

func TestGamesOfAUserAndOfACourt(t *testing.T) {
	for _, over := range apptest.Transports() {
		t.Run(over.Name, func(t *testing.T) {
			s := apptest.Start(t)
			club := s.Club(t, 3, over)
			played, err := singles(t, "1", club[0], club[1])
			must(t, err)
			res, err := club[0].Games.CreateGame(t.Context(), &v1.CreateGameRequest{
				Title: "다음", GameDate: timestamppb.New(time.Now().Add(time.Hour)), Duration: 60, MaxParticipants: 2,
				GameType: v1.GameType_GAME_TYPE_SINGLES,
			})
			must(t, err)
			full := res.GetGame()
			for _, m := range []int{1, 2, 0} {
				_, err := club[m].Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: full.GetId()})
				must(t, err)
			}
			for _, c := range []struct {
				req  *v1.ListGamesRequest
				want []string
			}{
				// The one who waits for a game is in its list.
				{&v1.ListGamesRequest{UserId: &club[0].ID}, []string{played.GetId(), full.GetId()}},
				{&v1.ListGamesRequest{UserId: &club[2].ID}, []string{full.GetId()}},
				{&v1.ListGamesRequest{UserId: new("nobody")}, nil},
				{&v1.ListGamesRequest{CourtId: new("1")}, []string{played.GetId()}},
				{&v1.ListGamesRequest{CourtId: new("1"), UserId: &club[2].ID}, nil},
				{&v1.ListGamesRequest{UserId: &club[1].ID, Status: new(v1.GameStatus_GAME_STATUS_SCHEDULED)}, []string{full.GetId()}},
			} {
				list, err := club[2].Games.ListGames(t.Context(), c.req)
				must(t, err)
				var ids []string
				for _, g := range list.GetGames() {
					ids = append(ids, g.GetId())
				}
				if !slices.Equal(ids, c.want) || int(list.GetPagination().GetTotal()) != len(c.want) {
					t.Errorf("%v: %v of %v, want %v", c.req, ids, list.GetPagination(), c.want)
				}
			}
			_, err = club[0].Games.ListGames(t.Context(), &v1.ListGamesRequest{PageToken: new("nonsense")})
			if connect.CodeOf(err) != connect.CodeInvalidArgument {
				t.Errorf("a token that is none: %v", err)
			}
		})
	}
}

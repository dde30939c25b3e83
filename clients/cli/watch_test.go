package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func TestWatchingGames(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		people := server.People(t)
		sh, other := signedIn(t, server, 0), signedIn(t, server, 1)
		client := sh.client(t)
		ids := make([]string, 2)
		for i, sh := range []*shell{sh, other} {
			ids[i] = must[string](t)(sh.client(t).UserID(t.Context()))
		}
		game := sh.game(t, "목요일 단식", v1.GameType_GAME_TYPE_SINGLES, 2)
		lines, events := other.start(t, "watch", "games"), other.start(t, "watch", "games", game.GetId(), "-o", "jsonl")
		expect := func(line string) {
			t.Helper()
			// Without the time.
			if got := lines.next(t)[len("15:04:05 KST"):]; got != "  "+line {
				t.Errorf("got %q, want %q", got, line)
			}
		}
		expect("목요일 단식  예정  0/2")
		sh.do(t, "games", "join", game.GetId())
		expect("목요일 단식  예정  1/2  " + people[0].Name + " 참가")
		other.do(t, "games", "join", game.GetId())
		expect("목요일 단식  예정  2/2  " + people[1].Name + " 참가")
		must[*v1.SetTeamsResponse](t)(client.Games.SetTeams(t.Context(), &v1.SetTeamsRequest{
			GameId: game.GetId(), Team1: ids[:1], Team2: ids[1:],
		}))
		sides := people[0].Name + " : " + people[1].Name
		expect("목요일 단식  예정  " + sides + "  변경 · " + people[0].Name)
		must[*v1.StartGameResponse](t)(client.Games.StartGame(t.Context(), &v1.StartGameRequest{GameId: game.GetId(), CourtId: "1"}))
		expect("목요일 단식  진행 중  1번 코트  " + sides + "  진행 중 · " + people[0].Name)
		for _, score := range [][2]int32{{3, 1}, {2, 1}, {25, 10}} {
			must[*v1.UpdateScoreResponse](t)(client.Games.UpdateScore(t.Context(), &v1.UpdateScoreRequest{
				GameId: game.GetId(), SetNumber: 1, Team1Score: score[0], Team2Score: score[1],
			}))
		}
		at := "목요일 단식  진행 중  1번 코트  " + sides + "  "
		expect(at + "3:1  점수 · " + people[0].Name)
		expect(at + "2:1  점수 정정 · " + people[0].Name)
		expect(at + "25:10  점수 · " + people[0].Name)
		must[*v1.CompleteGameResponse](t)(client.Games.CompleteGame(t.Context(), &v1.CompleteGameRequest{GameId: game.GetId()}))
		expect("목요일 단식  종료  1번 코트  " + sides + "  25:10  종료 · " + people[0].Name)

		var scores []string
		for ended := false; !ended; {
			var e v1.Event
			if err := protojson.Unmarshal([]byte(events.next(t)), &e); err != nil {
				t.Fatal(err)
			}
			for _, set := range e.GetScoreUpdated().GetSets() {
				scores = append(scores, fmt.Sprint(set.GetTeam1Score()))
			}
			ended = e.GetStatusChanged().GetGame().GetStatus() == v1.GameStatus_GAME_STATUS_COMPLETED
		}
		if !slices.Equal(scores, []string{"3", "2", "25"}) {
			t.Errorf("scores as JSON: %v", scores)
		}
	})
}

// After any coming and going the board has what the server has.
func TestTheBoardFollowsTheServer(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		shells := make([]*shell, 5)
		for i := range shells {
			shells[i] = signedIn(t, server, i)
		}
		game := shells[0].game(t, "목요일 복식", v1.GameType_GAME_TYPE_DOUBLES, 2)
		client := shells[0].client(t)
		b := newBoard(korean)
		changes := 0
		for e, err := range client.WatchGames(&v1.WatchGamesRequest{GameIds: []string{game.GetId()}}).Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if shown, _ := b.apply(e); shown == nil {
				continue
			}
			now := must[*v1.GetGameResponse](t)(client.Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: game.GetId()})).GetGame()
			shown := b.games[game.GetId()]
			if shown.GetVersion() == now.GetVersion() {
				if korean.people(shown.GetParticipants()) != korean.people(now.GetParticipants()) || korean.people(shown.GetWaitingList()) != korean.people(now.GetWaitingList()) {
					t.Fatalf("the board has %s and %s, the server %s and %s", korean.people(shown.GetParticipants()), korean.people(shown.GetWaitingList()),
						korean.people(now.GetParticipants()), korean.people(now.GetWaitingList()))
				}
				if changes++; changes == 30 {
					return
				}
				comeOrGo(t, shells, game)
			}
		}
	})
}

// comeOrGo changes who is in a game.
func comeOrGo(t *testing.T, shells []*shell, game *v1.Game) {
	t.Helper()
	for {
		var before, after *v1.Game
		games := shells[rand.IntN(len(shells))].client(t).Games
		before = must[*v1.GetGameResponse](t)(games.GetGame(t.Context(), &v1.GetGameRequest{GameId: game.GetId()})).GetGame()
		if rand.IntN(5) > 1 {
			after = must[*v1.JoinGameResponse](t)(games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: game.GetId()})).GetGame()
		} else if left, err := games.LeaveGame(t.Context(), &v1.LeaveGameRequest{GameId: game.GetId()}); err == nil {
			after = left.GetGame()
		}
		if after != nil && after.GetVersion() > before.GetVersion() {
			return
		}
	}
}

func TestTheTableOfABoard(t *testing.T) {
	t.Parallel()
	b := newBoard(english)
	for i, status := range []v1.GameStatus{
		v1.GameStatus_GAME_STATUS_COMPLETED, v1.GameStatus_GAME_STATUS_SCHEDULED, v1.GameStatus_GAME_STATUS_ONGOING,
		v1.GameStatus_GAME_STATUS_SCHEDULED,
	} {
		b.put(&v1.Game{Id: fmt.Sprint(i), Title: fmt.Sprint("game ", i), Status: status, MaxParticipants: 4})
	}
	p := &printer{lang: english}
	titles := func(lines []string) (got []string) {
		for _, line := range lines[1:] {
			got = append(got, line[max(0, len(line)-len("game 0")):])
		}
		return got
	}
	if got := titles(b.table(p, 24)); !slices.Equal(got, []string{"game 2", "game 1", "game 3", "game 0"}) {
		t.Errorf("in the order %v", got)
	}
	if got := b.table(p, 5); len(got) != 4 || got[3] != "and 2 more" {
		t.Errorf("on a terminal of five lines: %s", strings.Join(got, "\n"))
	}
}

func TestAScreenIsDrawnAnew(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	s := &screen{out: &out}
	for _, lines := range [][]string{{"one", "two"}, {"three"}} {
		if err := s.draw(lines); err != nil {
			t.Fatal(err)
		}
	}
	s.above("a word")
	if got := out.String(); got != "one\ntwo\n\x1b[2A\x1b[Jthree\n\x1b[1A\x1b[Ja word\nthree\n" {
		t.Errorf("got %q", got)
	}
}

package events_test

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// announce makes a game of singles tomorrow.
func announce(t *testing.T, m *apptest.Member) *v1.Game {
	t.Helper()
	res, err := m.Games.CreateGame(t.Context(), &v1.CreateGameRequest{
		Title: "목요 단식", GameDate: timestamppb.New(time.Now().Add(24 * time.Hour)), Duration: 60, MaxParticipants: 2,
		GameType: v1.GameType_GAME_TYPE_SINGLES,
	})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetGame()
}

func joinGame(t *testing.T, m *apptest.Member, game string) {
	t.Helper()
	if _, err := m.Games.JoinGame(t.Context(), &v1.JoinGameRequest{GameId: game}); err != nil {
		t.Fatal(err)
	}
}

func gameOf(t *testing.T, m *apptest.Member, id string) *v1.Game {
	t.Helper()
	res, err := m.Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: id})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetGame()
}

func wantSnapshot(t *testing.T, s *apptest.Stream, want *v1.Game) {
	t.Helper()
	got := s.Until(t, "a snapshot", func(e *v1.Event) bool { return e.GetGameSnapshot() != nil }).GetGameSnapshot().GetGame()
	if !proto.Equal(got, want) {
		t.Fatalf("the snapshot is %v, want %v", got, want)
	}
}

func TestGamesBeginWithASnapshotAndGoOn(t *testing.T) {
	for _, over := range apptest.Transports() {
		t.Run(over.Name, func(t *testing.T) {
			s := apptest.Start(t)
			club := s.Club(t, 4, over)
			g := announce(t, club[0])
			stream := club[3].Subscribe(t, &v1.SubscribeRequest{})
			stream.Hello(t)
			wantSnapshot(t, stream, g)

			joinGame(t, club[1], g.GetId())
			changed := stream.Until(t, "participants_changed", func(e *v1.Event) bool { return e.GetParticipantsChanged() != nil }).GetParticipantsChanged()
			if changed.GetVersion() != 2 || len(changed.GetJoined()) != 1 || changed.GetJoined()[0].GetDisplayName() != club[1].Name {
				t.Errorf("got %v", changed)
			}
			other := announce(t, club[0])
			created := stream.Until(t, "game_created", func(e *v1.Event) bool { return e.GetGameCreated() != nil }).GetGameCreated()
			if !proto.Equal(created.GetGame(), other) {
				t.Errorf("got %v, want %v", created.GetGame(), other)
			}

			s.Restart(t)
			joinGame(t, club[2], g.GetId())
			again := club[3].Subscribe(t, &v1.SubscribeRequest{})
			again.Hello(t)
			for range 2 {
				e := again.Until(t, "a snapshot", func(e *v1.Event) bool { return e.GetGameSnapshot() != nil }).GetGameSnapshot().GetGame()
				if want := gameOf(t, club[3], e.GetId()); !proto.Equal(e, want) {
					t.Errorf("got %v, want %v", e, want)
				}
			}
			if _, err := club[0].Games.CancelGame(t.Context(), &v1.CancelGameRequest{GameId: g.GetId()}); err != nil {
				t.Fatal(err)
			}
			status := again.Until(t, "status_changed", func(e *v1.Event) bool { return e.GetStatusChanged() != nil }).GetStatusChanged()
			if status.GetGame().GetStatus() != v1.GameStatus_GAME_STATUS_CANCELLED || status.GetChangedBy().GetUserId() != club[0].ID ||
				status.GetGame().GetVersion() != 4 {
				t.Errorf("got %v", status)
			}
		})
	}
}

// Who moves up from a waiting list is told on the same stream.
func TestPromotionIsToldOnTheStream(t *testing.T) {
	s := apptest.Start(t, func(c *app.Config) { c.StreamHeartbeat = time.Second })
	club := s.Club(t, 4, apptest.ConnectJSON)
	g := announce(t, club[0])
	for _, m := range club[1:] {
		joinGame(t, m, g.GetId())
	}
	stream := club[3].Subscribe(t, &v1.SubscribeRequest{})
	stream.Hello(t)
	if _, err := club[1].Games.LeaveGame(t.Context(), &v1.LeaveGameRequest{GameId: g.GetId()}); err != nil {
		t.Fatal(err)
	}
	told := stream.Until(t, "a notification", func(e *v1.Event) bool { return e.GetNotification() != nil }).GetNotification()
	if told.GetKind() != v1.NotificationKind_NOTIFICATION_KIND_PROMOTED || told.GetGame().GetGameId() != g.GetId() {
		t.Errorf("told %v", told)
	}
}

func TestAPollShowsGames(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	g := announce(t, club[0])
	poll := func(wait int32, has ...*v1.Game) (events []*v1.Event) {
		t.Helper()
		req := &v1.PollRequest{WaitMs: wait}
		for _, g := range has {
			req.Games = append(req.Games, &v1.GameCursor{GameId: g.GetId(), Version: g.GetVersion()})
		}
		res, err := club[1].Events.Poll(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return res.GetEvents()
	}
	games := snapshots(poll(0))
	if len(games) != 1 || !proto.Equal(games[0], g) {
		t.Errorf("a poll begins with the games %v", games)
	}
	answer := make(chan []*v1.Event, 1)
	has := g
	go func() { answer <- poll(20_000, has) }()
	polls := 0
	for joined := false; ; joined = !joined {
		select {
		case events := <-answer:
			if last := events[len(events)-1].GetParticipantsChanged(); last.GetGameId() == g.GetId() {
				return
			}
			// Something else has happened meanwhile, as that somebody came online.
			if polls++; polls == 20 {
				t.Fatalf("the poll that waited got %v", events)
			}
			// It may have begun after the game had changed.
			if now := snapshots(events); len(now) == 1 {
				has = now[0]
			}
			go func(has *v1.Game) { answer <- poll(20_000, has) }(has)
		case <-time.After(50 * time.Millisecond):
			// The poll may not have begun to wait yet.
			if joined {
				if _, err := club[0].Games.LeaveGame(t.Context(), &v1.LeaveGameRequest{GameId: g.GetId()}); err != nil {
					t.Fatal(err)
				}
			} else {
				joinGame(t, club[0], g.GetId())
			}
		}
	}
}

func snapshots(events []*v1.Event) (games []*v1.Game) {
	for _, e := range events {
		if snap := e.GetGameSnapshot(); snap != nil {
			games = append(games, snap.GetGame())
		}
	}
	return games
}

// What a poll knows when it begins is answered at once: it waits only where the client has everything.
func TestAPollDoesNotHoldBackWhatItKnows(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 2, apptest.ConnectJSON)
	live, ending := announce(t, club[0]), announce(t, club[0])
	room := club[0].Group(t, club[1:]...).GetId()
	at := func(g *v1.Game, version int32) *v1.GameCursor {
		return &v1.GameCursor{GameId: g.GetId(), Version: version}
	}
	if _, err := club[0].Games.CancelGame(t.Context(), &v1.CancelGameRequest{GameId: ending.GetId()}); err != nil {
		t.Fatal(err)
	}
	joinGame(t, club[0], live.GetId())
	const wait = 5000
	for _, tt := range []struct {
		name string
		req  *v1.PollRequest
		// games are the ids of those that the answer holds; waits is whether it comes only after all of the wait.
		games []string
		waits bool
	}{
		{"no cursor", &v1.PollRequest{WaitMs: wait}, []string{live.GetId()}, false},
		{"a change that was stored before", &v1.PollRequest{WaitMs: wait, Games: []*v1.GameCursor{at(live, 1)}}, []string{live.GetId()}, false},
		{"a version of other data", &v1.PollRequest{WaitMs: wait, Games: []*v1.GameCursor{at(live, 99)}}, []string{live.GetId()}, false},
		{"a game that has ended since", &v1.PollRequest{WaitMs: wait, Games: []*v1.GameCursor{at(live, 2), at(ending, 1)}}, []string{ending.GetId()}, false},
		{"a cursor beyond the end of a room", &v1.PollRequest{WaitMs: wait, Games: []*v1.GameCursor{at(live, 2)},
			Rooms: []*v1.RoomCursor{{RoomId: room, Seq: 99}}}, nil, false},
		{"a cursor of no room", &v1.PollRequest{WaitMs: wait, Games: []*v1.GameCursor{at(live, 2)},
			Rooms: []*v1.RoomCursor{{RoomId: "none", Seq: 1}}}, nil, false},
		{"a cursor beyond the notifications", &v1.PollRequest{WaitMs: wait, Games: []*v1.GameCursor{at(live, 2)},
			NotificationSeq: proto.Int64(99)}, nil, false},
		{"everything", &v1.PollRequest{WaitMs: 500, Games: []*v1.GameCursor{at(live, 2), at(ending, 2)}}, nil, true},
	} {
		began := time.Now()
		res, err := club[1].Events.Poll(t.Context(), tt.req)
		took := time.Since(began)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		var got []string
		for _, g := range snapshots(res.GetEvents()) {
			got = append(got, g.GetId())
		}
		// Of what waits, something may come meanwhile: that somebody is online.
		if !slices.Equal(got, tt.games) || !tt.waits && took > wait*time.Millisecond/2 {
			t.Errorf("%s: after %s the games %v, want %v", tt.name, took, got, tt.games)
		}
	}
}

// A stream begins with the games that its client lacks, and goes on with all.
func TestAStreamTakesUpGamesAtTheirVersions(t *testing.T) {
	s := apptest.Start(t)
	club := s.Club(t, 3, apptest.ConnectJSON)
	known, changed := announce(t, club[0]), announce(t, club[0])
	joinGame(t, club[0], changed.GetId())
	stream := club[1].Subscribe(t, &v1.SubscribeRequest{Games: []*v1.GameCursor{
		{GameId: known.GetId(), Version: 1}, {GameId: changed.GetId(), Version: 1}, {GameId: "none", Version: 7},
	}})
	stream.Hello(t)
	joinGame(t, club[2], known.GetId())
	got := map[string]int32{}
	stream.Until(t, "the change of the game that is known", func(e *v1.Event) bool {
		if g := e.GetGameSnapshot().GetGame(); g != nil {
			got[g.GetId()] = g.GetVersion()
		}
		p := e.GetParticipantsChanged()
		return p.GetGameId() == known.GetId() && p.GetVersion() == 2
	})
	if len(got) != 1 || got[changed.GetId()] != 2 {
		t.Errorf("it began with the games %v", got)
	}
}

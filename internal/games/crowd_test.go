package games_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// answer is what a caller was told of one call.
type answer struct {
	who     string
	leaves  bool
	version int32
	status  v1.ParticipantStatus
}

func queueOf(g *v1.Game) (queue []string) {
	for _, p := range append(slices.Clone(g.GetParticipants()), g.GetWaitingList()...) {
		queue = append(queue, p.GetUserId())
	}
	return queue
}

// 500 members join a game of 8 at once; then a hundred come and go at once. Each answer fits the queue of those who came, in
// the order that the versions tell.
func TestACrowdJoins(t *testing.T) {
	const crowd, places = 500, 8
	f := open(t)
	people := ids("m", crowd)
	f.members(t, append(people, "creator")...)
	g := f.create(t, func(r *v1.CreateGameRequest) { r.MaxParticipants = places })
	watching := newReplica()
	cut := f.watch(t, watching, "creator", &v1.WatchGamesRequest{})

	var mu sync.Mutex
	var answers []answer
	join := func(who string) error {
		res, err := f.JoinGame(as(who), &v1.JoinGameRequest{GameId: g.GetId()})
		mu.Lock()
		defer mu.Unlock()
		answers = append(answers, answer{who: who, version: res.GetGame().GetVersion(), status: res.GetParticipantStatus()})
		return err
	}
	leave := func(who string) error {
		res, err := f.LeaveGame(as(who), &v1.LeaveGameRequest{GameId: g.GetId()})
		mu.Lock()
		defer mu.Unlock()
		answers = append(answers, answer{who: who, leaves: true, version: res.GetGame().GetVersion()})
		return err
	}
	together(t, crowd, func(i int) error { return join(people[i]) })

	slices.SortFunc(answers, func(a, b answer) int { return cmp.Compare(a.version, b.version) })
	var queue []string
	for i, a := range answers {
		queue = append(queue, a.who)
		want := v1.ParticipantStatus_PARTICIPANT_STATUS_JOINED
		if i >= places {
			want = v1.ParticipantStatus_PARTICIPANT_STATUS_WAITING_LIST
		}
		if a.version != int32(i)+2 || a.status != want {
			t.Fatalf("arrival %d was answered with version %d and %v", i, a.version, a.status)
		}
	}
	now := f.game(t, g.GetId())
	if len(now.GetParticipants()) != places || len(now.GetWaitingList()) != crowd-places || !slices.Equal(queueOf(now), queue) {
		t.Fatalf("%d joined, %d wait, in the order %v, and %v arrived", len(now.GetParticipants()), len(now.GetWaitingList()), queueOf(now), queue)
	}
	f.wantGame(t, watching, g.GetId())

	answers = nil
	together(t, 100, func(int) error {
		who := people[rand.N(crowd)]
		if rand.N(2) == 0 {
			return join(who)
		}
		return leave(who)
	})
	version, queue := replay(t, answers, now.GetVersion(), queue)
	now = f.game(t, g.GetId())
	if now.GetVersion() != version || len(now.GetParticipants()) != places || !slices.Equal(queueOf(now), queue) {
		t.Fatalf("version %d with %v, want %d with %v", now.GetVersion(), queueOf(now), version, queue)
	}
	f.wantGame(t, watching, g.GetId())
	if err := cut(); err != nil {
		t.Error(err)
	}
}

// replay plays answers on a queue in the order of their versions, and fails on the first that does not fit: of those with one
// version, one has changed the queue, and the others found it so.
func replay(t *testing.T, answers []answer, version int32, queue []string) (int32, []string) {
	t.Helper()
	byVersion := make(map[int32][]answer)
	for _, a := range answers {
		byVersion[a.version] = append(byVersion[a.version], a)
	}
	isIn := func(a answer) bool { return slices.Contains(queue, a.who) }
	for v := version; len(byVersion) > 0; v++ {
		group := byVersion[v]
		delete(byVersion, v)
		if v > version {
			i := slices.IndexFunc(group, func(a answer) bool { return a.leaves == isIn(a) })
			if i < 0 {
				t.Fatalf("none of %+v makes version %d", group, v)
			}
			if who := group[i].who; group[i].leaves {
				queue = slices.DeleteFunc(queue, func(id string) bool { return id == who })
			} else {
				queue = append(queue, who)
			}
			group, version = slices.Delete(group, i, i+1), v
		}
		for _, a := range group {
			if a.leaves == isIn(a) {
				t.Fatalf("%+v changed nothing at version %d, where it could", a, v)
			}
		}
	}
	return version, queue
}

func TestOfManyGamesOnACourtOneStarts(t *testing.T) {
	const n = 8
	f := open(t)
	f.members(t, append(ids("p", 4*n), "creator")...)
	var all []*v1.Game
	for i := range n {
		all = append(all, f.ready(t, ids("p", 4*n)[4*i:4*i+4]...))
	}
	var mu sync.Mutex
	var started []*v1.Game
	var refused []error
	together(t, n, func(i int) error {
		res, err := f.StartGame(as("creator"), &v1.StartGameRequest{GameId: all[i].GetId(), CourtId: "2"})
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			refused = append(refused, err)
		} else {
			started = append(started, res.GetGame())
		}
		return nil
	})
	if len(started) != 1 {
		t.Fatalf("%d games were started", len(started))
	}
	for _, err := range refused {
		e := wantFault(t, err, fault.Precondition, "COURT_OCCUPIED")
		if e.Meta["game_id"] != started[0].GetId() || e.Meta["game_title"] != "목요 복식" || e.Meta["court_id"] != "2" ||
			e.Text.Ko != "다른 경기가 진행 중인 코트입니다: 목요 복식" {
			t.Errorf("refused with %+v", e)
		}
	}
	// When it is over, another has the court.
	_, err := f.score(as("creator"), started[0].GetId(), 1, 25, 3)
	must(t, err)
	_, err = f.CompleteGame(as("creator"), &v1.CompleteGameRequest{GameId: started[0].GetId()})
	must(t, err)
	next := all[0]
	if next.GetId() == started[0].GetId() {
		next = all[1]
	}
	_, err = f.StartGame(as("creator"), &v1.StartGameRequest{GameId: next.GetId(), CourtId: "2"})
	must(t, err)
}

func TestAPlayerPlaysOneGameAtATime(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c", "d", "e", "f", "g")
	first := f.playing(t, "1", "a", "b", "c", "d")
	second := f.ready(t, "e", "f", "g", "c")
	_, err := f.StartGame(as("creator"), &v1.StartGameRequest{GameId: second.GetId(), CourtId: "2"})
	e := wantFault(t, err, fault.Precondition, "PLAYER_OCCUPIED")
	if e.Meta["user_id"] != "c" || e.Meta["game_id"] != first.GetId() || e.Text.Ko != "다른 경기에서 뛰고 있는 선수가 있습니다: c 님 (목요 복식)" {
		t.Errorf("refused with %+v", e)
	}
	wantEqual(t, "the game that was refused", f.game(t, second.GetId()), second)
	_, err = f.CancelGame(as("manager"), &v1.CancelGameRequest{GameId: first.GetId()})
	must(t, err)
	_, err = f.StartGame(as("g"), &v1.StartGameRequest{GameId: second.GetId(), CourtId: "1"})
	must(t, err)
}

func TestOfTwoScorersOneIsAborted(t *testing.T) {
	f := open(t)
	f.members(t, "creator", "a", "b", "c", "d")
	g := f.playing(t, "1", "a", "b", "c", "d")
	for round := range 20 {
		version := f.game(t, g.GetId()).GetVersion()
		var mu sync.Mutex
		var scored *v1.Game
		var aborted error
		together(t, 2, func(i int) error {
			res, err := f.UpdateScore(as([]string{"a", "c"}[i]), &v1.UpdateScoreRequest{
				GameId: g.GetId(), SetNumber: 1, Team1Score: int32(round + i), Team2Score: int32(round + 1 - i), ExpectedVersion: &version,
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				aborted = err
				return nil
			}
			if scored != nil {
				return fmt.Errorf("both scored on version %d", version)
			}
			scored = res.GetGame()
			return nil
		})
		e := wantFault(t, aborted, fault.Aborted, "VERSION_CONFLICT")
		now, ok := e.Detail.(*v1.Game)
		if !ok {
			t.Fatalf("the detail is %T", e.Detail)
		}
		wantEqual(t, "the present game", now, scored)
	}
}

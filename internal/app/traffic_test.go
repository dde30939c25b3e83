package app_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

const (
	// heartbeat is that of the servers that traffic goes to, and silence how long a client hears nothing before it closes a
	// stream.
	heartbeat = time.Second
	silence   = 5 * heartbeat / 2
	// impatience is how long a client waits for an answer before it asks again, and tryAgain how long it rests before that.
	impatience = 8 * time.Second
	tryAgain   = 50 * time.Millisecond
	// breath is how long a client rests between one thing it does and the next.
	breath = 20 * time.Millisecond
)

// traffic is a club that uses its room and a game by some servers, whatever becomes of those: members who write, who come and
// go, who play other games to their end, and who follow it all. Each asks the next server where one does not answer.
type traffic struct {
	room, game string
	writers    []*writer
	players    []*player
	followers  []*follower
	umpire     *umpire

	ending  chan struct{}
	busy    sync.WaitGroup
	reading sync.WaitGroup
	hangUp  context.CancelFunc
}

// startTraffic lets members write, play and follow, as many as are told of each, until end.
func startTraffic(t *testing.T, servers []*apptest.Server, writers, players, followers int) *traffic {
	t.Helper()
	club := servers[0].Club(t, 2+writers+players+followers, apptest.ConnectBinary)
	leader, club := club[0], club[1:]
	opponent, club := club[0], club[1:]
	room, err := leader.Chat.CreateRoom(t.Context(), &v1.CreateRoomRequest{Name: "전체", Type: v1.RoomType_ROOM_TYPE_GLOBAL})
	if err != nil {
		t.Fatal(err)
	}
	tr := &traffic{room: room.GetRoom().GetId(), game: announce(t, leader, 4).GetId(), ending: make(chan struct{})}
	take := func(n int) (clients []*roaming) {
		for i, m := range club[:n] {
			clients = append(clients, roam(t, m, servers, i))
		}
		club = club[n:]
		return clients
	}
	for _, c := range take(writers) {
		tr.writers = append(tr.writers, &writer{roaming: c})
	}
	for _, c := range take(players) {
		tr.players = append(tr.players, &player{roaming: c})
	}
	for _, c := range take(followers) {
		tr.followers = append(tr.followers, &follower{roaming: c, got: make(map[int64]*v1.Message)})
	}
	tr.umpire = &umpire{roaming: roam(t, leader, servers, 0), opponent: roam(t, opponent, servers, 1)}
	reading, hangUp := context.WithCancel(context.Background())
	tr.hangUp = hangUp
	t.Cleanup(hangUp)
	for _, f := range tr.followers {
		tr.reading.Go(func() { f.run(reading, t, tr) })
	}
	for _, w := range tr.writers {
		tr.busy.Go(func() { w.run(tr) })
	}
	for _, p := range tr.players {
		tr.busy.Go(func() { p.run(tr) })
	}
	tr.busy.Go(func() { tr.umpire.run(tr) })
	return tr
}

// announce makes a game.
func announce(t *testing.T, by *apptest.Member, places int32) *v1.Game {
	t.Helper()
	game, err := by.Games.CreateGame(t.Context(), &v1.CreateGameRequest{
		Title: "목요 복식", GameDate: timestamppb.New(time.Now().Add(24 * time.Hour)), Duration: 60, MaxParticipants: places,
		SkillLevel: v1.SkillLevel_SKILL_LEVEL_ALL, GameType: v1.GameType_GAME_TYPE_DOUBLES,
	})
	if err != nil {
		t.Fatal(err)
	}
	return game.GetGame()
}

// answered counts the messages whose sending was answered.
func (tr *traffic) answered() (n int) {
	for _, w := range tr.writers {
		n += int(w.answered.Load())
	}
	return n
}

// await waits until n more messages are answered.
func (tr *traffic) await(t *testing.T, n int) {
	t.Helper()
	n += tr.answered()
	testkit.Eventually(t, fmt.Sprintf("%d messages", n), func() bool { return tr.answered() >= n })
}

// pass lets traffic go on for a while.
func (tr *traffic) pass(d time.Duration) { <-time.After(d) }

// end lets everybody finish what they are at, and holds what the followers got against what is stored: every message once,
// in order, and each that was answered among them; the game as it is now.
func (tr *traffic) end(t *testing.T) {
	t.Helper()
	close(tr.ending)
	tr.busy.Wait()
	stored := tr.stored(t)
	game := tr.storedGame(t)
	for i, f := range tr.followers {
		testkit.Eventually(t, fmt.Sprintf("follower %d to have it all", i), func() bool {
			last, version := f.position()
			return f.failed() || last >= int64(len(stored)) && version >= game.GetVersion()
		})
	}
	tr.hangUp()
	tr.reading.Wait()
	for i, f := range tr.followers {
		if last, version := f.position(); last != int64(len(stored)) || version != game.GetVersion() {
			t.Errorf("follower %d has come to message %d and version %d of the game, of %d and %d", i, last, version, len(stored), game.GetVersion())
		}
		for seq, m := range f.got {
			if stored[seq-1].GetId() != m.GetId() {
				t.Errorf("follower %d got %s as message %d, which is %s", i, m.GetId(), seq, stored[seq-1].GetId())
			}
		}
	}
	tr.wantWhole(t, stored)
	tr.umpire.wantPlayed(t)
	t.Logf("%d messages, %d versions of the game, %d followers on %d streams", len(stored), game.GetVersion(), len(tr.followers), tr.streams())
}

func (tr *traffic) streams() (n int) {
	for _, f := range tr.followers {
		n += f.streams
	}
	return n
}

// wantWhole holds what is stored against what the writers know: each one's messages, once and in the order they were sent.
func (tr *traffic) wantWhole(t *testing.T, stored []*v1.Message) {
	t.Helper()
	bySender := make(map[string][]string)
	for i, m := range stored {
		if m.GetSeq() != int64(i)+1 {
			t.Fatalf("message %d has the number %d", i+1, m.GetSeq())
		}
		bySender[m.GetSender().GetUserId()] = append(bySender[m.GetSender().GetUserId()], m.GetId())
	}
	for i, w := range tr.writers {
		if got := bySender[w.id]; !slices.Equal(got, w.sent) {
			t.Errorf("of writer %d, %d messages are stored, and %d were answered", i, len(got), len(w.sent))
		}
	}
}

// stored reads the room from its end to its beginning.
func (tr *traffic) stored(t *testing.T) []*v1.Message {
	t.Helper()
	var all []*v1.Message
	limit := int32(100)
	req := &v1.ListMessagesRequest{RoomId: tr.room, Limit: &limit}
	for {
		res, err := tr.writers[0].now().Chat.ListMessages(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, res.GetMessages()...)
		if !res.GetHasMore() {
			slices.Reverse(all)
			return all
		}
		req.Before = &all[len(all)-1].Id
	}
}

func (tr *traffic) storedGame(t *testing.T) *v1.Game {
	t.Helper()
	res, err := tr.writers[0].now().Games.GetGame(t.Context(), &v1.GetGameRequest{GameId: tr.game})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetGame()
}

// roaming is a member who goes from server to server.
type roaming struct {
	id    string
	hosts []*apptest.Member
	at    int
}

func roam(t *testing.T, m *apptest.Member, servers []*apptest.Server, first int) *roaming {
	r := &roaming{id: m.ID, at: first % len(servers)}
	for _, s := range servers {
		r.hosts = append(r.hosts, m.On(t, s))
	}
	return r
}

func (r *roaming) now() *apptest.Member { return r.hosts[r.at] }

func (r *roaming) move() { r.at = (r.at + 1) % len(r.hosts) }

// insist calls until there is an answer.
func (r *roaming) insist(call func(context.Context, *apptest.Member) error) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), impatience)
		err := call(ctx, r.now())
		cancel()
		if err == nil {
			return
		}
		r.move()
		<-time.After(tryAgain)
	}
}

func (tr *traffic) rest() (more bool) {
	select {
	case <-tr.ending:
		return false
	case <-time.After(breath):
		return true
	}
}

// writer sends messages, each again until it is answered.
type writer struct {
	*roaming
	sent     []string
	answered atomic.Int64
}

func (w *writer) run(tr *traffic) {
	for i := 0; tr.rest(); i++ {
		w.insist(func(ctx context.Context, m *apptest.Member) error {
			res, err := m.Chat.SendMessage(ctx, &v1.SendMessageRequest{RoomId: tr.room, TempId: fmt.Sprint(i), Content: fmt.Sprint(i)})
			if err == nil {
				w.sent = append(w.sent, res.GetMessage().GetId())
			}
			return err
		})
		w.answered.Add(1)
	}
}

// player comes to the game and leaves it in turn.
type player struct{ *roaming }

func (p *player) run(tr *traffic) {
	for in := false; tr.rest(); in = !in {
		p.insist(func(ctx context.Context, m *apptest.Member) error {
			if in {
				_, err := m.Games.LeaveGame(ctx, &v1.LeaveGameRequest{GameId: tr.game})
				return err
			}
			_, err := m.Games.JoinGame(ctx, &v1.JoinGameRequest{GameId: tr.game})
			return err
		})
	}
}

// follower follows the room from its beginning, and the game, over any number of streams, and fails on the first message or
// version that is not the next.
type follower struct {
	*roaming
	streams int

	mu      sync.Mutex
	last    int64
	version int32
	got     map[int64]*v1.Message
	err     error
}

func (f *follower) position() (last int64, version int32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last, f.version
}

func (f *follower) failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err != nil
}

func (f *follower) run(ctx context.Context, t *testing.T, tr *traffic) {
	for ctx.Err() == nil && !f.failed() {
		f.streams++
		f.read(ctx, t, tr)
		f.move()
		select {
		case <-ctx.Done():
		case <-time.After(tryAgain):
		}
	}
	if f.err != nil {
		t.Error(f.err)
	}
}

// read reads one stream until it ends or falls silent.
func (f *follower) read(ctx context.Context, t *testing.T, tr *traffic) {
	last, _ := f.position()
	stream := f.now().Subscribe(t, &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{{RoomId: tr.room, Seq: last}}})
	defer stream.Cut()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(silence):
			return
		case e, ok := <-stream.Events():
			if !ok || !f.take(tr, e) {
				return
			}
		}
	}
}

func (f *follower) take(tr *traffic, e *v1.Event) (more bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch p := e.GetPayload().(type) {
	case *v1.Event_Message:
		if p.Message.GetSeq() != f.last+1 {
			f.err = fmt.Errorf("got message %d after %d", p.Message.GetSeq(), f.last)
		}
		f.last = p.Message.GetSeq()
		f.got[f.last] = p.Message
	case *v1.Event_ResyncRequired:
		f.err = fmt.Errorf("at message %d, got %v", f.last, e)
	case *v1.Event_GameSnapshot:
		// A snapshot may be older than what another stream brought only where this server has not seen that yet.
		if g := p.GameSnapshot.GetGame(); g.GetId() == tr.game {
			f.version = g.GetVersion()
		}
	case *v1.Event_ParticipantsChanged:
		if c := p.ParticipantsChanged; c.GetGameId() == tr.game {
			if c.GetVersion() != f.version+1 {
				f.err = fmt.Errorf("got version %d of the game after %d", c.GetVersion(), f.version)
			}
			f.version = c.GetVersion()
		}
	}
	return f.err == nil
}

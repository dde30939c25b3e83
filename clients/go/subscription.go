package dongbaejul

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

const (
	// helloTimeout is how long a stream may take to begin.
	helloTimeout = 30 * time.Second
	// steady is how long a stream must have lasted for the next failure to be the first one again: one that ends as soon as it
	// has begun would be opened without a rest otherwise.
	steady = 10 * time.Second
)

var (
	// errSilent is what a stream ends with that has missed its heartbeats.
	errSilent = errors.New("the server has gone silent")
	// errStopped is what ends a stream whose caller has had enough.
	errStopped = errors.New("the caller has stopped")
	// errAgain ends a stream that is to be opened again at once, now that there are cursors for what it does not follow.
	errAgain = errors.New("more is to be followed")
)

// Subscription follows what happens, over any number of streams, one after the other. Its methods may be called
// concurrently, but for Events.
type Subscription struct {
	client *Client
	device string
	open   func(ctx context.Context, at Cursors, games []*v1.GameCursor) (*events, error)

	mu    sync.Mutex
	track *track
}

func (c *Client) subscription(from Cursors) *Subscription {
	s := &Subscription{client: c, device: c.device, track: newTrack(from)}
	if s.device == "" {
		s.device = rand.Text()
	}
	return s
}

// Cursors are how far the events that were given out have come, the one that is being handled among them. Kept and given to
// the next Subscription, or to that of another process, they make it go on from there.
func (s *Subscription) Cursors() Cursors {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.track.cursors.clone()
	for id, seq := range at.Rooms {
		if seq == joined {
			delete(at.Rooms, id)
		}
	}
	return at
}

// Events returns what happens, as it does, until ctx ends, the caller stops, or the server refuses. It may be called again then,
// and goes on from there.
//
// The stream is opened again whenever it ends or is silent for two and a half heartbeats: after a random while that grows
// with each failure, or what the server asks for. What comes is then the same as if it had never ended:
//
//   - Every entry of a room's log and every notification comes once, in the order of its seq. Where the server cannot
//     go on from a cursor it says so by a ResyncRequired: the caller reads that room, or the notifications, again.
//   - Every change of a game comes once, in the order of its version. Those that happened while the stream was away come as one
//     GameSnapshot, also of a game that has ended since.
//   - A Hello begins each stream. What is neither numbered nor a game (posts, presence, typing, read positions) may be missed
//     before one: presence follows the Hello whole, and the others are there to be listed.
//
// The last pair, and no other, has an error: what ctx ended with, or why the server refuses, such as ErrSignedOut or a
// *connect.Error with the reason STREAM_REPLACED or STREAM_LIMIT_REACHED. What an event holds is the caller's.
func (s *Subscription) Events(ctx context.Context) iter.Seq2[*v1.Event, error] {
	return func(yield func(*v1.Event, error) bool) {
		b := backoff{delays: s.client.delays}
		for {
			began := time.Now()
			greeted, err := s.follow(ctx, yield)
			switch {
			case errors.Is(err, errStopped):
				return
			case ctx.Err() != nil:
				yield(nil, context.Cause(ctx))
				return
			case errors.Is(err, errAgain):
				continue
			case s.final(err, greeted):
				yield(nil, err)
				return
			}
			if time.Since(began) >= steady {
				b.reset()
			}
			wait := b.next(err)
			s.client.notice(err, wait)
			if err := sleep(ctx, wait); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// final reports whether it is no use to come back after err, which ended a stream that had begun (greeted), or had not.
func (s *Subscription) final(err error, greeted bool) bool {
	if errors.Is(err, ErrSignedOut) || errors.Is(err, ErrInvalidRequest) {
		return true
	}
	code := connect.CodeOf(err)
	if !slices.Contains(refusals, code) || code == connect.CodeUnauthenticated && greeted {
		// Without a token that is taken the stream would not have begun: it has expired since, and the next stream renews it.
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// While the server is away others answer in its place. Who has never seen it has the wrong address.
	return refusal(err) || !s.track.greeted
}

// follow yields the events of one stream. It reports whether the stream had begun, and why it ended.
func (s *Subscription) follow(ctx context.Context, yield func(*v1.Event, error) bool) (greeted bool, err error) {
	at, games := s.begin()
	open := func(ctx context.Context) (*events, error) { return s.open(ctx, at, games) }
	err = receive(ctx, open, s.patience, func(ctx context.Context, r *v1.SubscribeResponse) error {
		first := !greeted
		greeted = true
		if err := s.give(r.GetEvents(), yield); err != nil || !first {
			return err
		}
		// All that a stream begins with is in its first response.
		return s.makeUp(ctx, yield)
	})
	return greeted, err
}

// receive handles the responses of one stream, and returns why it ended: errSilent if the server was silent for longer than patience,
// which is asked for after each response.
func receive[M any](
	ctx context.Context, open func(context.Context) (*connect.ServerStreamForClient[M], error), patience func() time.Duration,
	handle func(context.Context, *M) error,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// It counts while the server is waited for, and not while responses are handled.
	watchdog := time.AfterFunc(helloTimeout, func() { cancel(errSilent) })
	defer watchdog.Stop()
	stream, err := open(ctx)
	if err != nil {
		return broken(ctx, err)
	}
	defer func() { _ = stream.Close() }()
	for stream.Receive() {
		watchdog.Stop()
		if err := handle(ctx, stream.Msg()); err != nil {
			return err
		}
		watchdog.Reset(patience())
	}
	return broken(ctx, stream.Err())
}

// broken is why a stream ended, for err that it ended with.
func broken(ctx context.Context, err error) error {
	switch {
	case errors.Is(context.Cause(ctx), errSilent):
		return errSilent
	case err == nil:
		return errors.New("the stream has ended")
	}
	return err
}

// begin returns what the next stream is to begin from.
func (s *Subscription) begin() (Cursors, []*v1.GameCursor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.track.begin()
}

// patience is how long the server may be silent: two and a half heartbeats.
func (s *Subscription) patience() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return silence(s.track.heartbeat)
}

// silence is how long a server may be silent that promised a heartbeat; 0 stands for one that promised none.
func silence(heartbeat time.Duration) time.Duration {
	if heartbeat <= 0 {
		return helloTimeout
	}
	return heartbeat * 5 / 2
}

// give returns out those events that are new.
func (s *Subscription) give(events []*v1.Event, yield func(*v1.Event, error) bool) error {
	for _, e := range events {
		isNew, err := s.take(e)
		if err != nil {
			return err
		}
		if isNew && !yield(e, nil) {
			return errStopped
		}
	}
	return nil
}

func (s *Subscription) take(e *v1.Event) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.track.take(e)
}

// makeUp returns out what a new stream has not begun with though it is new to the caller.
func (s *Subscription) makeUp(ctx context.Context, yield func(*v1.Event, error) bool) error {
	s.mu.Lock()
	missed, rooms := s.track.games.missed(), s.track.unfollowed()
	s.mu.Unlock()
	if err := s.makeUpGames(ctx, missed, yield); err != nil || len(rooms) == 0 {
		return err
	}
	return s.makeUpRooms(ctx, rooms, yield)
}

// makeUpGames tells of games that have ended while no stream was open, where the new one says nothing of them: one of games
// only takes no cursors of them.
func (s *Subscription) makeUpGames(ctx context.Context, missed []string, yield func(*v1.Event, error) bool) error {
	for _, id := range missed {
		answer, err := s.client.Games.GetGame(ctx, &v1.GetGameRequest{GameId: id})
		if err != nil && !(refusal(err) && connect.CodeOf(err) == connect.CodeNotFound) {
			return fmt.Errorf("read what became of game %s: %w", id, err)
		}
		if err == nil {
			snapshot := &v1.Event{Payload: &v1.Event_GameSnapshot{GameSnapshot: &v1.GameSnapshot{Game: answer.GetGame()}}}
			if err := s.give([]*v1.Event{snapshot}, yield); err != nil {
				return err
			}
		}
		s.mu.Lock()
		s.track.games.leave(id)
		s.mu.Unlock()
	}
	return nil
}

// makeUpRooms tells of rooms that the user has come into while no stream was open, and sets their cursors, that the new one
// was opened without: how far the user has read. rooms are the heads of their logs.
func (s *Subscription) makeUpRooms(ctx context.Context, rooms map[string]int64, yield func(*v1.Event, error) bool) error {
	me, err := s.client.UserID(ctx)
	if err != nil {
		return fmt.Errorf("find out who is signed in: %w", err)
	}
	all, err := s.client.Rooms(ctx)
	if err != nil {
		return fmt.Errorf("read the rooms that the user has come into: %w", err)
	}
	again := false
	for _, room := range all {
		head, asked := rooms[room.GetId()]
		if !asked {
			continue
		}
		if err := s.enter(room, min(head, readBy(room, me)), yield); err != nil {
			return err
		}
		again = again || readBy(room, me) < head
	}
	if again {
		return errAgain
	}
	return nil
}

// enter follows a room from seq, and tells of it unless it was told of.
func (s *Subscription) enter(room *v1.Room, seq int64, yield func(*v1.Event, error) bool) error {
	s.mu.Lock()
	_, told := s.track.cursors.Rooms[room.GetId()]
	s.track.setRoom(room.GetId(), seq)
	s.mu.Unlock()
	joined := &v1.Event{Payload: &v1.Event_RoomJoined{RoomJoined: &v1.RoomJoined{Room: room}}}
	if !told && !yield(joined, nil) {
		return errStopped
	}
	return nil
}

func readBy(room *v1.Room, userID string) int64 {
	for _, p := range room.GetParticipants() {
		if p.GetUserId() == userID {
			return p.GetReadSeq()
		}
	}
	return 0
}

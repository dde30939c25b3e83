package games

import (
	"context"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// WatchGames streams games: of each a snapshot, then every change. Of the states that a game ends in there are no snapshots to
// begin with, but where the game is named: ListGames has those.
func (s *Service) WatchGames(ctx context.Context, req *v1.WatchGamesRequest, stream *connect.ServerStream[v1.WatchGamesResponse]) error {
	caller, err := identity.From(ctx)
	if err != nil {
		return err
	}
	return s.Streams.Serve(ctx, stream.Conn(), "", s.watch(caller, req))
}

func (s *Service) watch(caller identity.Caller, req *v1.WatchGamesRequest) *watch {
	live := Live{service: s, status: statusFrom(req.GetStatus())}
	if len(req.GetGameIds()) > 0 {
		live.ids = make(map[string]bool)
	}
	for _, id := range req.GetGameIds() {
		live.ids[id] = true
	}
	return &watch{Service: s, caller: caller, live: live}
}

// watch is what one caller watches.
type watch struct {
	*Service
	caller identity.Caller
	live   Live
}

func (w *watch) Open(ctx context.Context, r *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	w.Bus.Follow(r, realtime.User(w.caller.UserID), realtime.Games)
	events, err := r.Version(ctx, realtime.Games, w.live, nil)
	return &v1.Heads{}, events, err
}

func (w *watch) Sync(_ context.Context, r *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	r.Recheck(realtime.Games)
	return &v1.Heads{}, nil, nil
}

// Lost has nothing to send: the reader makes up for lost versions by itself.
func (w *watch) Lost(ctx context.Context, _ realtime.Topic) ([]*realtime.Event, error) {
	return nil, w.Check(ctx)
}

func (w *watch) Check(ctx context.Context) error { return w.Access.Check(ctx, w.caller) }

func (*watch) Close() {}

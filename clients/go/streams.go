package dongbaejul

import (
	"context"
	"maps"
	"slices"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

// events are the responses of one stream.
type events = connect.ServerStreamForClient[v1.SubscribeResponse]

// streams open the server's streams. In the contract every field of ChatEvent and GameEvent has the number and the name it has
// in Event, so that the responses of the narrow streams are read as those of the wide one.
type streams struct {
	subscribe  *connect.Client[v1.SubscribeRequest, v1.SubscribeResponse]
	watchRoom  *connect.Client[v1.WatchRoomRequest, v1.SubscribeResponse]
	watchGames *connect.Client[v1.WatchGamesRequest, v1.SubscribeResponse]
}

func newStreams(http connect.HTTPClient, base string, options []connect.ClientOption) streams {
	return streams{
		subscribe: connect.NewClient[v1.SubscribeRequest, v1.SubscribeResponse](http,
			base+dongbaejulv1connect.EventServiceSubscribeProcedure, options...),
		watchRoom: connect.NewClient[v1.WatchRoomRequest, v1.SubscribeResponse](http,
			base+dongbaejulv1connect.ChatServiceWatchRoomProcedure, options...),
		watchGames: connect.NewClient[v1.WatchGamesRequest, v1.SubscribeResponse](http,
			base+dongbaejulv1connect.GameServiceWatchGamesProcedure, options...),
	}
}

// Subscribe follows everything the user may see, from the cursors on: their rooms, notifications, games, the board, and who is
// online. Without cursors everything is followed from now on. With them, a room that is not among them is one that the
// user has come into since: a RoomJoined tells of it, and its log follows from where the user has read to.
func (c *Client) Subscribe(from Cursors) *Subscription {
	s := c.subscription(from)
	s.track.wide = true
	s.open = func(ctx context.Context, at Cursors, games []*v1.GameCursor) (*events, error) {
		req := &v1.SubscribeRequest{NotificationSeq: at.Notifications, DeviceId: &s.device, Games: games, MaxBacklog: c.backlog}
		for _, id := range slices.Sorted(maps.Keys(at.Rooms)) {
			if seq := at.Rooms[id]; seq != joined {
				req.Rooms = append(req.Rooms, &v1.RoomCursor{RoomId: id, Seq: seq})
			}
		}
		return c.streams.subscribe.CallServerStream(ctx, connect.NewRequest(req))
	}
	return s
}

// FromNow is the cursor of a room's log for who wants only what comes.
const FromNow = -1

// WatchRoom follows one room: everything in its log after a seq, 0 for all of it, or FromNow.
func (c *Client) WatchRoom(roomID string, after int64) *Subscription {
	from := Cursors{}
	if after != FromNow {
		from.Rooms = map[string]int64{roomID: after}
	}
	s := c.subscription(from)
	s.open = func(ctx context.Context, at Cursors, _ []*v1.GameCursor) (*events, error) {
		req := &v1.WatchRoomRequest{RoomId: roomID, MaxBacklog: c.backlog}
		if seq, known := at.Rooms[roomID]; known {
			req.AfterSeq = &seq
		}
		return c.streams.watchRoom.CallServerStream(ctx, connect.NewRequest(req))
	}
	return s
}

// WatchGames follows games: those named, or all, of a state or of any. Each comes first as a GameSnapshot.
func (c *Client) WatchGames(which *v1.WatchGamesRequest) *Subscription {
	s := c.subscription(Cursors{})
	s.open = func(ctx context.Context, _ Cursors, _ []*v1.GameCursor) (*events, error) {
		return c.streams.watchGames.CallServerStream(ctx, connect.NewRequest(which))
	}
	return s
}

package app

import (
	"context"
	"time"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
	"github.com/dongbaejul/dongbaejul/internal/games"
	"github.com/dongbaejul/dongbaejul/internal/photos"
)

// photoService implements PhotoService by those who do its parts.
type photoService struct {
	*photos.Gallery
	*photos.Uploads
	sync *bandsync.Service
}

// SyncAlbums implements the RPC.
func (s photoService) SyncAlbums(ctx context.Context, req *v1.SyncAlbumsRequest) (*v1.SyncAlbumsResponse, error) {
	return s.sync.SyncAlbums(ctx, req)
}

// WatchSync implements the RPC.
func (s photoService) WatchSync(ctx context.Context, req *v1.WatchSyncRequest, stream *connect.ServerStream[v1.WatchSyncResponse]) error {
	return s.sync.WatchSync(ctx, req, stream)
}

// playedIn finds the games that photos were taken in.
type playedIn struct{ games *games.Service }

// GamesOn implements photos.Games.
func (p playedIn) GamesOn(ctx context.Context, moments []time.Time) ([]photos.Game, error) {
	found, err := p.games.GamesOn(ctx, moments)
	played := make([]photos.Game, len(found))
	for i, g := range found {
		played[i] = photos.Game(g)
	}
	return played, err
}

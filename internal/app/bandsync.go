package app

import (
	"context"
	"time"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// syncLease is the name of the lease that a sync takes.
const syncLease = "band-sync"

// bandSync makes what syncs with the club's Band.
func (p *parts) bandSync(cfg Config, people *users.Service, board *posts.Service, signIn *auth.Service, gate *auth.Gate) *bandsync.Service {
	return bandsync.New(bandsync.Config{
		Store: p.store, Users: people, Board: board, Gallery: gallery{p.store}, Tokens: signIn, Spare: p.band.spare, Band: p.band.client, BandKey: p.band.key,
		MembersPath: cfg.BandMembersPath, SyncPosts: cfg.BandSyncPosts, Acquire: p.acquireSync, Bus: p.bus, Streams: p.streams, Access: gate,
		Interval: cfg.BandSyncInterval, FullInterval: cfg.BandFullSyncInterval, Log: cfg.Log, Clock: time.Now,
	})
}

// gallery keeps albums and photos in the store. What serves pictures gives photos their URLs.
type gallery struct{ photos.Store }

// PhotoURL implements bandsync.Gallery.
func (gallery) PhotoURL(string) string { return "" }

// acquireSync takes the right to sync.
func (p *parts) acquireSync(ctx context.Context) (bandsync.Lease, error) {
	lease, err := p.leases.Acquire(ctx, syncLease)
	if err != nil {
		return bandsync.Lease{}, err
	}
	return bandsync.Lease{Fence: lease.Fence, Context: lease.Context(), Release: lease.Release}, nil
}

// photoService implements PhotoService by those who do its parts.
type photoService struct {
	dongbaejulv1connect.UnimplementedPhotoServiceHandler
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

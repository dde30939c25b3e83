package app

import (
	"context"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// syncLease is the name of the lease that a sync takes.
const syncLease = "band-sync"

// bandSync makes what syncs with the club's Band.
func (p *parts) bandSync(cfg Config, people *users.Service, board *posts.Service, signIn *auth.Service, gate *auth.Gate) *bandsync.Service {
	return bandsync.New(bandsync.Config{
		Store: p.store, Users: people, Board: board, Gallery: p.gallery, Tokens: signIn, Spare: p.band.spare, Band: p.band.client, BandKey: p.band.key,
		MembersPath: cfg.BandMembersPath, SyncPosts: cfg.BandSyncPosts, Acquire: p.acquireSync, Bus: p.bus, Streams: p.streams, Access: gate,
		Interval: cfg.BandSyncInterval, FullInterval: cfg.BandFullSyncInterval, Log: cfg.Log, Clock: time.Now,
	})
}

// acquireSync takes the right to sync.
func (p *parts) acquireSync(ctx context.Context) (bandsync.Lease, error) {
	lease, err := p.leases.Acquire(ctx, syncLease)
	if err != nil {
		return bandsync.Lease{}, err
	}
	return bandsync.Lease{Fence: lease.Fence, Context: lease.Context(), Release: lease.Release}, nil
}

package bandsync

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// Config is what the service works with; everything is needed where it does not say otherwise.
type Config struct {
	Store Store
	Users Users
	Board Board
	// Gallery is nil if albums and photos are not kept.
	Gallery Gallery
	Tokens  Tokens
	// Spare returns a token to sync with if no admin has one; nil for none.
	Spare func(ctx context.Context) (band.Secret, error)
	Band  *band.Client
	// BandKey is the club's Band.
	BandKey string
	// MembersPath is where Band serves its list of members; empty for none.
	MembersPath string
	// SyncPosts is whether posts are copied.
	SyncPosts bool
	// Acquire takes the right to sync; fault.Exists if another process has it.
	Acquire func(ctx context.Context) (Lease, error)
	Bus     realtime.Bus
	Streams *realtime.Streams
	Access  Access
	// Interval is the time between two syncs, 0 for on request only. FullInterval is the time between two full ones.
	Interval     time.Duration
	FullInterval time.Duration
	Log          *slog.Logger
	// Clock tells the time.
	Clock func() time.Time
}

// Service syncs. It may be used concurrently.
type Service struct {
	cfg Config
	// ctx ends with the service, and what runs in the background is counted by working.
	ctx     context.Context
	stop    context.CancelFunc
	working sync.WaitGroup
}

// New returns a service that syncs on request, and every Interval while Run runs.
func New(c Config) *Service {
	s := &Service{cfg: c}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Close ends the pass that runs in this process and waits for it.
func (s *Service) Close() {
	s.stop()
	s.working.Wait()
}

func (s *Service) now() time.Time { return s.cfg.Clock().UTC().Truncate(time.Microsecond) }

// lookEvery is how often Run looks whether a sync is due: another process may have made it meanwhile.
const lookEvery = 20 * time.Second

// Run syncs every Interval until ctx ends, and at once what was cut off. Several processes may run it: one of them syncs.
func (s *Service) Run(ctx context.Context) {
	if s.cfg.Interval <= 0 {
		return
	}
	for {
		wait := min(lookEvery, s.cfg.Interval)
		if s.due(ctx) {
			// Why it failed is in the state, and logged.
			_, _ = s.Sync(ctx, false)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// unconnectedEvery is how often it is looked whether somebody has connected the Band.
const unconnectedEvery = time.Minute

// due reports whether a sync is due now.
func (s *Service) due(ctx context.Context) bool {
	st, err := s.cfg.Store.BandSync(ctx)
	if err != nil {
		s.cfg.Log.WarnContext(ctx, "cannot read the state of the Band sync", slog.Any("error", err))
		return false
	}
	now := s.now()
	interval := s.cfg.Interval
	if st.Reason == errNotConnected.Reason {
		interval = min(interval, unconnectedEvery)
	}
	last := st.StartedAt
	if st.SeenAt.Sub(last) >= interval {
		// It took longer, as by a cool-down: the next one is not to follow at once.
		last = st.SeenAt
	}
	return !st.runs(now) && (last.IsZero() || st.cutOff(now) || since(now, last) >= interval)
}

// Start syncs in the background, and returns when that has ended. If ctx ends first, Start returns its error and the sync goes on.
func (s *Service) Start(ctx context.Context) (Result, error) {
	type outcome struct {
		result Result
		err    error
	}
	done := make(chan outcome, 1)
	if s.ctx.Err() != nil {
		return Result{}, errInterrupted
	}
	s.working.Go(func() {
		result, err := s.Sync(context.WithoutCancel(ctx), false)
		done <- outcome{result, err}
	})
	select {
	case <-ctx.Done():
		return Result{}, ctx.Err()
	case o := <-done:
		return o.result, o.err
	}
}

// Sync makes one pass, a full one if full is set or one is due. Its error is a fault that tells an admin why it failed: errRunning if another
// pass runs, on whatever process.
func (s *Service) Sync(ctx context.Context, full bool) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	lease, err := s.cfg.Acquire(ctx)
	if errors.Is(err, fault.Exists) {
		return Result{}, errRunning
	}
	if err != nil {
		return Result{}, err
	}
	defer lease.Release()
	p, err := s.begin(lease, full)
	if err != nil {
		return Result{}, err
	}
	stopBeating := p.beat()
	err = faultOf(p.run())
	stopBeating()
	return p.end(err)
}

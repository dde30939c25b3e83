package bandsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// pass is one sync. It is used by one goroutine.
type pass struct {
	*Service
	ctx    context.Context
	cancel context.CancelCauseFunc
	band   *band.Client
	number int64
	full   bool
	// since is when the last pass that succeeded began; zero if there was none.
	since time.Time
	began time.Time

	token band.Secret
	// admins are those whose tokens are left, and holder is whose is used, empty for the spare one.
	admins []string
	holder string
	held   auth.BandToken
	// refreshed is whether the token was refreshed and not accepted since, refreshes how often one was in this pass, and spare whether
	// the spare one was used.
	refreshed, spare bool
	refreshes        int
	refusal          error

	// known are the user ids of people by user key, empty for who is no user, and mentioned those of who was only mentioned.
	known, mentioned map[string]string
	// counted are the user keys of those who are counted as new or updated.
	counted map[string]bool
	// lastBefore and last are the keys of the posts that the last full pass and this one have read last. seenLast is whether this one
	// has read lastBefore too, and cut whether Band's list ended before it.
	lastBefore, last string
	seenLast, cut    bool
	// lastAlbumBefore, lastAlbum, seenLastAlbum and albumsCut are the same for the list of albums, of those that have photos.
	lastAlbumBefore, lastAlbum string
	seenLastAlbum, albumsCut   bool
	// albums are those whose photos are to be read.
	albums []dueAlbum
	// unread is whether Band did not show the photos of an album of which there are copies, so that it is not known whether they are gone.
	unread bool
	result Result
	told   time.Time
}

// dueAlbum is an album whose photos are to be read.
type dueAlbum struct {
	key, id string
	photos  int
	mark    string
	// stored is whether a pass before has stored photos of it.
	stored bool
}

// begin takes over the state for a pass.
func (s *Service) begin(lease Lease, full bool) (*pass, error) {
	p := &pass{Service: s, band: s.cfg.Band.WithRetry(), known: make(map[string]string), mentioned: make(map[string]string), counted: make(map[string]bool), began: s.now()}
	p.ctx, p.cancel = context.WithCancelCause(lease.Context)
	_, err := s.cfg.Store.UpdateBandSync(p.ctx, func(st *State) error {
		p.number = max(lease.Fence, st.Pass+1)
		if st.Band != s.cfg.BandKey || st.LastSync.Sub(p.began) >= silentAfter {
			// Another Band, or a clock that was wrong: which posts the last pass has seen says nothing.
			st.LastSync, st.LastFull = time.Time{}, time.Time{}
		}
		if st.Band != s.cfg.BandKey {
			st.LastPost, st.LastAlbum = "", ""
		}
		p.full = full || st.LastFull.IsZero() || since(p.began, st.LastFull) >= s.cfg.FullInterval
		p.since, p.lastBefore, p.lastAlbumBefore = st.LastSync, st.LastPost, st.LastAlbum
		*st = State{
			Pass: p.number, Running: true, Band: s.cfg.BandKey, Full: p.full, StartedAt: p.began, SeenAt: p.began,
			LastSync: st.LastSync, LastFull: st.LastFull, EndedAt: st.EndedAt, LastPost: st.LastPost, LastAlbum: st.LastAlbum,
			Reason: st.Reason, Error: st.Error, Version: st.Version,
		}
		return nil
	})
	if err != nil {
		p.cancel(nil)
		return nil, fmt.Errorf("begin a sync: %w", err)
	}
	s.tell(p.ctx)
	return p, nil
}

// update changes the state unless another pass has begun, which ends this one.
func (p *pass) update(ctx context.Context, f func(*State)) error {
	_, err := p.cfg.Store.UpdateBandSync(ctx, func(st *State) error {
		if st.Pass != p.number {
			return errOvertaken
		}
		f(st)
		return nil
	})
	if errors.Is(err, errOvertaken) {
		p.cancel(errOvertaken)
	}
	if err == nil {
		p.tell(ctx)
	}
	return err
}

// tell has every stream look at the state.
func (s *Service) tell(ctx context.Context) {
	s.cfg.Bus.Publish(ctx, realtime.Hint{Topic: realtime.BandSync})
}

// beat says again and again that the pass runs, until stop.
func (p *pass) beat() (stop func()) {
	done := make(chan struct{})
	p.working.Go(func() {
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-p.ctx.Done():
				return
			case <-tick.C:
			}
			if err := p.update(p.ctx, func(st *State) { st.SeenAt = p.now() }); err != nil && p.ctx.Err() == nil {
				p.cfg.Log.WarnContext(p.ctx, "cannot note that a Band sync runs", slog.Any("error", err))
			}
		}
	})
	return func() { close(done) }
}

// progressEvery is how often progress is stored and told.
const progressEvery = 500 * time.Millisecond

// progress notes how far a step is, and fails when the token may not be used any more.
func (p *pass) progress(step Step, done, total int) error {
	now := p.now()
	// A clock that was set back has it told at once.
	if passed := now.Sub(p.told); done > 0 && passed >= 0 && passed < progressEvery {
		return nil
	}
	p.told = now
	if err := p.checkHolder(); err != nil {
		return err
	}
	return p.update(p.ctx, func(st *State) { st.Step, st.Done, st.Total, st.SeenAt = step, done, total, now })
}

// endTimeout is for noting how a pass ended, also when the server closes.
const endTimeout = 5 * time.Second

// end notes how the pass ended. A pass that another one has overtaken notes nothing.
func (p *pass) end(failure error) (Result, error) {
	if cause := context.Cause(p.ctx); failure != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		failure = errInterrupted.WithCause(cause)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), endTimeout)
	defer cancel()
	defer p.cancel(nil)
	p.result.EndedAt = p.now()
	err := p.update(ctx, func(st *State) {
		st.Running, st.SeenAt = false, p.result.EndedAt
		if failure != nil {
			st.Reason, st.Error = told(failure)
			return
		}
		st.Step, st.Done, st.Total = Done, 0, 0
		st.Reason, st.Error = "", fault.Text{}
		st.LastSync, st.EndedAt = p.began, p.result.EndedAt
		if p.full && !p.cut && !p.albumsCut {
			st.LastFull, st.LastPost, st.LastAlbum = p.began, cmp.Or(p.last, st.LastPost), cmp.Or(p.lastAlbum, st.LastAlbum)
		}
	})
	switch {
	case failure != nil:
		p.cfg.Log.WarnContext(ctx, "Band sync failed", slog.Any("error", failure))
		return p.result, failure
	case err != nil:
		return p.result, fmt.Errorf("note the end of a sync: %w", err)
	}
	p.cfg.Log.InfoContext(ctx, "Band synced", slog.Bool("full", p.full), slog.Int("people", p.result.People), slog.Int("posts", p.result.Posts),
		slog.Int("albums", p.result.Albums), slog.Int("photos", p.result.Photos), slog.Duration("took", p.result.EndedAt.Sub(p.began)))
	return p.result, nil
}

// told returns the reason and the words of a failure. What has none is the server's own.
func told(err error) (string, fault.Text) {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Reason, f.Text
	}
	return "INTERNAL", fault.Text{
		Ko: "서버에 문제가 생겨 동기화하지 못했어요. 잠시 뒤 다시 시도하고, 계속되면 서버의 로그를 확인해 주세요.",
		En: "The sync failed by an error of the server. Try again later, and look at the server's log if that does not help.",
	}
}

// run makes the pass: each step with a token that Band accepts.
func (p *pass) run() error {
	steps := []func() error{p.readMembers, p.readPosts, p.readAlbums, p.readPhotos}
	for _, step := range steps {
		if err := p.withToken(step); err != nil {
			return err
		}
	}
	if !p.full {
		return nil
	}
	return p.deleteUnseen()
}

// deleteUnseen deletes what a full pass, which has read everything, has not seen. A list that was empty deletes nothing: it is likelier that
// Band's answer lacked it, and so does one that ended early.
func (p *pass) deleteUnseen() error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if p.cut || p.albumsCut {
		return nil
	}
	if p.result.Posts > 0 {
		if _, err := p.cfg.Board.DeleteBandPostsBefore(p.ctx, p.number); err != nil {
			return err
		}
	}
	if p.cfg.Gallery == nil || p.result.Albums == 0 {
		return nil
	}
	if err := p.cfg.Gallery.DeleteAlbumsBefore(p.ctx, p.number); err != nil {
		return err
	}
	if !p.unread && (p.result.Posts > 0 || !p.cfg.SyncPosts) {
		if err := p.cfg.Gallery.DeletePhotosBefore(p.ctx, p.number); err != nil {
			return err
		}
	}
	return p.cfg.Store.DeleteBandMarksBefore(p.ctx, p.number)
}

package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// syncWait is how long dbj waits for the end of a sync: the first one of a large Band, whose quota has to come back, takes long.
const syncWait = 24 * time.Hour

func (d *dbj) sync() *cobra.Command {
	var watch bool
	c := &cobra.Command{
		Use: "sync", Short: "Sync with Naver Band now, as an admin", Long: syncHelp, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), syncWait)
			defer cancel()
			if !watch {
				answer, err := d.client.Photos.SyncAlbums(ctx, &v1.SyncAlbumsRequest{})
				if dongbaejul.Explain(err).Is(v1.ErrorReason_ERROR_REASON_SYNC_RUNNING) {
					return &refused{
						code: exitFailed, ko: "이미 동기화하고 있습니다.", en: "A sync is running already.", hint: "dbj sync --watch",
					}
				}
				return d.synced(answer, err)
			}
			return d.watchSync(ctx)
		},
	}
	c.Flags().BoolVarP(&watch, "watch", "w", false, "show how far it is, also of one that runs already")
	return c
}

// watchSync syncs, or follows the sync that runs, and shows how far it is.
func (d *dbj) watchSync(ctx context.Context) error {
	shown := d.newSyncProgress()
	defer shown.stop()
	showing, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for p, err := range d.client.WatchSync(showing) {
			// Why it cannot be followed is what the sync is refused for too.
			if err == nil && p.GetStatus().GetState() == v1.SyncState_SYNC_STATE_RUNNING {
				shown.show(p)
			}
		}
	}()
	answer, err := d.client.Photos.SyncAlbums(ctx, &v1.SyncAlbumsRequest{})
	stop()
	<-ended
	if !dongbaejul.Explain(err).Is(v1.ErrorReason_ERROR_REASON_SYNC_RUNNING) && !dongbaejul.Temporary(err) {
		shown.stop()
		return d.synced(answer, err)
	}
	for p, err := range d.client.WatchSync(ctx) {
		if err != nil {
			return err
		}
		if p.GetStatus().GetState() == v1.SyncState_SYNC_STATE_RUNNING {
			shown.show(p)
			continue
		}
		shown.stop()
		return d.followed(p)
	}
	return nil
}

// synced prints what a sync has brought.
func (d *dbj) synced(answer *v1.SyncAlbumsResponse, err error) error {
	if err != nil {
		return err
	}
	if d.format != asTable {
		return d.document(answer)
	}
	return d.line("동기화했습니다: 앨범 %d, 새 사진 %d (%s)", "Synced: %d albums, %d new photos (%s)",
		answer.GetAlbumsSynced(), answer.GetPhotosSynced(), when(answer.GetLastSync()))
}

// followed prints how a sync has ended that somebody else began.
func (d *dbj) followed(p *v1.SyncProgress) error {
	if status := p.GetStatus(); status.GetState() == v1.SyncState_SYNC_STATE_FAILED {
		return &refused{code: exitFailed, ko: status.GetLastError(), en: status.GetLastError()}
	}
	if d.format != asTable {
		return d.document(p)
	}
	return d.line("동기화가 끝났습니다 (%s).", "The sync has ended (%s).", when(p.GetStatus().GetLastSync()))
}

// syncProgress shows how far a sync is: as bars on a terminal, else as a line for each step.
type syncProgress struct {
	*dbj
	bars    *bars
	bar     *bar
	step    v1.SyncStep
	stopped bool
}

func (d *dbj) newSyncProgress() *syncProgress {
	s := &syncProgress{dbj: d, bars: newBars(d.stderr)}
	d.status.logTo(s.bars.log())
	return s
}

func (s *syncProgress) show(p *v1.SyncProgress) {
	if step := p.GetStep(); step != s.step {
		s.step = step
		s.bar.end()
		s.bar = s.bars.add(s.lang.called(step))
		if s.bars.writer == nil && step != v1.SyncStep_SYNC_STEP_UNSPECIFIED {
			s.status.say("%s…", "%s…", s.lang.called(step))
		}
	}
	s.bar.expect(int(p.GetTotal()))
	s.bar.set(int64(p.GetDone()))
}

// stop ends the drawing. It may be called again.
func (s *syncProgress) stop() {
	if s.stopped {
		return
	}
	s.stopped = true
	s.bar.end()
	s.dbj.status.logTo(nil)
	s.bars.stop()
}

const syncHelp = `Copies what is new in the club's Naver Band: members, posts with their comments, albums and photos. It waits for the end, which --watch
shows coming; interrupted, it leaves the sync running. The server syncs by itself too.`

package games

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

const (
	// sweepEvery is how late an errand may be that a process left which has died, or which failed.
	sweepEvery = 30 * time.Second
	// sweepPage is how many games with errands are read at a time.
	sweepPage = 50
	// remindBefore is how long before a game those in it are reminded of it.
	remindBefore = time.Hour
	maxIDs       = 1000
)

// ReminderStarting is the kind of the reminders that are for Remind.
const ReminderStarting = "game_starting"

// Start does errands from now on, first those that a process before has left. It is to be called once at most.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	s.stop = func() {
		cancel()
		<-done
	}
	go func() {
		defer close(done)
		s.run(ctx)
	}()
}

// Close ends what Start began. Errands that are left are done by the next process.
func (s *Service) Close() {
	if s.stop != nil {
		s.stop()
	}
}

func (s *Service) run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "errands of games cannot be read", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.errands:
		}
	}
}

// wake has errands looked for now.
func (s *Service) wake() {
	select {
	case s.errands <- struct{}{}:
	default:
	}
}

// sweep does all errands there are. One that fails stays, and holds up no other.
func (s *Service) sweep(ctx context.Context) error {
	for after := ""; ; {
		games, err := s.Store.GamesWithErrands(ctx, after, sweepPage)
		if err != nil {
			return err
		}
		for i := range games {
			if err := s.runErrands(ctx, &games[i]); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "an errand of a game is not done",
					slog.String("game_id", games[i].ID), slog.Any("error", err))
			}
		}
		if len(games) < sweepPage {
			return ctx.Err()
		}
		after = games[len(games)-1].ID
	}
}

// runErrands does the errands of one game, and takes off those that are done.
func (s *Service) runErrands(ctx context.Context, g *Game) error {
	var done []string
	var errs []error
	for _, e := range g.Errands {
		if err := s.do(ctx, g, e); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.Key, err))
			continue
		}
		done = append(done, e.Key)
	}
	if len(done) > 0 {
		errs = append(errs, s.Store.DropErrands(ctx, g.ID, done))
	}
	return errors.Join(errs...)
}

func (s *Service) do(ctx context.Context, g *Game, e Errand) error {
	if e.Kind == setReminder {
		return s.remindLater(ctx, g)
	}
	return s.Notifier.Notify(ctx, notices(g, e)...)
}

// remindLater sets the reminder of a game that begins late enough for one.
func (s *Service) remindLater(ctx context.Context, g *Game) error {
	due := g.Date.Add(-remindBefore)
	if g.Status != Scheduled || due.Before(s.Clock()) {
		return nil
	}
	return s.Reminders.Schedule(ctx, notifications.Reminder{
		ID: "game/" + g.ID, Due: due, Kind: ReminderStarting, Subject: g.ID,
	})
}

// Remind tells the participants of a game that it begins in an hour: the handler of reminders of kind ReminderStarting. A game
// that has been moved, or has begun by now, is none to tell of.
func (s *Service) Remind(ctx context.Context, r notifications.Reminder) error {
	g, err := s.Store.Game(ctx, r.Subject)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now := s.Clock()
	if g.Status != Scheduled || !now.Before(g.Date) || g.Date.Add(-remindBefore).After(r.Due) {
		return nil
	}
	return s.Notifier.Notify(ctx, notices(&g, Errand{
		Key: fmt.Sprintf("starting/%s/%d", g.ID, g.Date.Unix()), Kind: tellStarting, To: userIDs(g.Participants),
	})...)
}

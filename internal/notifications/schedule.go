package notifications

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

// Reminder is something to be done at a time.
type Reminder struct {
	// ID is the scheduling feature's own key, such as "game/<id>".
	ID string
	// Due is when, to the microsecond.
	Due time.Time
	// Kind and Subject tell the handler what to do, and about what. The schedule does not look at them.
	Kind    string
	Subject string
}

// Claim is a reminder that is for one process alone to deliver, for a while.
type Claim struct {
	Reminder
	// Token is the claim's name.
	Token string
	// Attempt counts the claims on the reminder, from 1.
	Attempt int
}

// Handler does what a reminder is for. It may be called again for the same reminder, on another process too, where it
// failed, took longer than its context lasts, or the process died; so it must be one that can be repeated, as Notify can.
// It may be called late, when no process was running at the time, and for a reminder cancelled or moved a moment ago. An
// error has it called again a minute later, ten times in all.
type Handler func(ctx context.Context, r Reminder) error

const (
	// lease is how long a claim lasts; a handler gets a little less.
	lease          = time.Minute
	handlerTimeout = lease - 10*time.Second
	maxAttempts    = 10
	// longestSleep is how late a reminder may be that was scheduled by a process that has died since.
	longestSleep = time.Minute
	// storeAway is how long to wait when the store does not answer.
	storeAway = 5 * time.Second
)

// Schedule delivers reminders when they are due, each by one process. They are stored, so they outlive the process. It
// may be used concurrently.
type Schedule struct {
	store Store
	log   *slog.Logger
	// sooner gets a value when there may be something to do before what is waited for.
	sooner chan struct{}

	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan struct{}
}

// NewSchedule makes a schedule that takes reminders, and delivers them from Start on.
func NewSchedule(store Store, log *slog.Logger) *Schedule {
	return &Schedule{store: store, log: log, sooner: make(chan struct{}, 1)}
}

// Schedule keeps a reminder, in the place of whatever has its ID. It is delivered at its Due, or at once where that has
// passed.
func (s *Schedule) Schedule(ctx context.Context, r Reminder) error {
	r.Due = r.Due.UTC().Truncate(time.Microsecond)
	if err := s.store.PutReminder(ctx, r); err != nil {
		return fmt.Errorf("keep reminder %s: %w", r.ID, err)
	}
	select {
	case s.sooner <- struct{}{}:
	default:
	}
	return nil
}

// Cancel takes a reminder back; one that is not there is no error.
func (s *Schedule) Cancel(ctx context.Context, id string) error {
	if err := s.store.DeleteReminder(ctx, id); err != nil {
		return fmt.Errorf("delete reminder %s: %w", id, err)
	}
	return nil
}

// Start delivers reminders by handle until Close. It is to be called once.
func (s *Schedule) Start(handle Handler) {
	ctx, cancel := context.WithCancel(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancel, s.done = cancel, make(chan struct{})
	go s.run(ctx, s.done, handle)
}

// Close ends it, and waits for a reminder that is being delivered.
func (s *Schedule) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel == nil {
		return
	}
	s.cancel()
	<-s.done
}

func (s *Schedule) run(ctx context.Context, done chan<- struct{}, handle Handler) {
	defer close(done)
	for ctx.Err() == nil {
		wait, err := s.deliverDue(ctx, handle)
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "reminders cannot be read", slog.Any("error", err))
			wait = storeAway
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-s.sooner:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// deliverDue delivers all that is due and returns how long there is nothing to do.
func (s *Schedule) deliverDue(ctx context.Context, handle Handler) (time.Duration, error) {
	for {
		next, err := s.store.NextReminder(ctx)
		if errors.Is(err, fault.NotFound) {
			return longestSleep, nil
		}
		if err != nil {
			return 0, err
		}
		at := now()
		if wait := next.Sub(at); wait > 0 {
			return min(wait, longestSleep), nil
		}
		claim, err := s.store.ClaimReminder(ctx, at, at.Add(lease), ids.New())
		if errors.Is(err, fault.NotFound) {
			// Another process has it.
			continue
		}
		if err != nil {
			return 0, err
		}
		s.deliver(ctx, claim, handle)
	}
}

// deliver has one reminder handled. It is gone then, unless it is to be tried again when the claim ends.
func (s *Schedule) deliver(ctx context.Context, c Claim, handle Handler) {
	handling, cancel := context.WithTimeout(ctx, handlerTimeout)
	defer cancel()
	err := handle(handling, c.Reminder)
	if err != nil {
		s.log.WarnContext(ctx, "a reminder not delivered", slog.String("reminder_id", c.ID), slog.Int("attempt", c.Attempt), slog.Any("error", err))
		if c.Attempt < maxAttempts {
			return
		}
	}
	// Also when the process is ending: what is delivered is not to be delivered again.
	finishing, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeAway)
	defer cancel()
	if err := s.store.FinishReminder(finishing, c.ID, c.Token); err != nil {
		s.log.WarnContext(ctx, "a reminder delivered is kept", slog.String("reminder_id", c.ID), slog.Any("error", err))
	}
}

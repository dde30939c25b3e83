package games

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/cache"
	"github.com/dongbaejul/dongbaejul/internal/clubtime"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/games/scoring"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Config is what the service works with; all of it is needed.
type Config struct {
	Store   Store
	Users   *users.Service
	Bus     realtime.Bus
	Streams *realtime.Streams
	// Access reports whether a caller may still be here.
	Access    Access
	Notifier  Notifier
	Reminders Reminders
	// Scoring is how a game is scored that says nothing else.
	Scoring scoring.Rules
	Audit   *audit.Log
	Log     *slog.Logger
	// Clock tells the time.
	Clock func() time.Time
}

// Access looks at a caller's rights as they are now.
type Access interface {
	// Check fails with a fault when the caller may no longer be here.
	Check(ctx context.Context, c identity.Caller) error
}

// Notifier tells people. The notifications service is one.
type Notifier interface {
	// Notify tells each user of each key once, however often it is called.
	Notify(ctx context.Context, notices ...notifications.Notice) error
}

// Reminders calls Remind at a time, also when this process has died since. The notifications' schedule is one.
type Reminders interface {
	// Schedule keeps a reminder, in the place of whatever has its ID.
	Schedule(ctx context.Context, r notifications.Reminder) error
}

// Service implements the game RPCs. It may be used concurrently.
type Service struct {
	dongbaejulv1connect.UnimplementedGameServiceHandler
	Config
	zone      *time.Location
	snapshots *cache.Cache[snapshot]
	versions  *versions
	// errands gets a value when there may be some; stop ends what does them.
	errands chan struct{}
	stop    func()
}

var _ dongbaejulv1connect.GameServiceHandler = (*Service)(nil)

// New makes the service. Start has it do what it does by itself.
func New(c Config) *Service {
	return &Service{
		Config: c, zone: clubtime.Zone(), errands: make(chan struct{}, 1),
		snapshots: cache.New[snapshot](snapshotCopies, cache.For(snapshotAge), c.Clock),
		versions:  newVersions(c.Store, c.Clock),
	}
}

var errGameNotFound = fault.New(fault.NotFound, "GAME_NOT_FOUND", "경기를 찾을 수 없습니다.", "There is no such game.")

// gameFault names what is missing where a store only says that something is.
func gameFault(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return errGameNotFound.WithCause(err)
	}
	return err
}

// now is the time of what is stored, in its precision.
func (s *Service) now() time.Time { return micro(s.Clock()) }

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// change runs a rule on a game for the caller of ctx, as changeBy does.
func (s *Service) change(ctx context.Context, gameID string, rule func(*Game) error) (Game, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return Game{}, err
	}
	return s.changeBy(ctx, caller.UserID, gameID, rule)
}

// errVersion carries what has changed, as it is now.
var errVersion = fault.New(fault.Aborted, "VERSION_CONFLICT",
	"다른 사람이 먼저 바꾸었어요. 지금 상태를 확인해 주세요.", "Somebody else has changed it first. Look at it as it is now.")

// checked runs a rule for a caller who saw the expected version; nil is any. On another version the rule is a conflict unless it
// changes nothing, so that a retry succeeds.
func checked(version int64, expected *int32, rule func() error) error {
	err := rule()
	if expected != nil && int64(*expected) != version && !errors.Is(err, errUnchanged) {
		return errVersion
	}
	return err
}

// changeBy runs a rule on a game, then tells streams what it did and has its errands done. It returns the game as it is then. A
// rule that changes nothing is no error, and errVersion gets what fits of the game as a detail.
func (s *Service) changeBy(ctx context.Context, by, gameID string, rule func(*Game) error) (Game, error) {
	var before Game
	after, err := s.Store.UpdateGame(ctx, gameID, func(g *Game) error {
		before = *g
		if err := rule(g); err != nil {
			return err
		}
		g.UpdatedAt = s.now()
		return nil
	})
	switch {
	case errors.Is(err, errUnchanged):
		return before, nil
	case errors.Is(err, errVersion):
		now, err := s.toProto(ctx, before)
		if err != nil {
			return Game{}, err
		}
		fit(now)
		return Game{}, errVersion.WithDetail(now)
	case err != nil:
		return Game{}, gameFault(err)
	}
	s.changed(ctx, before, after, by)
	return after, nil
}

// changed tells of a change that is stored, whatever has become of the call that made it.
func (s *Service) changed(ctx context.Context, before, after Game, by string) {
	s.announce(context.WithoutCancel(ctx), before, after, by)
	if len(after.Errands) > 0 {
		s.wake()
	}
}

// timeFrom returns a time of a request in the precision of what is stored; zero where it is left out.
func timeFrom(field string, t *timestamppb.Timestamp) (time.Time, error) {
	if t == nil {
		return time.Time{}, nil
	}
	if err := t.CheckValid(); err != nil {
		return time.Time{}, fault.InvalidField(field, "timestamp.valid",
			"올바른 시각이 아닙니다.", "This is not a time between the years 1 and 9999.")
	}
	return micro(t.AsTime()), nil
}

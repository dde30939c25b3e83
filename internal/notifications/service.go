package notifications

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Config is what the service works with; Store, Users and Bus are needed.
type Config struct {
	Store Store
	Users *users.Service
	Bus   realtime.Bus
	// Writers find the words of notifications; Broadcast's are its own.
	Writers []Writer
	// Pusher brings notifications to devices; nil for one that only logs.
	Pusher Pusher
	// WebPushKey is the public key that browsers subscribe with; empty if they are not pushed to.
	WebPushKey string
	// Access reports whether the session that registered a device may still be used; nil takes every device for one that may.
	Access Access
	// Log is slog.Default() where it is nil.
	Log *slog.Logger
}

// Access looks at a caller's rights as they are now.
type Access interface {
	// Check fails with fault.Unauthenticated or fault.Denied when the caller may no longer be here.
	Check(ctx context.Context, c identity.Caller) error
}

// Service implements the notification RPCs, and tells members what the other services have to say. It may be used
// concurrently.
type Service struct {
	dongbaejulv1connect.UnimplementedNotificationServiceHandler
	Config
	writers map[Kind]Writer
	pushes  *pushes
}

var _ dongbaejulv1connect.NotificationServiceHandler = (*Service)(nil)

// New makes the service, which runs until Close.
func New(c Config) *Service {
	c.Log = cmp.Or(c.Log, slog.Default())
	if c.Pusher == nil {
		c.Pusher = NewLogPusher(c.Log)
	}
	s := &Service{Config: c, writers: byKind(append(c.Writers, broadcasts{c.Store}))}
	s.pushes = newPushes(c, s.worded)
	return s
}

// Close ends what the service does by itself. It waits a few seconds for what is being pushed. Nothing is to be called
// after it.
func (s *Service) Close() { s.pushes.close() }

// DeleteOld deletes what is kept no longer: to be called every few hours, by any number of processes.
func (s *Service) DeleteOld(ctx context.Context) error {
	at := now()
	n, err := s.Store.PruneNotifications(ctx, at.Add(-keepRead), at.Add(-keepUnread))
	if n > 0 {
		s.Config.Log.InfoContext(ctx, "old notifications deleted", slog.Int("notifications", n))
	}
	return err
}

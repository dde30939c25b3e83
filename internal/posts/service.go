package posts

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

var (
	errPostNotFound = fault.New(fault.NotFound, "POST_NOT_FOUND",
		"게시글을 찾을 수 없습니다.", "There is no such post.")
	errNotAuthor = fault.New(fault.Denied, "NOT_THE_AUTHOR",
		"작성자만 할 수 있습니다.", "Only the author may do this.")
	// errUnchanged ends an update that would change nothing.
	errUnchanged = errors.New("unchanged")
)

// Config is what the service works with; everything is needed.
type Config struct {
	Store    Store
	Users    *users.Service
	Notifier Notifier
	Bus      realtime.Bus
	// Uploads finds the files behind attachments; uploads.None where nothing can be uploaded.
	Uploads uploads.Finder
	Audit   *audit.Log
	Log     *slog.Logger
	// Clock tells the time.
	Clock func() time.Time
}

// Notifier tells people, each of each key once, however often it is called. The notifications service is one.
type Notifier interface {
	// Notify tells the users that notices name.
	Notify(ctx context.Context, notices ...notifications.Notice) error
	// NotifyAll tells every active user but those in except.
	NotifyAll(ctx context.Context, notice notifications.Notice, except ...string) error
}

// Service implements the post RPCs. It may be used concurrently.
type Service struct {
	dongbaejulv1connect.UnimplementedPostServiceHandler
	Config
	// untold gets a value when something may have been stored that nobody was told of, and telling shares one telling of a
	// post or comment among those who want it told.
	untold  chan struct{}
	telling singleflight.Group
}

var _ dongbaejulv1connect.PostServiceHandler = (*Service)(nil)

// New makes the service. Run does what it does by itself.
func New(c Config) *Service {
	if c.Uploads == nil {
		c.Uploads = uploads.None{}
	}
	return &Service{Config: c, untold: make(chan struct{}, 1)}
}

// now is the time of what is stored, in its precision.
func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// post returns one post and who asks for it.
func (s *Service) post(ctx context.Context, postID string) (identity.Caller, Post, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return caller, Post{}, err
	}
	p, err := s.Store.Post(ctx, postID)
	return caller, p, postFault(err)
}

// mayChange reports whether the caller may change or delete what the author has written.
func mayChange(by identity.Caller, authorID string) bool {
	return by.UserID == authorID || by.May(identity.ModeratePosts)
}

func postFault(err error) error {
	if errors.Is(err, fault.NotFound) {
		return errPostNotFound
	}
	return err
}

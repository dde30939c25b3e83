package posts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

const (
	// retellEvery is how late notifications may be that could not be sent at once.
	retellEvery = 30 * time.Second
	// retellPage is how many posts and comments are then told of at a time.
	retellPage = 100
)

// tellTimeout is for telling of one post or comment, which goes on when the call that stored it has ended.
const tellTimeout = 15 * time.Second

// tellNow tells of a new post or comment by tell: streams and the people it concerns. It then notes that it has. What is stored
// stays stored when that fails: it is Untold until Run has made up for it.
func (s *Service) tellNow(ctx context.Context, ref Ref, tell func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	_, err, _ := s.telling.Do(ref.PostID+" "+ref.CommentID, func() (any, error) {
		if err := tell(ctx); err != nil {
			return nil, err
		}
		return nil, s.Store.SetTold(ctx, ref)
	})
	if err != nil {
		s.Log.WarnContext(ctx, "a post or comment is stored but not announced yet", slog.String("post_id", ref.PostID),
			slog.String("comment_id", ref.CommentID), slog.Any("error", err))
	}
}

// tellLater has Run look soon for what is untold.
func (s *Service) tellLater() {
	select {
	case s.untold <- struct{}{}:
	default:
	}
}

// Run tells, until ctx ends, of posts and comments whose calls could not, also when the process of a call has died. So each is
// told of in the end; nobody is notified twice, since each notification has its key. Several processes may run it.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(retellEvery)
	defer tick.Stop()
	for {
		refs, err := s.Store.Untold(ctx, retellPage)
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "what is untold cannot be read", slog.Any("error", err))
		}
		for _, ref := range refs {
			s.tellNow(ctx, ref, func(ctx context.Context) error { return s.tellStored(ctx, ref) })
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.untold:
		}
	}
}

// tellStored tells of a post or comment as it is now.
func (s *Service) tellStored(ctx context.Context, ref Ref) error {
	p, err := s.Store.Post(ctx, ref.PostID)
	switch {
	case errors.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return fmt.Errorf("read the post to tell of: %w", err)
	case ref.CommentID != "":
		c, err := s.Store.Comment(ctx, ref.CommentID)
		if err != nil {
			return fmt.Errorf("read the comment to tell of: %w", err)
		}
		return s.tellOfComment(ctx, p, c, nil)
	case p.Untold:
		return s.tellOfPost(ctx, p)
	}
	return nil
}

// tellOfPost tells streams of a new post, and everybody of a notice.
func (s *Service) tellOfPost(ctx context.Context, p Post) error {
	if p.UpdatedAt.IsZero() {
		if err := s.announce(ctx, p); err != nil {
			return err
		}
	}
	if p.Category != Notice {
		return nil
	}
	return s.Notifier.NotifyAll(ctx, notifications.Notice{
		Key: "notice/" + p.ID, Kind: notifications.KindNotice, ActorID: p.AuthorID, PostID: p.ID,
	}, p.AuthorID)
}

// announce tells streams of a new post.
func (s *Service) announce(ctx context.Context, p Post) error {
	p.Content = ""
	out, err := s.toPost(ctx, p)
	if err != nil {
		return fmt.Errorf("name the author of a new post: %w", err)
	}
	s.Bus.Publish(ctx, realtime.Hint{
		Topic: realtime.Board,
		Event: realtime.NewEvent(&v1.Event{Payload: &v1.Event_PostCreated{PostCreated: &v1.PostCreated{Post: out}}}),
	})
	return nil
}

// tellOfComment tells the people whom a comment concerns. parent is the comment it answers; nil if that was not read.
func (s *Service) tellOfComment(ctx context.Context, p Post, c Comment, parent *Comment) error {
	if c.deleted() {
		return nil
	}
	if c.ParentID != "" && parent == nil {
		found, err := s.Store.Comment(ctx, c.ParentID)
		if err != nil {
			return fmt.Errorf("read the comment it answers: %w", err)
		}
		parent = &found
	}
	return s.Notifier.Notify(ctx, commentNotices(p, c, parent)...)
}

// commentNotices returns whom a comment concerns: who wrote the comment it answers, and who wrote the post. Nobody is told
// of their own, and nobody twice.
func commentNotices(p Post, c Comment, parent *Comment) []notifications.Notice {
	n := notifications.Notice{Key: "comment/" + c.ID, ActorID: c.AuthorID, PostID: p.ID, CommentID: c.ID}
	var notices []notifications.Notice
	add := func(kind notifications.Kind, userID string) {
		n.Kind, n.UserID = kind, userID
		notices = append(notices, n)
	}
	answered := c.AuthorID
	if parent != nil && !parent.deleted() {
		answered = parent.AuthorID
	}
	if answered != c.AuthorID && answered != "" {
		add(notifications.KindReply, answered)
	}
	if p.AuthorID != c.AuthorID && p.AuthorID != answered && p.AuthorID != "" {
		add(notifications.KindComment, p.AuthorID)
	}
	return notices
}

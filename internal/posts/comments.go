package posts

import (
	"context"
	"errors"
	"log/slog"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/idempotency"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

// maxComments is how many comments a post may have, deleted ones included: each page is found in the outline of all.
const maxComments = 2000

var (
	errCommentNotFound = fault.New(fault.NotFound, "COMMENT_NOT_FOUND",
		"댓글을 찾을 수 없습니다.", "There is no such comment on this post.")
	errCommentDeleted = fault.New(fault.Precondition, "COMMENT_DELETED",
		"삭제된 댓글입니다.", "The comment is deleted.")
	errParentNotFound = fault.New(fault.Invalid, "PARENT_NOT_FOUND",
		"답글을 달 댓글이 이 게시글에 없습니다.", "The comment to answer is not on this post.").WithField("parent_id")
	// ErrTooManyComments is the error of a post that has as many comments as it may.
	ErrTooManyComments = fault.New(fault.Precondition, "TOO_MANY_COMMENTS",
		"이 게시글에는 더 이상 댓글을 달 수 없습니다.", "This post takes no more comments.")
)

// CreateComment implements the RPC.
func (s *Service) CreateComment(ctx context.Context, req *v1.CreateCommentRequest) (*v1.CreateCommentResponse, error) {
	caller, p, err := s.post(ctx, req.GetPostId())
	if err != nil {
		return nil, err
	}
	c := Comment{
		ID: idempotency.NewID("posts.comment", caller.UserID, req.RequestId), PostID: p.ID, ParentID: req.GetParentId(), AuthorID: caller.UserID, Content: req.GetContent(),
		CreatedAt: s.now(), Untold: true,
	}
	c.RequestHash = idempotency.Hash(c.PostID, c.ParentID, c.Content)
	kept, parent, err := s.keepComment(ctx, c)
	switch {
	case err != nil:
		// It may be stored all the same.
		s.tellLater()
		return nil, err
	case kept.RequestHash != c.RequestHash:
		return nil, idempotency.ErrReused
	}
	if kept.Untold {
		s.tellNow(ctx, Ref{PostID: kept.PostID, CommentID: kept.ID}, func(ctx context.Context) error {
			return s.tellOfComment(ctx, p, kept, parent)
		})
	}
	out, err := s.toComment(ctx, kept)
	return &v1.CreateCommentResponse{Comment: out}, err
}

// keepComment returns what is stored under the comment's id, which is c if it may be written, and the comment that it answers, if
// that was read.
func (s *Service) keepComment(ctx context.Context, c Comment) (kept Comment, parent *Comment, err error) {
	parent, err = s.parentOf(ctx, c)
	if err != nil {
		// A repeated request gets its first result, whatever has become of the post and the parent since.
		kept, missing := s.Store.Comment(ctx, c.ID)
		switch {
		case missing == nil:
			return kept, nil, nil
		case !errors.Is(missing, fault.NotFound):
			err = missing
		}
		return Comment{}, nil, err
	}
	kept, _, err = s.Store.CreateComment(ctx, c, maxComments)
	return kept, parent, postFault(err)
}

// parentOf returns the comment that c answers, if it answers one, and why it cannot be answered.
func (s *Service) parentOf(ctx context.Context, c Comment) (parent *Comment, err error) {
	if c.ParentID == "" {
		return nil, nil
	}
	// One that is deleted right after this is a marker that the reply hangs on, as if it had come before.
	found, err := s.comment(ctx, c.PostID, c.ParentID)
	switch {
	case errors.Is(err, errCommentNotFound):
		return nil, errParentNotFound
	case err != nil:
		return nil, err
	case found.deleted():
		return nil, errCommentDeleted.WithField("parent_id")
	}
	return &found, nil
}

// comment returns one comment of a post.
func (s *Service) comment(ctx context.Context, postID, commentID string) (Comment, error) {
	c, err := s.Store.Comment(ctx, commentID)
	if errors.Is(err, fault.NotFound) || err == nil && c.PostID != postID {
		return Comment{}, errCommentNotFound
	}
	return c, err
}

// UpdateComment implements the RPC.
func (s *Service) UpdateComment(ctx context.Context, req *v1.UpdateCommentRequest) (*v1.UpdateCommentResponse, error) {
	at := s.now()
	c, err := s.amend(ctx, req.GetPostId(), req.GetCommentId(), func(c *Comment, by identity.Caller) error {
		switch {
		case c.AuthorID != by.UserID:
			return errNotAuthor
		case c.deleted():
			return errCommentDeleted
		case c.Content == req.GetContent():
			return errUnchanged
		case c.OfBand:
			return errBandPost
		}
		c.Content, c.UpdatedAt = req.GetContent(), at
		return nil
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return nil, err
	}
	out, err := s.toComment(ctx, c)
	return &v1.UpdateCommentResponse{Comment: out}, err
}

// DeleteComment implements the RPC. Deleting what is deleted changes nothing.
func (s *Service) DeleteComment(ctx context.Context, req *v1.DeleteCommentRequest) (*v1.DeleteCommentResponse, error) {
	at := s.now()
	c, err := s.amend(ctx, req.GetPostId(), req.GetCommentId(), func(c *Comment, by identity.Caller) error {
		switch {
		case !mayChange(by, c.AuthorID):
			return errNotAuthor
		case c.deleted():
			return errUnchanged
		case c.OfBand:
			return errBandPost
		}
		c.Content, c.DeletedAt = "", at
		return nil
	})
	switch {
	case err == nil:
		s.Audit.Record(ctx, "comment deleted", slog.String("comment_id", c.ID), slog.String("post_id", c.PostID),
			slog.String("author", c.AuthorID))
	case !errors.Is(err, errUnchanged):
		return nil, err
	}
	return &v1.DeleteCommentResponse{Message: "success"}, nil
}

// amend changes a comment of a post and returns it as it is then, also with errUnchanged.
func (s *Service) amend(ctx context.Context, postID, commentID string, f func(*Comment, identity.Caller) error) (Comment, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return Comment{}, err
	}
	if _, err := s.comment(ctx, postID, commentID); err != nil {
		return Comment{}, err
	}
	var before Comment
	c, err := s.Store.UpdateComment(ctx, commentID, func(c *Comment) error {
		before = *c
		return f(c, caller)
	})
	switch {
	case errors.Is(err, errUnchanged):
		return before, err
	case errors.Is(err, fault.NotFound):
		return Comment{}, errCommentNotFound
	case errors.Is(err, errBandPost):
		p, err := s.Store.Post(ctx, postID)
		if err != nil {
			return Comment{}, postFault(err)
		}
		return Comment{}, bandPost(p)
	}
	return c, err
}

package posts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/idempotency"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
)

var errAttachmentsOrClear = fault.New(fault.Invalid, "ATTACHMENTS_OR_CLEAR",
	"attachments와 clear_attachments 중 하나만 사용해 주세요.",
	"Give attachments or clear_attachments, not both.").WithField("clear_attachments")

// CreatePost implements the RPC.
func (s *Service) CreatePost(ctx context.Context, req *v1.CreatePostRequest) (*v1.CreatePostResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	files, err := uploads.Find(ctx, s.Uploads, caller.UserID, uploads.Post, req.GetAttachments())
	if err != nil {
		return nil, err
	}
	p := Post{
		ID: idempotency.NewID("posts.post", caller.UserID, req.RequestId), Title: req.GetTitle(), Content: req.GetContent(), Category: fromCategory(req.GetCategory()),
		Pinned: req.GetIsPinned(), AuthorID: caller.UserID, CreatedAt: s.now(), Untold: true,
	}
	for _, file := range files {
		p.Attachments = append(p.Attachments, attachmentOf(file))
	}
	if err := mayWrite(p, caller); err != nil {
		return nil, err
	}
	p.RequestHash = requestHash(p)
	kept, _, err := s.Store.CreatePost(ctx, p)
	switch {
	case err != nil:
		// It may be stored all the same.
		s.tellLater()
		return nil, postFault(err)
	case kept.RequestHash != p.RequestHash:
		return nil, idempotency.ErrReused
	}
	if kept.Untold {
		s.tellNow(ctx, Ref{PostID: kept.ID}, func(ctx context.Context) error { return s.tellOfPost(ctx, kept) })
	}
	out, err := s.toPost(ctx, kept)
	return &v1.CreatePostResponse{Post: out}, err
}

// requestHash is what was asked for, apart from the key it was asked with.
func requestHash(p Post) string {
	parts := []string{p.Title, p.Content, string(p.Category), strconv.FormatBool(p.Pinned)}
	for _, a := range p.Attachments {
		parts = append(parts, a.FileID)
	}
	return idempotency.Hash(parts...)
}

// UpdatePost implements the RPC.
func (s *Service) UpdatePost(ctx context.Context, req *v1.UpdatePostRequest) (*v1.UpdatePostResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	e, err := toEdit(req)
	if err != nil {
		return nil, err
	}
	if e.Uploaded, err = s.uploaded(ctx, caller.UserID, req.GetAttachments()); err != nil {
		return nil, err
	}
	at := s.now()
	p, err := s.Store.UpdatePost(ctx, req.GetPostId(), func(p *Post) error { return e.apply(p, caller, at) })
	switch {
	case errors.Is(err, errUnchanged):
		p, err = s.Store.Post(ctx, req.GetPostId())
	case errors.Is(err, errVersion):
		return nil, s.conflict(ctx, req.GetPostId())
	}
	if err != nil {
		s.tellLater()
		return nil, postFault(err)
	}
	if p.Untold {
		s.tellNow(ctx, Ref{PostID: p.ID}, func(ctx context.Context) error { return s.tellOfPost(ctx, p) })
	}
	out, err := s.toPost(ctx, p)
	return &v1.UpdatePostResponse{Post: out}, err
}

// conflict returns errVersion with the post as it is now, or what fits of it.
func (s *Service) conflict(ctx context.Context, postID string) error {
	p, err := s.Store.Post(ctx, postID)
	if err != nil {
		return postFault(err)
	}
	now, err := s.toPost(ctx, p)
	if err != nil {
		return err
	}
	now.Content, now.ContentCut = graphemes.Cut(now.Content, beginningLength)
	if proto.Size(now) > fault.DetailBytes {
		now.Attachments = nil
	}
	return errVersion.WithDetail(now)
}

func toEdit(req *v1.UpdatePostRequest) (edit, error) {
	e := edit{Title: req.Title, Content: req.Content, Pinned: req.IsPinned, Expected: req.ExpectedVersion}
	if req.Category != nil {
		c := fromCategory(req.GetCategory())
		if c == "" {
			return e, errNoCategory
		}
		e.Category = &c
	}
	switch list := req.GetAttachments(); {
	case len(list) > 0 && req.GetClearAttachments():
		return e, errAttachmentsOrClear
	case len(list) > 0 || req.GetClearAttachments():
		e.Attachments = &list
	}
	return e, nil
}

// uploaded returns those of the files that the user has uploaded.
func (s *Service) uploaded(ctx context.Context, userID string, fileIDs []string) (map[string]uploads.File, error) {
	if len(fileIDs) == 0 {
		return nil, nil
	}
	files, err := s.Uploads.Uploaded(ctx, userID, uploads.Post, fileIDs)
	if err != nil {
		return nil, fmt.Errorf("look up uploads: %w", err)
	}
	return files, nil
}

// DeletePost implements the RPC. Deleting again what the caller has deleted changes nothing.
func (s *Service) DeletePost(ctx context.Context, req *v1.DeletePostRequest) (*v1.DeletePostResponse, error) {
	caller, p, err := s.post(ctx, req.GetPostId())
	if errors.Is(err, fault.NotFound) {
		// A post that is created in this moment is not deleted: whether the caller may do that is not known.
		deleted, failed := s.Store.HasDeletedPost(ctx, req.GetPostId(), caller.UserID)
		switch {
		case failed != nil:
			return nil, fmt.Errorf("look for a deleted post: %w", failed)
		case deleted:
			return &v1.DeletePostResponse{Message: "success"}, nil
		}
	}
	switch {
	case err != nil:
		return nil, err
	case !mayChange(caller, p.AuthorID):
		return nil, errNotAuthor
	case p.Category == Band:
		return nil, bandPost(p)
	}
	if err := s.Store.DeletePost(ctx, p.ID, caller.UserID); err != nil {
		return nil, fmt.Errorf("delete a post: %w", postFault(err))
	}
	s.Audit.Record(ctx, "post deleted", slog.String("post_id", p.ID), slog.String("author", p.AuthorID))
	return &v1.DeletePostResponse{Message: "success"}, nil
}

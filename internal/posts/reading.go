package posts

import (
	"context"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/pagination"
)

// GetPost implements the RPC.
func (s *Service) GetPost(ctx context.Context, req *v1.GetPostRequest) (*v1.GetPostResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.Store.ReadPost(ctx, req.GetPostId(), caller.UserID)
	if err != nil {
		return nil, postFault(err)
	}
	comments, next, err := s.comments(ctx, r.Post.ID, r.Outline, nil, mostComments)
	if err != nil {
		return nil, err
	}
	post, err := s.toPost(ctx, r.Post)
	if err != nil {
		return nil, err
	}
	return &v1.GetPostResponse{
		Post: post, Comments: comments, NextPageToken: next, UserInteraction: &v1.UserInteraction{Liked: r.Liked, Read: r.Read},
	}, nil
}

// MarkPostRead implements the RPC.
func (s *Service) MarkPostRead(ctx context.Context, req *v1.MarkPostReadRequest) (*v1.MarkPostReadResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	liked, views, err := s.Store.MarkPostRead(ctx, req.GetPostId(), caller.UserID, s.now())
	if err != nil {
		return nil, postFault(err)
	}
	return &v1.MarkPostReadResponse{UserInteraction: &v1.UserInteraction{Liked: liked, Read: true}, ViewCount: int32(views)}, nil
}

// ListComments implements the RPC.
func (s *Service) ListComments(ctx context.Context, req *v1.ListCommentsRequest) (*v1.ListCommentsResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	after, err := pagination.After[commentPlace](req)
	if err != nil {
		return nil, err
	}
	limit := mostComments
	if req.Limit != nil {
		limit = int(req.GetLimit())
	}
	outline, err := s.Store.Outline(ctx, req.GetPostId())
	if err != nil {
		return nil, postFault(err)
	}
	comments, next, err := s.comments(ctx, req.GetPostId(), outline, after, limit)
	return &v1.ListCommentsResponse{Comments: comments, NextPageToken: next}, err
}

// comments returns the page of a post's comments after a place, which is nil for the first page, and the token of the next page,
// which is empty on the last one.
func (s *Service) comments(
	ctx context.Context, postID string, outline []Outline, after *commentPlace, limit int,
) (comments []*v1.Comment, next string, err error) {
	wanted, more := nextPage(shown(outline), after, limit)
	if len(wanted) == 0 {
		return nil, "", nil
	}
	ids := make([]string, len(wanted))
	for i, c := range wanted {
		ids[i] = c.ID
	}
	found, err := s.Store.CommentsByID(ctx, postID, ids)
	if err != nil {
		return nil, "", err
	}
	names, err := s.Users.Summaries(ctx, authors(nil, found))
	if err != nil {
		return nil, "", err
	}
	byID := make(map[string]Comment, len(found))
	for _, c := range found {
		byID[c.ID] = c
	}
	for _, id := range ids {
		if c, ok := byID[id]; ok {
			comments = append(comments, commentToProto(c, names))
		}
	}
	if more {
		next, err = pagination.Token(&v1.ListCommentsRequest{PostId: postID}, placeOf(wanted[len(wanted)-1]))
	}
	return comments, next, err
}

// ToggleLike implements the RPC.
func (s *Service) ToggleLike(ctx context.Context, req *v1.ToggleLikeRequest) (*v1.ToggleLikeResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	liked, count, err := s.Store.Like(ctx, req.GetPostId(), caller.UserID, req.Liked, s.now())
	if err != nil {
		return nil, postFault(err)
	}
	return &v1.ToggleLikeResponse{Liked: liked, LikeCount: int32(count)}, nil
}

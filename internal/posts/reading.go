package posts

import (
	"context"
	"strings"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/page"
)

// ListPosts implements the RPC. A search finds MaxFound posts at most.
func (s *Service) ListPosts(ctx context.Context, req *v1.ListPostsRequest) (*v1.ListPostsResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	at := page.Of(req.Page, req.Limit)
	filter := Filter{Category: fromCategory(req.GetCategory()), Pinned: req.Pinned, Offset: at.Offset(), Limit: at.Limit}
	if strings.TrimSpace(req.GetSearch()) != "" {
		q, ok := hangul.ParseQuery(req.GetSearch())
		if !ok {
			// Punctuation alone is in no index: it finds nothing.
			return &v1.ListPostsResponse{Pagination: at.Info(0)}, nil
		}
		filter.Search = &q
	}
	list, total, err := s.Store.ListPosts(ctx, filter)
	if err != nil {
		return nil, err
	}
	names, err := s.Users.Summaries(ctx, authors(list, nil))
	if err != nil {
		return nil, err
	}
	out := make([]*v1.Post, len(list))
	for i, p := range list {
		out[i] = postToProto(p, names)
	}
	return &v1.ListPostsResponse{Posts: out, Pagination: at.Info(total)}, nil
}

// GetPost implements the RPC.
func (s *Service) GetPost(ctx context.Context, req *v1.GetPostRequest) (*v1.GetPostResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.Store.ReadPost(ctx, req.GetPostId(), caller.UserID, s.now())
	if err != nil {
		return nil, postFault(err)
	}
	comments := shown(r.Comments)
	names, err := s.Users.Summaries(ctx, authors([]Post{r.Post}, comments))
	if err != nil {
		return nil, err
	}
	out := &v1.GetPostResponse{
		Post:            postToProto(r.Post, names),
		Comments:        make([]*v1.Comment, len(comments)),
		UserInteraction: &v1.UserInteraction{Liked: r.Liked, Read: r.Again},
	}
	for i, c := range comments {
		out.Comments[i] = commentToProto(c, names)
	}
	return out, nil
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

package posts

import (
	"context"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/pagination"
)

const (
	// listBytes is how much text the posts of a list have before their contents are cut.
	listBytes = 1 << 20
	// beginningLength is how many characters of a content are left then.
	beginningLength = 500
)

// ListPosts implements the RPC. By number, a search finds MaxFound posts at most.
func (s *Service) ListPosts(ctx context.Context, req *v1.ListPostsRequest) (*v1.ListPostsResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	at, after, err := pagination.Read[listPlace](req)
	if err != nil {
		return nil, err
	}
	if after != nil && !after.valid() {
		return nil, pagination.ErrToken
	}
	res := &v1.ListPostsResponse{}
	filter := Filter{Category: fromCategory(req.GetCategory()), Pinned: req.Pinned, Offset: at.Offset(), Limit: at.Limit}
	if req.GetSearch() != "" {
		q, ok := hangul.ParseQuery(req.GetSearch())
		if !ok {
			// Nothing that can be seen is asked for.
			if after == nil {
				res.Pagination = at.Info(0)
			}
			return res, nil
		}
		filter.Search = &q
	}
	var list []Post
	var next *listPlace
	if after != nil {
		list, next, err = s.listAfter(ctx, filter, *after)
	} else {
		list, next, res.Pagination, err = s.listAt(ctx, filter, at)
	}
	if err != nil {
		return nil, err
	}
	if next != nil {
		if res.NextPageToken, err = pagination.Token(req, *next); err != nil {
			return nil, err
		}
	}
	res.Posts, err = s.listed(ctx, list)
	return res, err
}

// listed returns the posts of a list for an answer, which has the beginnings only of those beyond listBytes.
func (s *Service) listed(ctx context.Context, list []Post) ([]*v1.Post, error) {
	names, err := s.Users.Summaries(ctx, authors(list, nil))
	if err != nil {
		return nil, err
	}
	out := make([]*v1.Post, len(list))
	left := listBytes
	for i, p := range list {
		out[i] = s.postToProto(p, names)
		if left -= len(p.Content); left < 0 {
			out[i].Content, out[i].ContentCut = graphemes.Cut(p.Content, beginningLength)
		}
	}
	return out, nil
}

// listPlace is where a page of a list begins. First come the pinned posts, then all posts from the newest to the oldest, pinned or
// not, without those that came first: so a post that is pinned or unpinned between two pages is neither left out nor repeated.
type listPlace struct {
	// Order and ID are those of the last post of the page before, unless it was one of those that come first.
	Order int64  `json:"o,omitempty"`
	ID    string `json:"i,omitempty"`
	// Pinned is whether more pinned posts may come first.
	Pinned bool `json:"p,omitempty"`
	// First are the posts that came first, MaxExcept at most.
	First []string `json:"f,omitempty"`
}

func (l listPlace) valid() bool { return len(l.First) <= MaxExcept && l.Order >= 0 && l.Order < 1<<62 }

// listAt returns a page of a list by its number, and where the page after the first one begins; nil if there is none.
func (s *Service) listAt(ctx context.Context, f Filter, at pagination.Page) ([]Post, *listPlace, *v1.PaginationInfo, error) {
	list, total, err := s.Store.ListPosts(ctx, f)
	if err != nil {
		return nil, nil, nil, err
	}
	if at.Number > 1 || len(list) >= total {
		return list, nil, at.Info(total), nil
	}
	next := &listPlace{Pinned: f.Pinned == nil}
	for _, p := range list {
		if f.Pinned == nil && p.Pinned {
			next.First = append(next.First, p.ID)
		} else {
			next.Order, next.ID, next.Pinned = p.Order, p.ID, false
		}
	}
	return list, next, at.Info(total), nil
}

// listAfter returns a page of a list by the place where it begins, and where the next one does; nil if there is none.
func (s *Service) listAfter(ctx context.Context, f Filter, at listPlace) (list []Post, next *listPlace, err error) {
	if at.Pinned && f.Pinned == nil {
		var more bool
		if list, more, err = s.pinnedFirst(ctx, f, &at); err != nil || more {
			return list, &at, err
		}
	}
	left := f.Limit - len(list)
	// Where nothing is left of the page, it is only asked whether anything follows.
	f.Limit = max(left, 1)
	rest, last, err := s.Store.PostsAfter(ctx, f, Position{Order: at.Order, ID: at.ID}, at.First)
	switch {
	case err != nil:
		return nil, nil, err
	case left > 0:
		at.Order, at.ID = last.Order, last.ID
		list = append(list, rest...)
	}
	if last == (Position{}) && (left > 0 || len(rest) == 0) {
		return list, nil, nil
	}
	return list, &at, nil
}

// pinnedFirst returns the pinned posts of a page that come first, which at notes, and whether more of them come on the next page.
func (s *Service) pinnedFirst(ctx context.Context, f Filter, at *listPlace) (list []Post, more bool, err error) {
	f.Pinned, f.Limit = new(true), min(f.Limit, MaxExcept-len(at.First))
	var next Position
	if f.Limit > 0 {
		if list, next, err = s.Store.PostsAfter(ctx, f, Position{}, at.First); err != nil {
			return nil, false, err
		}
	}
	for _, p := range list {
		at.First = append(at.First, p.ID)
	}
	at.Pinned = next != Position{} && len(at.First) < MaxExcept
	return list, at.Pinned, nil
}

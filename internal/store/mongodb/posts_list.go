package mongodb

import (
	"context"
	"regexp"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// wantedPosts is the filter of what f lists.
func wantedPosts(f posts.Filter) bson.D {
	places := there
	switch {
	case f.Pinned == nil:
	case *f.Pinned:
		places.Value = bson.D{{Key: "$gte", Value: firstPinned}}
	default:
		places.Value = bson.D{{Key: "$gt", Value: int64(0)}, {Key: "$lt", Value: firstPinned}}
	}
	filter := bson.D{places}
	if f.Category != "" {
		filter = append(filter, bson.E{Key: "category", Value: string(f.Category)})
	}
	if f.Search == nil {
		return filter
	}
	filter = append(filter, bson.E{Key: "pieces", Value: bson.D{{Key: "$all", Value: f.Search.Grams}}})
	if len(f.Search.Grams) > 1 {
		// The index knows which pieces a post has, and not where.
		filter = append(filter, bson.E{Key: "words", Value: bson.Regex{Pattern: regexp.QuoteMeta(f.Search.Plain())}})
	}
	return filter
}

// ListPosts is of posts.Store. The page's ids come from an index, and only then the posts.
func (s *Store) ListPosts(ctx context.Context, f posts.Filter) (page []posts.Post, total int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	filter, limit := wantedPosts(f), f.Limit
	counting := options.Count()
	if f.Search != nil {
		limit = min(limit, posts.MaxFound-f.Offset)
		counting.SetLimit(posts.MaxFound)
	}
	var ids []string
	if limit > 0 {
		found, err := list[Head](ctx, s.posts.Collection, filter, options.Find().
			SetSort(bson.D{{Key: "place", Value: -1}, {Key: "_id", Value: -1}}).SetSkip(int64(f.Offset)).SetLimit(int64(limit)).
			SetProjection(bson.D{{Key: "_id", Value: 1}}))
		if err != nil {
			return nil, 0, err
		}
		ids = convert(found, func(h Head) string { return h.ID })
	}
	if len(ids) > 0 {
		if page, err = s.postsInOrder(ctx, ids); err != nil {
			return nil, 0, err
		}
	}
	// Counting is most of the work, so it is left out where the page shows the end.
	if len(ids) < limit && (len(ids) > 0 || f.Offset == 0) {
		return page, f.Offset + len(ids), nil
	}
	n, err := s.posts.CountDocuments(ctx, filter, counting)
	return page, int(n), err
}

// postsInOrder gives posts in the order of their ids, without those that are gone.
func (s *Store) postsInOrder(ctx context.Context, ids []string) ([]posts.Post, error) {
	found, err := s.postsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	var page []posts.Post
	for _, id := range ids {
		if p, ok := found[id]; ok {
			page = append(page, *p)
		}
	}
	return page, nil
}

package mongodb

import (
	"cmp"
	"context"
	"regexp"
	"slices"

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

// listedPost is a post in the order of a list.
type listedPost struct {
	ID    string `bson:"_id"`
	Place int64  `bson:"place"`
}

// listedPosts returns what filter lets through in the order of the list, which an index has.
func (s *Store) listedPosts(ctx context.Context, filter bson.D, offset, limit int) ([]listedPost, error) {
	return list[listedPost](ctx, s.posts.Collection, filter, options.Find().
		SetSort(bson.D{{Key: "place", Value: -1}, {Key: "_id", Value: -1}}).SetSkip(int64(offset)).SetLimit(int64(limit)).
		SetProjection(bson.D{{Key: "_id", Value: 1}, {Key: "place", Value: 1}}))
}

// ListPosts implements posts.Store. The page's ids come from an index, and only then the posts.
func (s *Store) ListPosts(ctx context.Context, f posts.Filter) (page []posts.Post, total int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	filter, limit := wantedPosts(f), f.Limit
	counting := options.Count()
	if f.Search != nil {
		limit = min(limit, posts.MaxFound-f.Offset)
		counting.SetLimit(posts.MaxFound)
	}
	var listed []listedPost
	if limit > 0 {
		if listed, err = s.listedPosts(ctx, filter, f.Offset, limit); err != nil {
			return nil, 0, err
		}
		if page, err = s.postsAt(ctx, listed); err != nil {
			return nil, 0, err
		}
	}
	// Counting is most of the work, so it is left out where the page shows the end.
	if len(listed) < limit && (len(listed) > 0 || f.Offset == 0) {
		return page, f.Offset + len(listed), nil
	}
	n, err := s.posts.CountDocuments(ctx, filter, counting)
	return page, int(n), err
}

// postsAt returns the posts of a list, without those that are gone. They are pinned or not as they were listed.
func (s *Store) postsAt(ctx context.Context, listed []listedPost) (page []posts.Post, err error) {
	if len(listed) == 0 {
		return nil, nil
	}
	found, err := s.postsOf(ctx, convert(listed, func(l listedPost) string { return l.ID }))
	for _, l := range listed {
		if p, ok := found[l.ID]; ok {
			p.Pinned = l.Place >= firstPinned
			page = append(page, *p)
		}
	}
	return page, err
}

// PostsAfter implements posts.Store. The pinned posts and the others are two ranges of places, each in the order of the posts, and
// what is wanted of each is merged. A post may be pinned or unpinned between two reads: the pinned ones, which are few, are read
// both before and after the others, so that it is in one of them.
func (s *Store) PostsAfter(ctx context.Context, f posts.Filter, after posts.Position, except []string) (page []posts.Post, next posts.Position, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	ranges := []bool{true, false, true}
	if f.Pinned != nil {
		ranges = []bool{*f.Pinned}
	}
	var listed []listedPost
	for _, pinned := range ranges {
		some, err := s.listedPosts(ctx, wantedAfter(f, pinned, after, except), 0, f.Limit+1)
		if err != nil {
			return nil, next, err
		}
		listed = append(listed, some...)
	}
	slices.SortStableFunc(listed, func(a, b listedPost) int {
		return cmp.Or(cmp.Compare(b.Place%firstPinned, a.Place%firstPinned), cmp.Compare(b.ID, a.ID))
	})
	listed = slices.CompactFunc(listed, func(a, b listedPost) bool { return a.ID == b.ID })
	if len(listed) > f.Limit {
		listed = listed[:f.Limit]
		last := listed[f.Limit-1]
		next = posts.Position{Order: last.Place % firstPinned, ID: last.ID}
	}
	page, err = s.postsAt(ctx, listed)
	return page, next, err
}

// wantedAfter is the filter of what f lists of the pinned posts or of the others, after a position and without the posts in except.
func wantedAfter(f posts.Filter, pinned bool, after posts.Position, except []string) bson.D {
	f.Pinned = &pinned
	filter := wantedPosts(f)
	if len(except) > 0 {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$nin", Value: except}}})
	}
	if after == (posts.Position{}) {
		return filter
	}
	low, place := bson.E{Key: "$gt", Value: int64(0)}, after.Order
	if pinned {
		low, place = bson.E{Key: "$gte", Value: firstPinned}, place+firstPinned
	}
	return append(beyond("place", place, after.ID, -1, low), filter[1:]...)
}

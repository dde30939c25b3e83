package sqlite

import (
	"cmp"
	"context"
	"slices"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

const (
	exceptPosts = `NOT IN (SELECT place FROM posts WHERE id IN (SELECT value FROM json_each(?3)))`

	placesBetween query = `SELECT place FROM posts WHERE place BETWEEN ?1 AND ?2 AND place ` + exceptPosts + `
		ORDER BY place DESC LIMIT ?4`
	placesBetweenInCategory query = `SELECT place FROM posts WHERE category = ?5 AND place BETWEEN ?1 AND ?2 AND place ` + exceptPosts + `
		ORDER BY place DESC LIMIT ?4`
	placesBetweenFound query = `SELECT rowid FROM posts_search WHERE posts_search MATCH ?5 AND rowid BETWEEN ?1 AND ?2 AND rowid ` + exceptPosts + `
		ORDER BY rowid DESC LIMIT ?4`
	postsAt query = selectPost + `WHERE p.place IN (SELECT value FROM json_each(?))`
)

// PostsAfter implements posts.Store. The pinned posts and the others are two ranges of places, each in the order of the posts, and
// what is wanted of each is merged.
func (s *Store) PostsAfter(ctx context.Context, f posts.Filter, after posts.Position, except []string) (page []posts.Post, next posts.Position, err error) {
	last := firstPinned - 1
	if after != (posts.Position{}) {
		// No other post has the order.
		last = after.Order - 1
	}
	err = s.snapshot(ctx, func(src source) error {
		var places []int64
		for _, pinned := range []bool{true, false} {
			if f.Pinned != nil && *f.Pinned != pinned {
				continue
			}
			some, err := placesIn(src, f, placeOf(0, pinned), placeOf(last, pinned), except)
			if err != nil {
				return err
			}
			places = append(places, some...)
		}
		slices.SortFunc(places, func(a, b int64) int { return cmp.Compare(b%firstPinned, a%firstPinned) })
		page, next, err = postsAtPlaces(src, places, f.Limit)
		return err
	})
	if err != nil {
		return nil, posts.Position{}, err
	}
	return page, next, nil
}

// postsAtPlaces returns the first posts of some places, and the position of the last one if there are more.
func postsAtPlaces(src source, places []int64, limit int) (page []posts.Post, next posts.Position, err error) {
	asked, err := toJSON(append([]int64{}, places[:min(len(places), limit)]...))
	if err != nil {
		return nil, next, err
	}
	rows, err := list(src, postsAt, scanPost, asked)
	if err != nil {
		return nil, next, err
	}
	for _, row := range rows {
		page = append(page, row.Post)
	}
	slices.SortFunc(page, func(a, b posts.Post) int { return cmp.Compare(b.Order, a.Order) })
	if len(places) > limit {
		next = page[limit-1].Position()
	}
	return page, next, nil
}

// placesIn returns the highest places from low to high of posts that the filter lets through, one more than its limit.
func placesIn(src source, f posts.Filter, low, high int64, except []string) ([]int64, error) {
	without, err := toJSON(append([]string{}, except...))
	if err != nil {
		return nil, err
	}
	q, args := placesBetween, []any{low, high, without, f.Limit + 1}
	switch {
	case f.Search != nil:
		q, args = placesBetweenFound, append(args, matching(f))
	case f.Category != "":
		q, args = placesBetweenInCategory, append(args, f.Category)
	}
	return list(src, q, scalar[int64], args...)
}

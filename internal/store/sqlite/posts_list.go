package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

const (
	// The page's places come from a narrow index, and only then the posts at them.
	selectPostsAt = selectPost + `WHERE p.place IN (`
	inListOrder   = `) ORDER BY p.place DESC`

	listPosts query = selectPostsAt + `SELECT place FROM posts WHERE place BETWEEN ? AND ?
		ORDER BY place DESC LIMIT ? OFFSET ?` + inListOrder
	listPostsInCategory query = selectPostsAt + `SELECT place FROM posts WHERE category = ? AND place BETWEEN ? AND ?
		ORDER BY place DESC LIMIT ? OFFSET ?` + inListOrder
	// The same from the other end, for the pages of the second half: skipping to the last one reads as little as to the first.
	listPostsFromEnd query = selectPostsAt + `SELECT place FROM posts WHERE place BETWEEN ? AND ?
		ORDER BY place LIMIT ? OFFSET ?` + inListOrder
	listPostsInCategoryFromEnd query = selectPostsAt + `SELECT place FROM posts WHERE category = ? AND place BETWEEN ? AND ?
		ORDER BY place LIMIT ? OFFSET ?` + inListOrder
	searchPosts query = selectPostsAt + `SELECT rowid FROM posts_search WHERE posts_search MATCH ? AND rowid BETWEEN ? AND ?
		ORDER BY rowid DESC LIMIT ? OFFSET ?` + inListOrder

	countPosts query = `SELECT coalesce(sum(posts), 0) FROM post_counts
		WHERE (?1 = '' OR category = ?1) AND (?2 IS NULL OR pinned = ?2)`
	countFound query = `SELECT count(*) FROM (SELECT rowid FROM posts_search WHERE posts_search MATCH ? AND rowid BETWEEN ? AND ?
		LIMIT ?)`

	placesFrom query = `SELECT place FROM posts WHERE place >= ? ORDER BY place`
	addToCount query = `INSERT INTO post_counts (category, pinned, posts) VALUES (?1, ?2, ?3)
		ON CONFLICT (category, pinned) DO UPDATE SET posts = posts + ?3`
	indexPost   query = `INSERT INTO posts_search (rowid, words) VALUES (?, ?)`
	unindexPost query = `DELETE FROM posts_search WHERE rowid = ?`
)

// firstPinned is the lowest place of a pinned post; the places of the others are below.
const firstPinned = int64(1) << 62

// placeOf is where a post belongs in the list: its order, and higher for what is pinned. One number orders the list and the
// search alike, since an index of words can be read in the order of its row numbers only.
func placeOf(order int64, pinned bool) int64 {
	if pinned {
		order += firstPinned
	}
	return order
}

// freeOrder returns the order of a post created at that time, or the next one if others were created in that microsecond: no post
// has it, pinned or not, so that it stays with a post that is pinned later.
func (t *tx) freeOrder(createdAt time.Time) (int64, error) {
	for order := max(toMicros(createdAt), 1); ; {
		unpinned, err := t.freePlace(order)
		if err != nil {
			return 0, err
		}
		pinned, err := t.freePlace(placeOf(unpinned, true))
		if err != nil {
			return 0, err
		}
		if order = pinned - firstPinned; order == unpinned {
			return order, nil
		}
	}
}

// freePlace returns the place, or the first one after it that is free.
func (t *tx) freePlace(place int64) (int64, error) {
	err := t.each(placesFrom, func(rows *sql.Rows) error {
		next, err := scalar[int64](rows)
		if err == nil && next > place {
			return errEnough
		}
		place++
		return err
	}, place)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return place, err
}

// listPost makes a post findable, and counts it.
func (t *tx) listPost(place int64, p posts.Post) error {
	if _, err := t.exec(indexPost, place, searchable(p.Category, p.Title, p.Content)); err != nil {
		return err
	}
	_, err := t.exec(addToCount, p.Category, p.Pinned, 1)
	return err
}

// unlistPost takes back what listPost did.
func (t *tx) unlistPost(p postRow) error {
	if _, err := t.exec(unindexPost, p.place); err != nil {
		return err
	}
	_, err := t.exec(addToCount, p.Category, p.Pinned, -1)
	return err
}

// mark begins the words of the index that are no grams: it is of private use, and so in no gram.
const mark = "\uf8ff"

// searchable are the words that a post is found by: its category, and the grams and signs of its title and of its content, with
// marks between them that no phrase goes across.
func searchable(category posts.Category, title, content string) string {
	words := []string{mark + string(category)}
	for _, grams := range [][]string{hangul.Grams(title), hangul.Grams(content), hangul.Signs(title), hangul.Signs(content)} {
		words = append(append(words, grams...), mark)
	}
	return indexed(words)
}

// indexed writes words in the language of the index, whose tokenizer takes ASCII punctuation for separators: each sign of it becomes
// a character of private use.
func indexed(words []string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			return '\ue000' + r
		}
		return r
	}, strings.Join(words, " "))
}

// matching writes a search in the language of the index. No gram has a character that means anything else there.
func matching(f posts.Filter) string {
	match := `"` + indexed(f.Search.Grams) + `"`
	if f.Search.Prefix {
		match += " *"
	}
	if f.Category != "" {
		match += ` AND "` + mark + string(f.Category) + `"`
	}
	return match
}

// ListPosts implements posts.Store.
func (s *Store) ListPosts(ctx context.Context, f posts.Filter) (page []posts.Post, total int, err error) {
	err = s.snapshot(ctx, func(src source) error {
		var rows []postRow
		if f.Search != nil {
			rows, total, err = found(src, f)
		} else {
			rows, total, err = listed(src, f)
		}
		for _, row := range rows {
			page = append(page, row.Post)
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return page, total, nil
}

// listed returns a part of the list. Nothing is skipped to get to a page beyond the last.
func listed(src source, f posts.Filter) (page []postRow, total int, err error) {
	var pinned any
	if f.Pinned != nil {
		pinned = *f.Pinned
	}
	if total, err = one(src, countPosts, scalar[int], f.Category, pinned); err != nil || f.Offset >= total {
		return nil, total, err
	}
	low, high := places(f.Pinned)
	limit := min(f.Limit, total-f.Offset)
	q, inCategory, offset := listPosts, listPostsInCategory, f.Offset
	if left := total - f.Offset - limit; left < offset {
		q, inCategory, offset = listPostsFromEnd, listPostsInCategoryFromEnd, left
	}
	args := []any{low, high, limit, offset}
	if f.Category != "" {
		q, args = inCategory, append([]any{f.Category}, args...)
	}
	page, err = list(src, q, scanPost, args...)
	return page, total, err
}

// found returns a part of what a search finds. Counting is most of the work, so it is left out where the page shows the end.
func found(src source, f posts.Filter) (page []postRow, total int, err error) {
	match := matching(f)
	low, high := places(f.Pinned)
	limit := min(f.Limit, posts.MaxFound-f.Offset)
	if limit > 0 {
		if page, err = list(src, searchPosts, scanPost, match, low, high, limit, f.Offset); err != nil {
			return nil, 0, err
		}
		if len(page) < limit && (len(page) > 0 || f.Offset == 0) {
			return page, f.Offset + len(page), nil
		}
	}
	total, err = one(src, countFound, scalar[int], match, low, high, posts.MaxFound)
	return page, total, err
}

// places are the lowest and the highest place of the posts that are pinned, of the others, or of all.
func places(pinned *bool) (low, high int64) {
	switch {
	case pinned == nil:
		return 0, math.MaxInt64
	case *pinned:
		return firstPinned, math.MaxInt64
	}
	return 0, firstPinned - 1
}

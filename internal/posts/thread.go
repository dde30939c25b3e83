package posts

import (
	"cmp"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/dongbaejul/dongbaejul/internal/page"
)

// shown returns those comments that readers see, in the same order: all that are not deleted, and of the deleted ones those
// that a reply, or a reply to a reply, still hangs on. So a deleted comment goes when its last reply goes, without a step
// of its own. Outlines are small, and replies may go as deep as people like: a thread is walked up, each
// comment once.
func shown(comments []Outline) []Outline {
	byID := make(map[string]int, len(comments))
	for i, c := range comments {
		byID[c.ID] = i
	}
	keep := make([]bool, len(comments))
	for i, c := range comments {
		for ok := !c.Deleted; ok && !keep[i]; i, ok = byID[comments[i].ParentID] {
			keep[i] = true
		}
	}
	var out []Outline
	for i, c := range comments {
		if keep[i] {
			out = append(out, c)
		}
	}
	return out
}

const (
	// pageBytes is how much the texts of one page's comments take at most, unless a single one takes more.
	pageBytes = 512 << 10
	// mostComments is how many comments a page has at most.
	mostComments = 100
)

// nextPage returns the comments of the page after a place: at most limit of them, and at most pageBytes of text. more is
// whether others follow.
func nextPage(all []Outline, after place, limit int) (page []Outline, more bool) {
	size := 0
	for i, c := range all {
		if !after.before(c) {
			continue
		}
		if size += c.Size; len(page) == limit || len(page) > 0 && size > pageBytes {
			return page, true
		}
		page = append(page, all[i])
	}
	return page, false
}

// place is where a page of comments begins: after the comment created at that microsecond with that id. The zero place is
// before all.
type place struct {
	at int64
	id string
}

// before reports whether the place is before a comment.
func (p place) before(c Outline) bool {
	return cmp.Or(cmp.Compare(p.at, c.CreatedAt.UnixMicro()), cmp.Compare(p.id, c.ID)) < 0
}

// token is the place after a comment as a page token.
func token(c Outline) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.CreatedAt.UnixMicro(), 10) + " " + c.ID))
}

// placeOf returns the place that a page token names.
func placeOf(token string) (place, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return place{}, page.ErrToken
	}
	at, id, ok := strings.Cut(string(raw), " ")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !ok {
		return place{}, page.ErrToken
	}
	return place{at: micros, id: id}, nil
}

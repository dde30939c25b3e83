package posts

import "cmp"

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

// nextPage returns the comments of the page after a place, which is nil for the first page: at most limit of them, and at most
// pageBytes of text. more reports whether others follow.
func nextPage(all []Outline, after *commentPlace, limit int) (found []Outline, more bool) {
	size := 0
	for _, c := range all {
		if after != nil && !after.before(c) {
			continue
		}
		if size += c.Size; len(found) == limit || len(found) > 0 && size > pageBytes {
			return found, true
		}
		found = append(found, c)
	}
	return found, false
}

// commentPlace is where a page of comments begins: after the comment created at that microsecond with that ID.
type commentPlace struct {
	At int64  `json:"a"`
	ID string `json:"i"`
}

// placeOf returns the place of a comment.
func placeOf(c Outline) commentPlace { return commentPlace{At: c.CreatedAt.UnixMicro(), ID: c.ID} }

// before reports whether the place is before a comment.
func (p commentPlace) before(c Outline) bool {
	return cmp.Or(cmp.Compare(p.At, c.CreatedAt.UnixMicro()), cmp.Compare(p.ID, c.ID)) < 0
}

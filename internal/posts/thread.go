package posts

// shown gives those comments that readers see, in the same order: all that are not deleted, and of the deleted ones those
// that a reply, or a reply to a reply, still hangs on. So a deleted comment goes when its last reply goes, without a step
// of its own. Comments are few (see maxComments), and replies may go as deep as people like: a thread is walked up, each
// comment once.
func shown(comments []Comment) []Comment {
	byID := make(map[string]int, len(comments))
	for i, c := range comments {
		byID[c.ID] = i
	}
	keep := make([]bool, len(comments))
	for i, c := range comments {
		for ok := !c.deleted(); ok && !keep[i]; i, ok = byID[comments[i].ParentID] {
			keep[i] = true
		}
	}
	var out []Comment
	for i, c := range comments {
		if keep[i] {
			out = append(out, c)
		}
	}
	return out
}

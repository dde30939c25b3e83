package posts

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestShown(t *testing.T) {
	for _, tt := range []struct {
		name string
		// comments are "id" or "id<parent", with a ! before those that are deleted.
		comments string
		want     string
	}{
		{"none", "", ""},
		{"all are kept", "a b<a c<b d", "a b c d"},
		{"a deleted one without replies goes", "a !b c", "a c"},
		{"a deleted one with a reply stays", "!a b<a", "a b"},
		{"it goes with its last reply", "!a !b<a !c<a", ""},
		{"it stays for one reply of two", "!a !b<a c<a", "a c"},
		{"it stays for a reply to a reply", "!a !b<a !c<b d<c !e<b", "a b c d"},
		{"a deleted reply to a kept one goes", "a !b<a", "a"},
		{"a reply may come before what it answers", "b<a !a", "b a"},
		{"a reply to what is not there", "b<a", "b"},
		{"a thread that answers itself ends", "!a<b b<a", "a b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := names(shown(thread(tt.comments))); got != tt.want {
				t.Errorf("shown %q, want %q", got, tt.want)
			}
		})
	}
}

// TestShownIsWhatSomebodyNeeds compares with the rule as it is said: a comment is shown if it is not deleted, or if
// somebody's shown comment answers it.
func TestShownIsWhatSomebodyNeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "n")
		comments := make([]Outline, n)
		for i := range comments {
			comments[i].ID = string(rune('A' + i))
			if parent := rapid.IntRange(-1, i-1).Draw(t, "parent"); parent >= 0 {
				comments[i].ParentID = comments[parent].ID
			}
			if rapid.Bool().Draw(t, "deleted") {
				comments[i].Deleted = true
			}
		}
		want := slices.Clone(comments)
		for removed := true; removed; {
			before := len(want)
			want = slices.DeleteFunc(slices.Clone(want), func(c Outline) bool {
				return c.Deleted && !slices.ContainsFunc(want, func(reply Outline) bool { return reply.ParentID == c.ID })
			})
			removed = len(want) < before
		}
		if got := names(shown(comments)); got != names(want) {
			t.Fatalf("shown %q, want %q", got, names(want))
		}
	})
}

func thread(text string) []Outline {
	var comments []Outline
	for _, word := range strings.Fields(text) {
		var c Outline
		if rest, deleted := strings.CutPrefix(word, "!"); deleted {
			word, c.Deleted = rest, true
		}
		c.ID, c.ParentID, _ = strings.Cut(word, "<")
		comments = append(comments, c)
	}
	return comments
}

func names(comments []Outline) string {
	var out []string
	for _, c := range comments {
		out = append(out, c.ID)
	}
	return strings.Join(out, " ")
}

func TestPages(t *testing.T) {
	at := time.UnixMicro(7)
	outline := func(sizes ...int) []Outline {
		var all []Outline
		for i, size := range sizes {
			// Two at a time are created in the same microsecond.
			all = append(all, Outline{ID: string(rune('a' + i)), CreatedAt: at.Add(time.Duration(i/2) * time.Microsecond), Size: size})
		}
		return all
	}
	const half = pageBytes / 2
	for _, tt := range []struct {
		name     string
		comments []Outline
		limit    int
		want     string
	}{
		{"none", nil, 3, ""},
		{"one page", outline(1, 1, 1), 3, "abc"},
		{"several", outline(1, 1, 1, 1, 1), 2, "ab cd e"},
		{"what is large ends a page", outline(half, half, 1, half, half), 9, "ab cd e"},
		{"what is too large is alone", outline(1, pageBytes+1, 1, 2*pageBytes), 9, "a b c d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for after, more := (*commentPlace)(nil), true; more; {
				var page []Outline
				page, more = nextPage(tt.comments, after, tt.limit)
				got = append(got, strings.ReplaceAll(names(page), " ", ""))
				if len(page) == 0 {
					break
				}
				after = new(placeOf(page[len(page)-1]))
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("pages %q, want %q", got, tt.want)
			}
		})
	}
}

// TestNextPageIsWhatFollows: the place of a comment is before what follows it, in its microsecond too, and not before itself, and
// the next page begins there.
func TestNextPageIsWhatFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Outline{ID: rapid.String().Draw(t, "id"), CreatedAt: time.UnixMicro(rapid.Int64().Draw(t, "micros"))}
		next := Outline{ID: c.ID + rapid.SampledFrom([]string{"x", "\x00"}).Draw(t, "after it"), CreatedAt: c.CreatedAt}
		place := placeOf(c)
		if place.before(c) || !place.before(next) {
			t.Errorf("%v is at %v", c, place)
		}
		if page, more := nextPage([]Outline{c, next}, &place, 1); more || len(page) != 1 || page[0].ID != next.ID {
			t.Errorf("after %v comes %v", c, page)
		}
	})
}

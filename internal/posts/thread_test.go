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
			for after, more := (place{}), true; more; {
				var page []Outline
				page, more = nextPage(tt.comments, after, tt.limit)
				got = append(got, strings.ReplaceAll(names(page), " ", ""))
				if len(page) == 0 {
					break
				}
				var err error
				if after, err = placeOf(token(page[len(page)-1])); err != nil {
					t.Fatal(err)
				}
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("pages %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPageTokensAreOurs(t *testing.T) {
	for _, bad := range []string{"", "!", "YQ", "MTIz", "YSBi", strings.Repeat("A", 200)} {
		if p, err := placeOf(bad); err == nil {
			t.Errorf("%q is the place %+v", bad, p)
		}
	}
}

// FuzzPageToken: whatever is taken for a token names one place, and that of a comment names it.
func FuzzPageToken(f *testing.F) {
	for _, seed := range []string{"", "!!!", "MCA", "MSA=", "MSB4", "LTEgeA", "KzEgeA", "MDEgeA", "50%", "\u3000", "\u202e", token(Outline{ID: "019a5000-0000-7000-8000-000000000401", CreatedAt: time.UnixMicro(1 << 50)})} {
		f.Add(seed, int64(1), "c")
	}
	f.Fuzz(func(t *testing.T, s string, micros int64, id string) {
		if p, err := placeOf(s); err == nil {
			if again, err := placeOf(token(Outline{ID: p.id, CreatedAt: time.UnixMicro(p.at)})); err != nil || again != p {
				t.Errorf("%q names %v, written again %v: %v", s, p, again, err)
			}
		}
		c := Outline{ID: id, CreatedAt: time.UnixMicro(micros)}
		p, err := placeOf(token(c))
		if err != nil || p.before(c) || !p.before(Outline{ID: id + "\x00", CreatedAt: c.CreatedAt}) {
			t.Errorf("%v has the token %q of %v: %v", c, token(c), p, err)
		}
		// The next page begins with what follows, in whatever place the comments were read.
		next := Outline{ID: id + "x", CreatedAt: c.CreatedAt}
		if page, more := nextPage([]Outline{c, next}, p, 1); more || len(page) != 1 || page[0].ID != next.ID {
			t.Errorf("after %v comes %v", c, page)
		}
	})
}

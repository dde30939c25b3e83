package sqlite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// manyPosts is how many posts the board of the benchmarks has.
const manyPosts = 100_000

// prose writes Korean-looking texts whose words are as unevenly frequent as those of real ones.
type prose struct {
	words []string
	zipf  *rand.Zipf
}

func newProse(random *rand.Rand) *prose {
	syllables := []rune("가나다라마바사아자차카타파하거너더러머버서어저처고노도로모보소오조초구누두루무부수우주추기니디리미비시이지치" +
		"강남동민준현진영수정은선희김박최한전국운장체육관복식단경회원공질문일요토금월화목녁후간참신청용")
	p := &prose{words: []string{"배드민턴", "모임", "동탄", "체육관", "셔틀콕", "라켓", "복식", "회원", "참가", "신청"}}
	for len(p.words) < 20_000 {
		word := make([]rune, 1+random.IntN(4))
		for i := range word {
			word[i] = syllables[random.IntN(len(syllables))]
		}
		p.words = append(p.words, string(word))
	}
	p.zipf = rand.NewZipf(random, 1.1, 4, uint64(len(p.words)-1))
	return p
}

func (p *prose) write(bytes int) string {
	var b strings.Builder
	for b.Len() < bytes {
		b.WriteString(p.words[p.zipf.Uint64()])
		b.WriteByte(' ')
	}
	return b.String()
}

// fillBoard writes manyPosts posts of ten years, a thousand a commit and without waiting for the disk.
func fillBoard(b *testing.B, s *Store) {
	b.Helper()
	start := time.Now()
	ctx := context.Background()
	if _, err := s.writer.conn.ExecContext(ctx, `PRAGMA synchronous = OFF`); err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	text := newProse(random)
	categories := []posts.Category{
		posts.Notice, posts.Free, posts.Free, posts.Free, posts.Question, posts.Market, posts.Gallery, posts.Band,
	}
	at := time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; i < manyPosts; {
		err := s.write(ctx, func(t *tx) error {
			for range 1000 {
				at = at.Add(time.Duration(random.ExpFloat64() * float64(10*365*24*time.Hour) / manyPosts))
				i++
				if _, err := t.addPost(posts.Post{
					ID: postID(i), Title: text.write(20), Content: text.write(300), Category: categories[random.IntN(len(categories))],
					Pinned: i%(manyPosts/10) == 0, AuthorID: fmt.Sprintf("user-%030d", i%200), CreatedAt: at,
				}, 0); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if _, err := s.writer.conn.ExecContext(ctx, `PRAGMA wal_checkpoint(RESTART); PRAGMA synchronous = FULL`); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d posts written in %v", manyPosts, time.Since(start))
}

func postID(i int) string { return fmt.Sprintf("post-%031d", i) }

// crowd makes 200 people read, 50 of them like, and 20 of them comment on each of the posts that f lists.
func crowd(b *testing.B, s *Store, f posts.Filter) {
	b.Helper()
	page, _, err := s.ListPosts(b.Context(), f)
	if err != nil {
		b.Fatal(err)
	}
	err = s.write(b.Context(), func(t *tx) error {
		for _, p := range page {
			n, err := one(t, postNumber, scalar[int64], p.ID)
			if err != nil {
				return err
			}
			for i := range 200 {
				user := fmt.Sprintf("user-%030d", i)
				if _, err := t.exec(insertRead, n, user, 1); err != nil {
					return err
				}
				if i%4 == 0 {
					if _, err := t.exec(insertLike, n, user, 1); err != nil {
						return err
					}
				}
				if i%10 == 0 {
					if _, err := t.exec(insertComment, p.ID+user, n, "", user, sentence, i, 0, 0, "", false); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// measure lists what f asks for, each of the fs in turn, and reports how long the middle one and the 99th of a hundred took.
func measure(b *testing.B, s *Store, want int, fs ...posts.Filter) {
	b.Helper()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		page, total, err := s.ListPosts(context.Background(), fs[i%len(fs)])
		took = append(took, time.Since(start))
		if err != nil || want >= 0 && len(page) != want {
			b.Fatalf("a page of %d of %d: %v", len(page), total, err)
		}
	}
	slices.Sort(took)
	for _, percent := range []int{50, 99} {
		b.ReportMetric(float64(took[(len(took)-1)*percent/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", percent))
	}
}

// BenchmarkListPosts reads pages of 20.
func BenchmarkListPosts(b *testing.B) {
	s := open(b)
	fillBoard(b, s)
	for _, page := range []int{1, 1000, 5000} {
		f := posts.Filter{Offset: (page - 1) * 20, Limit: 20}
		crowd(b, s, f)
		b.Run(fmt.Sprintf("page=%d", page), func(b *testing.B) { measure(b, s, 20, f) })
	}
	free := posts.Filter{Category: posts.Free, Offset: 999 * 20, Limit: 20}
	b.Run("page=1000,category=free", func(b *testing.B) { measure(b, s, 20, free) })
	pinned := posts.Filter{Pinned: new(true), Limit: 20}
	b.Run("pinned", func(b *testing.B) { measure(b, s, 10, pinned) })
}

// BenchmarkSearch100k searches for words of every frequency; each search lists 20 posts and counts what it finds. The words
// spelt out here are in half to four fifths of the posts.
func BenchmarkSearch100k(b *testing.B) {
	s := open(b)
	fillBoard(b, s)
	crowd(b, s, posts.Filter{Limit: 100})
	words := newProse(rand.New(rand.NewPCG(1, 2))).words
	var mixed []posts.Filter
	for _, kind := range []struct {
		name string
		fs   []posts.Filter
	}{
		{"two-syllables-common", []posts.Filter{search(b, "모임"), search(b, "동탄"), search(b, "드민")}},
		{"two-syllables-rare", []posts.Filter{search(b, words[5000][:6]), search(b, words[15001][:6])}},
		{"word-everywhere", []posts.Filter{search(b, "배드민턴"), search(b, "체육관")}},
		{"one-syllable", []posts.Filter{search(b, "동"), search(b, "가")}},
		{"two-words", []posts.Filter{search(b, words[60]+" "+words[200]), search(b, words[100]+" 모임")}},
		{"nothing", []posts.Filter{search(b, "없다는말임"), search(b, "qwerty")}},
		{"in-a-category", []posts.Filter{within(search(b, "모임"), posts.Market), within(search(b, "배드민턴"), posts.Notice)}},
		{"page=100", []posts.Filter{{Search: search(b, "모임").Search, Offset: 99 * 20, Limit: 20}}},
	} {
		b.Run(kind.name, func(b *testing.B) { measure(b, s, -1, kind.fs...) })
		mixed = append(mixed, kind.fs...)
	}
	b.Run("mixed", func(b *testing.B) { measure(b, s, -1, mixed...) })
	// The worst there is: every post has the grams of both words, and few have them side by side.
	b.Run("two-words-everywhere", func(b *testing.B) { measure(b, s, -1, search(b, "배드민턴 모임"), search(b, "동탄 체육관")) })
}

func within(f posts.Filter, c posts.Category) posts.Filter {
	f.Category = c
	return f
}

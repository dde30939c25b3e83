package sqlite

import (
	"errors"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

func search(t testing.TB, text string) posts.Filter {
	t.Helper()
	q, ok := hangul.ParseQuery(text)
	if !ok {
		t.Fatalf("nothing to look for in %q", text)
	}
	return posts.Filter{Search: &q, Limit: 20}
}

// TestSearchIsBounded has more posts with a word than a search finds.
func TestSearchIsBounded(t *testing.T) {
	s := open(t)
	const numbers = `WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ?) `
	for _, insert := range []string{
		`INSERT INTO posts (place, id, title, content, category, untold, attachments, author, created_at, updated_at, request_hash)
			SELECT n, n, '', '', 'free', 0, '', '', n, 0, '' FROM i`,
		`INSERT INTO posts_search (rowid, words) SELECT n, '동탄' FROM i`,
	} {
		if _, err := s.writer.conn.ExecContext(t.Context(), numbers+insert, posts.MaxFound+100); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ offset, want int }{
		{0, 20}, {posts.MaxFound - 20, 20}, {posts.MaxFound - 5, 5}, {posts.MaxFound, 0}, {posts.MaxFound + 50, 0},
	} {
		f := search(t, "동탄")
		f.Offset = tt.offset
		page, total, err := s.ListPosts(t.Context(), f)
		if err != nil || len(page) != tt.want || total != posts.MaxFound {
			t.Errorf("at %d: a page of %d of %d, %v; want %d of %d", tt.offset, len(page), total, err, tt.want, posts.MaxFound)
		}
	}
}

// TestWriteUndoneLeavesNoTrace undoes the creation of a post in the middle of a batch.
func TestWriteUndoneLeavesNoTrace(t *testing.T) {
	s := open(t)
	undone := errors.New("undone")
	post := func(id string) posts.Post {
		return posts.Post{ID: id, Title: "동탄", Content: "모임", Category: posts.Free, CreatedAt: time.UnixMicro(1)}
	}
	err := s.write(t.Context(), func(t *tx) error {
		if _, err := t.addPost(post("a"), 0); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatalf("the error is %v", err)
	}
	if _, _, err := s.CreatePost(t.Context(), post("b")); err != nil {
		t.Fatal(err)
	}
	for _, f := range []posts.Filter{{Limit: 20}, search(t, "동탄")} {
		page, total, err := s.ListPosts(t.Context(), f)
		if err != nil || len(page) != 1 || page[0].ID != "b" || total != 1 {
			t.Errorf("a page of %d of %d, %v: %v", len(page), total, err, page)
		}
	}
}

// TestDeletedPostLeavesNoRows looks into the tables, where nothing of a deleted post may be left but its id.
func TestDeletedPostLeavesNoRows(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	p := posts.Post{ID: "p", Title: "동탄", Content: "모임", Category: posts.Free, CreatedAt: time.UnixMicro(1)}
	_, _, created := s.CreatePost(ctx, p)
	_, _, commented := s.CreateComment(ctx, posts.Comment{ID: "c", PostID: "p", CreatedAt: time.UnixMicro(1)}, 2000)
	_, _, read := s.MarkPostRead(ctx, "p", "u", time.UnixMicro(1))
	_, _, liked := s.Like(ctx, "p", "u", new(true), time.UnixMicro(1))
	if err := errors.Join(created, commented, read, liked); err != nil {
		t.Fatal(err)
	}
	tables := map[string]int{"posts": 1, "posts_search": 1, "post_likes": 1, "post_reads": 1, "comments": 1, "deleted_posts": 0}
	count := func() {
		t.Helper()
		for table, want := range tables {
			rows, err := one(s.read(ctx), query(`SELECT count(*) FROM `+table), scalar[int])
			if err != nil || rows != want {
				t.Errorf("%s has %d rows, %v; want %d", table, rows, err, want)
			}
		}
	}
	count()
	if err := s.DeletePost(ctx, "p", "by"); err != nil {
		t.Fatal(err)
	}
	for table := range tables {
		tables[table] = 0
	}
	tables["deleted_posts"] = 1
	count()
}

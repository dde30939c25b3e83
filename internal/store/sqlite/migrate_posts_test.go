package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// openVersion opens a store whose file was made by the first migrations only, and filled by script.
func openVersion(t *testing.T, version int, script string) *Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "club.db")
	must(t, os.WriteFile(path, nil, 0o600))
	db, err := sql.Open(driverName, dsn(path))
	must(t, err)
	all, err := migrations()
	must(t, err)
	conn, err := db.Conn(context.Background())
	must(t, err)
	must(t, migrate(t.Context(), conn, 0, all[:version]))
	_, err = conn.ExecContext(t.Context(), script)
	must(t, err)
	must(t, conn.Close())
	must(t, db.Close())
	return openAt(t, path, Options{})
}

func TestStoredNotificationsLoseTheirTexts(t *testing.T) {
	s := openVersion(t, 6, `
		INSERT INTO notifications VALUES ('u', 1, 0, 7, 'a', 'comment/c', 'comment', '제목', '내용', '', 'p', 'c', '', '');
		INSERT INTO notifications VALUES ('u', 2, 9, 7, 'b', 'broadcast/kept', 'broadcast', '공지', '전문', '', '', '', '', '');
		INSERT INTO notifications VALUES ('u', 3, 9, 7, 'c', 'broadcast/pruned', 'broadcast', '옛 공지', '옛 전문', '', '', '', '', '');
		INSERT INTO notifications VALUES ('v', 1, 0, 8, 'd', 'broadcast/pruned', 'broadcast', '옛 공지', '옛 전문', '', '', '', '', '');
		INSERT INTO announcements VALUES ('kept', 'admin', '공지', '전문', 5, 6);`)
	got, err := s.NotificationsAfter(t.Context(), "u", 0, 10)
	must(t, err)
	want := notifications.Notification{ID: "a", Seq: 1, CreatedAt: fromMicros(7), Notice: notifications.Notice{
		UserID: "u", Key: "comment/c", Kind: notifications.KindComment, PostID: "p", CommentID: "c",
	}}
	if len(got) != 3 || got[0] != want || got[2].ReadAt != fromMicros(9) {
		t.Errorf("the log is %+v", got)
	}
	announced, err := s.Announcements(t.Context(), []string{"kept", "pruned"})
	must(t, err)
	for _, a := range announced {
		want := map[string]notifications.Announcement{
			"kept":   {ID: "kept", By: "admin", Title: "공지", Body: "전문", CreatedAt: fromMicros(5), SentAt: fromMicros(6)},
			"pruned": {ID: "pruned", Title: "옛 공지", Body: "옛 전문", CreatedAt: fromMicros(7), SentAt: fromMicros(7)},
		}[a.ID]
		if a != want {
			t.Errorf("got %+v, want %+v", a, want)
		}
	}
	if len(announced) != 2 {
		t.Errorf("announcements are %+v", announced)
	}
}

// What was stored with search keys of another form is found as what is stored now.
func TestSearchKeysAreRebuilt(t *testing.T) {
	var script strings.Builder
	// More than are read at a time.
	for i := range 1001 {
		fmt.Fprintf(&script, `INSERT INTO posts (place, id, category, untold, author, created_at, updated_at, request_hash, title, attachments, content)
			VALUES (%[1]d, 'p%[1]d', 'free', 0, 'u', %[1]d, 0, '', 'Ａ조 🏸', '', '');
			INSERT INTO posts_search (rowid, words) VALUES (%[1]d, '·free Ａ조 조 ·');
			INSERT INTO post_counts (category, pinned, posts) VALUES ('free', 0, 1) ON CONFLICT DO UPDATE SET posts = posts + 1;`, i+1)
	}
	script.WriteString(`INSERT INTO users (id, band_user_id, display_name, initials, avatar, role, status, skill_level, preferences, band_name, band_image,
		created_at, last_seen_at) VALUES ('u', 'b', '김` + "\u200b" + `민수', 'ㄱ` + "\u200b" + `ㅁㅅ', '', 'member', 'active', '', '{}', '', '', 1, 1);`)
	s := openVersion(t, 17, script.String())
	for _, text := range []string{"A조", "🏸"} {
		f := search(t, text)
		f.Limit = 1
		page, total, err := s.ListPosts(t.Context(), f)
		must(t, err)
		if len(page) != 1 || page[0].ID != "p1001" || total != 1001 {
			t.Errorf("%q finds %d, the first of them %v", text, total, page)
		}
	}
	for _, text := range []string{"ㄱㅁ", "김민"} {
		found, _, err := s.ListMembers(t.Context(), users.Filter{Search: text, Status: users.Active, Limit: 10})
		must(t, err)
		if len(found) != 1 {
			t.Errorf("%q finds %v", text, found)
		}
	}
}

// Posts of one microsecond could have one order if some of them were pinned.
func TestPostsHaveOrdersOfTheirOwn(t *testing.T) {
	var script strings.Builder
	for i, place := range []int64{5, 6, 7, firstPinned + 5, firstPinned + 6, firstPinned + 8, firstPinned + 9} {
		fmt.Fprintf(&script, `INSERT INTO posts (place, id, category, untold, author, created_at, updated_at, request_hash, title, attachments, content)
			VALUES (%[2]d, 'p%[1]d', 'free', 0, 'u', 5, 0, '', '제목', '', '');
			INSERT INTO post_counts (category, pinned, posts) VALUES ('free', %[3]t, 1) ON CONFLICT DO UPDATE SET posts = posts + 1;`, i, place, place >= firstPinned)
	}
	s := openVersion(t, 17, script.String())
	for name, f := range map[string]posts.Filter{"the list": {Limit: 20}, "a search": search(t, "제목")} {
		page, _, err := s.ListPosts(t.Context(), f)
		must(t, err)
		orders := make(map[int64]bool)
		for i, p := range page {
			orders[p.Order] = true
			if p.Pinned != (i < 4) {
				t.Errorf("%s: %v is number %d", name, p, i)
			}
		}
		if len(orders) != 7 {
			t.Errorf("%s has %d orders of 7 posts: %v", name, len(orders), orders)
		}
	}
}

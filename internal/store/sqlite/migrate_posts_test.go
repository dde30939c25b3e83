package sqlite

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
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
	want := notifications.Notification{ID: "a", Seq: 1, CreatedAt: moment(7), Notice: notifications.Notice{
		UserID: "u", Key: "comment/c", Kind: notifications.KindComment, PostID: "p", CommentID: "c",
	}}
	if len(got) != 3 || got[0] != want || got[2].ReadAt != moment(9) {
		t.Errorf("the log is %+v", got)
	}
	announced, err := s.Announcements(t.Context(), []string{"kept", "pruned"})
	must(t, err)
	for _, a := range announced {
		want := map[string]notifications.Announcement{
			"kept":   {ID: "kept", By: "admin", Title: "공지", Body: "전문", CreatedAt: moment(5), SentAt: moment(6)},
			"pruned": {ID: "pruned", Title: "옛 공지", Body: "옛 전문", CreatedAt: moment(7), SentAt: moment(7)},
		}[a.ID]
		if a != want {
			t.Errorf("got %+v, want %+v", a, want)
		}
	}
	if len(announced) != 2 {
		t.Errorf("announcements are %+v", announced)
	}
}

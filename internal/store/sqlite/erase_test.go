package sqlite

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// What is deleted with an account is nowhere in the file, not even where SQLite has only marked a place as free.
func TestADeletedAccountLeavesNoBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "club.db")
	s := openAt(t, path, Options{})
	const members, erased = 300, 150
	ctx, secret := t.Context(), []byte("지워질")
	for i := range members {
		id, text := fmt.Sprint("u", i), fmt.Sprint("남을사람", i)
		if i == erased {
			text = string(secret)
		}
		_, _, err := s.CreateUser(ctx, users.User{
			ID: id, BandUserID: text + " band", DisplayName: text, NameKey: text, BandName: text, BandImage: text, Avatar: text,
		})
		must(t, err)
		must(t, s.SaveBandToken(ctx, id, []byte(text)))
		for j := range 3 {
			must(t, s.CreateSession(ctx, auth.Session{
				ID: fmt.Sprintf("%s-%s-%d", id, text, j), UserID: id, Device: text, IP: text, TokenHash: text, ExpiresAt: time.Unix(1<<32, 0),
			}))
		}
		_, err = s.PutDevice(ctx, notifications.Device{Token: text, UserID: id, SessionID: text}, 10)
		must(t, err)
	}
	for range 3 {
		_, err := s.UpdateUser(ctx, fmt.Sprint("u", erased), func(u *users.User) error {
			u.DisplayName += " 또 바뀐 이름"
			return nil
		})
		must(t, err)
	}
	must(t, s.Close())
	if !holds(t, path, secret) {
		t.Fatal("it is not found before")
	}
	s = openAt(t, path, Options{})
	id := fmt.Sprint("u", erased)
	_, err := s.UpdateUser(ctx, id, func(u *users.User) error {
		*u = users.User{Status: users.Withdrawn}
		return nil
	})
	must(t, err)
	_, err = s.DeleteSessions(ctx, id)
	must(t, err)
	must(t, s.DeleteBandToken(ctx, id))
	must(t, s.EraseNotifications(ctx, id))
	must(t, s.Close())
	if holds(t, path, secret) {
		t.Error("it is found in the file")
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + suffix); !os.IsNotExist(err) {
			t.Errorf("%s is there: %v", suffix, err)
		}
	}
}

func holds(t *testing.T, path string, text []byte) bool {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return bytes.Contains(b, text)
}

package apptest

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Crowd makes n members, signed in, by the store itself: the simulated Band has not that many. They are clients of the
// servers in turn.
func Crowd(t testing.TB, in Setting, servers []*Server, n int) []*Member {
	t.Helper()
	kept, err := store.Open(t.Context(), in.MongoURI, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	crowd := make([]*Member, n)
	now := time.Now()
	for i := range crowd {
		m := &Member{ID: ids.New(), Name: fmt.Sprintf("회원%03d", i), server: servers[i%len(servers)], transport: ConnectBinary}
		user := users.User{ID: m.ID, BandUserID: "crowd-" + m.ID, DisplayName: m.Name, Role: identity.Member, Status: users.Active, CreatedAt: now}
		if _, _, err := kept.CreateUser(t.Context(), user); err != nil {
			t.Fatal(err)
		}
		session := auth.Session{ID: ids.New(), UserID: m.ID, CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(time.Hour)}
		if err := kept.CreateSession(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		m.AccessToken = accessToken(t, m.ID, session.ID, now)
		crowd[i] = m.On(t, m.server)
	}
	return crowd
}

// accessToken is one as internal/auth makes them, for the servers of tests.
func accessToken(t testing.TB, userID, sessionID string, now time.Time) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "dongbaejul-api", "aud": "dongbaejul-app", "sub": userID, "sid": sessionID, "typ": "access", "role": "member",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

package app_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// A logout that is stored is felt within 2 s, however soon its caller has hung up.
func TestALogoutIsFeltAlthoughItsCallerHangsUp(t *testing.T) {
	t.Parallel()
	const people, each = 10, 10
	server := apptest.Start(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	ended := 0
	for _, person := range server.People(t)[:people] {
		all.Go(func() {
			for range each {
				m := server.SignIn(t, person, apptest.ConnectBinary)
				// From now on the server has a copy of the session.
				if _, err := m.Auth.VerifyToken(t.Context(), &v1.VerifyTokenRequest{}); err != nil {
					t.Error(err)
					return
				}
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(4*time.Millisecond))
				_, _ = m.Auth.Logout(ctx, &v1.LogoutRequest{})
				cancel()
				began := time.Now()
				if !storedAsEnded(t, m) {
					continue
				}
				mu.Lock()
				ended++
				mu.Unlock()
				testkit.Eventually(t, "a stored logout is felt", func() bool {
					_, err := m.Auth.VerifyToken(t.Context(), &v1.VerifyTokenRequest{})
					return connect.CodeOf(err) == connect.CodeUnauthenticated
				})
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("a logout was felt after %s", took)
				}
			}
		})
	}
	all.Wait()
	if ended == 0 {
		t.Error("no logout has come through")
	}
	t.Logf("%d of %d logouts were stored", ended, people*each)
}

// storedAsEnded reports whether the member's session has ended in the store, which an exchange of its refresh token looks at. A
// logout under way has a moment to arrive there.
func storedAsEnded(t *testing.T, m *apptest.Member) bool {
	t.Helper()
	token := m.RefreshToken
	for range 10 {
		res, err := m.Auth.RefreshToken(t.Context(), &v1.RefreshTokenRequest{RefreshToken: token})
		if connect.CodeOf(err) == connect.CodeUnauthenticated {
			return true
		}
		if err != nil {
			t.Error(err)
			return false
		}
		token = res.GetRefreshToken()
	}
	return false
}

package auth_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

// registerDevice stores a device of the session that an access token is of.
func (c *club) registerDevice(p *process, accessToken, token string) {
	c.t.Helper()
	caller, err := identity.From(c.as(p, accessToken))
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = c.store.PutDevice(c.t.Context(), notifications.Device{
		ID: token, Token: token, UserID: caller.UserID, SessionID: caller.SessionID, Platform: notifications.IOS, RegisteredAt: c.clock.read(),
	}, 20)
	if err != nil {
		c.t.Fatal(err)
	}
}

// Devices go with the sessions that registered them, in whatever way these end.
func TestDevicesOfEndedSessionsAreDeleted(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(t *testing.T, c *club, p *process, here *v1.CompleteBandLoginResponse) error
		left []string
	}{
		"signed out here": {func(t *testing.T, c *club, p *process, here *v1.CompleteBandLoginResponse) error {
			_, err := p.Logout(c.as(p, here.AccessToken), &v1.LogoutRequest{})
			return err
		}, []string{"other", "somebody"}},
		"signed out everywhere": {func(t *testing.T, c *club, p *process, here *v1.CompleteBandLoginResponse) error {
			_, err := p.Logout(c.as(p, here.AccessToken), &v1.LogoutRequest{AllDevices: proto.Bool(true)})
			return err
		}, []string{"somebody"}},
		"revoked": {func(t *testing.T, c *club, p *process, here *v1.CompleteBandLoginResponse) error {
			caller, err := identity.From(c.as(p, here.AccessToken))
			if err != nil {
				return err
			}
			_, err = p.RevokeSession(c.as(p, here.AccessToken), &v1.RevokeSessionRequest{SessionId: caller.SessionID})
			return err
		}, []string{"other", "somebody"}},
		"by a stolen refresh token": {func(t *testing.T, c *club, p *process, here *v1.CompleteBandLoginResponse) error {
			token := here.RefreshToken
			for range 2 {
				next, err := refresh(p, token)
				if err != nil {
					return err
				}
				token = next.RefreshToken
			}
			if _, err := refresh(p, here.RefreshToken); err == nil {
				t.Error("an old refresh token was taken")
			}
			return nil
		}, []string{"other", "somebody"}},
		"by too many others": {func(t *testing.T, c *club, p *process, here *v1.CompleteBandLoginResponse) error {
			for range 20 {
				c.signIn(p, 1)
			}
			return nil
		}, []string{"somebody"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := open(t)
			here, other, somebody := c.signIn(p, 1), c.signIn(p, 1), c.signIn(p, 2)
			c.registerDevice(p, here.AccessToken, "here")
			c.registerDevice(p, other.AccessToken, "other")
			c.registerDevice(p, somebody.AccessToken, "somebody")
			if err := tt.end(t, c, p, here); err != nil {
				t.Fatal(err)
			}
			devices, err := c.store.Devices(t.Context(), []string{here.User.Id, somebody.User.Id})
			if err != nil {
				t.Fatal(err)
			}
			var left []string
			for _, d := range devices {
				left = append(left, d.Token)
			}
			if slices.Sort(left); !slices.Equal(left, tt.left) {
				t.Errorf("left are %q, want %q", left, tt.left)
			}
		})
	}
}

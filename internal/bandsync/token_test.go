package bandsync_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// tokens are those of users, which are refreshed at the simulator.
type tokens struct {
	c         *club
	of        map[string]auth.BandToken
	asked     []string
	refreshed []string
}

func (k *tokens) BandToken(_ context.Context, userID string) (auth.BandToken, error) {
	k.asked = append(k.asked, userID)
	if token, ok := k.of[userID]; ok {
		return token, nil
	}
	return auth.BandToken{}, fault.NotFound
}

func (k *tokens) RefreshBandToken(ctx context.Context, userID string, old auth.BandToken) (auth.BandToken, error) {
	k.refreshed = append(k.refreshed, userID)
	grant, err := k.c.client.Refresh(ctx, old.Refresh)
	if err != nil {
		return auth.BandToken{}, fault.NotFound
	}
	k.of[userID] = auth.BandToken{Access: grant.AccessToken, Refresh: grant.RefreshToken}
	return k.of[userID], nil
}

// admin makes an admin who is that member of Band.
func (c *club) admin(userKey string) string {
	c.t.Helper()
	u, _, err := c.store.CreateUser(c.t.Context(), users.User{
		ID: ids.New(), BandUserID: userKey, DisplayName: "회장 " + userKey, Role: identity.Admin, Status: users.Active, CreatedAt: time.Now(),
	})
	must(c.t, err)
	return u.ID
}

func TestTheNextAdminsTokenIsUsedWhenOneIsRefused(t *testing.T) {
	c := newClub(t, bandsim.Options{Seed: 1, Size: bandsim.Size{Posts: 3, Comments: 2, Albums: 1, Photos: 1}}, func(cfg *bandsync.Config) { cfg.Spare = nil })
	k := &tokens{c: c, of: map[string]auth.BandToken{}}
	c.config.Tokens = k
	_, err := c.service().Sync(t.Context(), false)
	wantReason(t, err, "BAND_NOT_CONNECTED")

	var admins []string
	for _, m := range c.sim.Members()[:4] {
		admins = append(admins, c.admin(m.UserKey))
	}
	slices.Sort(admins)
	_, err = c.service().Sync(t.Context(), false)
	wantReason(t, err, "BAND_NOT_CONNECTED")

	bad := band.NewSecret("ZQAAAbad")
	k.of[admins[1]] = auth.BandToken{Access: bad, Refresh: bad}
	_, err = c.service().Sync(t.Context(), false)
	wantReason(t, err, "BAND_REFUSED")
	if !slices.Equal(k.refreshed, []string{admins[1]}) {
		t.Errorf("refreshed %v", k.refreshed)
	}

	// One that can be refreshed is, once.
	good := c.tokenOf(c.sim.Members()[1].UserKey)
	k.of[admins[2]], k.refreshed = auth.BandToken{Access: bad, Refresh: good.Refresh}, nil
	_, err = c.service().Sync(t.Context(), false)
	must(t, err)
	if !slices.Equal(k.refreshed, admins[1:3]) || k.of[admins[2]].Access.Reveal() == bad.Reveal() {
		t.Errorf("refreshed %v", k.refreshed)
	}

	// Who is no admin any more is not asked.
	_, err = c.store.UpdateUser(t.Context(), admins[2], func(u *users.User) error { u.Role = identity.Member; return nil })
	must(t, err)
	_, err = c.service().Sync(t.Context(), false)
	wantReason(t, err, "BAND_REFUSED")

	// Somebody who has left the Band is refused without a refresh.
	k.of[admins[3]], k.refreshed = c.tokenOf(c.sim.Members()[2].UserKey), nil
	k.of[admins[1]] = c.tokenOf(c.sim.Members()[1].UserKey)
	c.sim.Leave(c.sim.Members()[1].UserKey)
	_, err = c.service().Sync(t.Context(), false)
	must(t, err)
	if len(k.refreshed) != 0 {
		t.Errorf("refreshed %v", k.refreshed)
	}
	if strings.Contains(c.log.String(), "ZQAAA") {
		t.Error("a token is in the log")
	}
}

func TestMembersOfAPartnersList(t *testing.T) {
	const path = "/v2/band/members"
	c := newClub(t, bandsim.Options{Seed: 1, Knobs: bandsim.Knobs{MembersPath: path}}, func(cfg *bandsync.Config) { cfg.MembersPath = path })
	gone, stays := c.sim.Members()[120], c.sim.Members()[121]
	result := c.sync(false)
	if result.People != 200 || result.New != 200 || len(c.people()) != 200 {
		t.Errorf("%+v, %d users", result, len(c.people()))
	}
	c.wantEqual("after the first sync")
	if !c.sim.Leave(gone.UserKey) {
		t.Fatal("nobody left")
	}
	result = c.sync(true)
	if result.People != 199 || result.New != 0 || result.Updated != 1 {
		t.Errorf("%+v", result)
	}
	for key, want := range map[string]users.Status{gone.UserKey: users.Withdrawn, stays.UserKey: users.Active} {
		if u, err := c.store.UserByBand(t.Context(), key); err != nil || u.Status != want {
			t.Errorf("%+v, %v", u, err)
		}
	}
}

package bandsync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
)

// knobs are all that Band's documentation leaves open, each alone.
var knobs = map[string]bandsim.Knobs{
	"the likeliest":             {},
	"echoed state":              {EchoState: true},
	"silent denial":             {DenySilently: true},
	"tokens by GET only":        {TokenGETOnly: true},
	"a short life of tokens":    {ExpiresIn: time.Minute},
	"no expires_in":             {ExpiresInAbsent: true},
	"no refresh_token":          {RefreshTokenAbsent: true},
	"refresh tokens kept":       {Refresh: bandsim.RefreshKept},
	"refresh without a token":   {Refresh: bandsim.RefreshSilent},
	"bad tokens by HTTP 200":    {BadToken: bandsim.BadTokenEnvelope200},
	"bad tokens by OAuth":       {BadToken: bandsim.BadTokenOAuth401},
	"bad tokens by a page":      {BadToken: bandsim.BadTokenHTML401},
	"shared user keys":          {SharedUserKeys: true},
	"no cool-down":              {CoolDown: -1},
	"cool-downs without a time": {CoolDownAnswer: bandsim.CoolDownUntimed},
	"cool-downs by HTTP 429":    {CoolDownAnswer: bandsim.CoolDown429},
	"limit honoured":            {LimitHonoured: true},
	"last page without params":  {LastPage: bandsim.LastPageAbsent},
	"last page with empty ones": {LastPage: bandsim.LastPageEmpty},
	"limit is a number":         {LimitIsNumber: true},
	"no items when empty":       {ItemsAbsentWhenEmpty: true},
	"latest comments always":    {LatestCommentsAlways: true},
	"documented authors":        {Author: bandsim.AuthorDocumented},
	"album author":              {AlbumAuthor: true},
	"permission":                {PermissionSingular: true},
	"no photo":                  {PostPhoto: bandsim.PostPhotoAbsent},
	"photo is a map":            {PostPhoto: bandsim.PostPhotoEmptyMap},
	"photo is a list":           {PostPhoto: bandsim.PostPhotoEmptyList},
	"2300 is 60401":             {RemoveForeign: bandsim.RemoveForeign60401},
	"2300 is 10403":             {RemoveForeign: bandsim.RemoveForeign10403},
	"latency":                   {Latency: time.Millisecond},
	"hanging writes":            {HangAfterWrite: true},
}

var smallClub = bandsim.Size{Posts: 45, Comments: 60, Albums: 22, Photos: 90}

// TestEveryKnob syncs a club of each kind that Band may be, lets it change, and syncs it again. What is in the store is compared with what
// the likeliest Band has.
func TestEveryKnob(t *testing.T) {
	for name, knob := range knobs {
		if shortened() && name != "the likeliest" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClub(t, bandsim.Options{Seed: 1, Size: smallClub, Knobs: knob})
			k := c.connect(c.tokenOf(c.sim.Members()[0].UserKey))
			c.sync(false)
			c.sim.Set(bandsim.Knobs{})
			c.wantEqual("after the first sync")
			random := rand.New(rand.NewPCG(1, 1))
			for range 30 {
				c.sim.Change(random)
			}
			c.sim.Set(knob)
			c.sync(true)
			c.sim.Set(bandsim.Knobs{})
			c.wantEqual("after the second sync")
			if len(k.refreshed) != 0 {
				t.Errorf("%d refreshes", len(k.refreshed))
			}
		})
	}
}

// TestBareAuthors syncs a Band that says no more of people than their names: they are no users, but named.
func TestBareAuthors(t *testing.T) {
	skipIfShort(t)
	c := newClub(t, bandsim.Options{Seed: 1, Size: smallClub, Knobs: bandsim.Knobs{Author: bandsim.AuthorBare}})
	for range 2 {
		c.sync(true)
		c.wantEqual("without user keys")
	}
	for p, err := range c.client.Posts(t.Context(), c.token, c.sim.BandKey()) {
		must(t, err)
		if got, err := c.store.Post(t.Context(), bandsync.PostID(p.Key)); err != nil || got.AuthorID != "" || got.AuthorName != p.Author.Name || p.Author.Name == "" {
			t.Errorf("%q is by %q, %q in Band, %v", got.Title, got.AuthorName, p.Author.Name, err)
		}
	}
	// Band says more later.
	c.sim.Set(bandsim.Knobs{})
	c.sync(true)
	c.wantEqual("with user keys")
}

// TestConsent syncs nothing with the token of somebody who has not allowed this Band, says so, and syncs once they have.
func TestConsent(t *testing.T) {
	skipIfShort(t)
	for _, consent := range []bandsim.Consent{bandsim.ConsentSome, bandsim.ConsentNone} {
		c := newClub(t, bandsim.Options{Seed: 1, Size: smallClub, Knobs: bandsim.Knobs{Consent: consent}})
		leader := c.sim.Members()[0].UserKey
		k := c.connect(c.tokenOf(leader))
		c.config.Spare = nil
		_, err := c.service().Sync(t.Context(), false)
		wantReason(t, err, "BAND_REFUSED")
		if people := c.people(); len(people) != 1 || len(c.waits.all) != 0 || len(k.refreshed) != 0 {
			t.Errorf("%d people, %v, %v", len(people), c.waits.all, k.refreshed)
		}
		c.sim.Set(bandsim.Knobs{})
		c.token = c.tokenOf(leader).Access
		for id := range k.of {
			k.of[id] = c.tokenOf(leader)
		}
		c.sync(false)
		c.wantEqual("after consent")
	}
}

// TestTokensThatEndInMidSync lets each token be good for some calls only, and be refused and refreshed in every way.
func TestTokensThatEndInMidSync(t *testing.T) {
	refused := []bandsim.BadToken{bandsim.BadTokenEnvelope401, bandsim.BadTokenEnvelope200, bandsim.BadTokenOAuth401, bandsim.BadTokenHTML401}
	refreshes := []bandsim.Refresh{bandsim.RefreshRotates, bandsim.RefreshKept, bandsim.RefreshSilent}
	for _, bad := range refused[:some(len(refused), 1)] {
		for _, refresh := range refreshes[:some(len(refreshes), 1)] {
			t.Run(fmt.Sprint(bad, refresh), func(t *testing.T) {
				t.Parallel()
				const life = 25
				c := newClub(t, bandsim.Options{Seed: 1, Size: smallClub, Knobs: bandsim.Knobs{BadToken: bad, Refresh: refresh}})
				k := c.connect(c.tokenOf(c.sim.Members()[0].UserKey))
				calls := map[string]int{}
				p := c.process(0, nil)
				p.next = tripper(func(r *http.Request) (*http.Response, error) {
					params := r.URL.Query()
					token := params.Get("access_token")
					if calls[token]++; token != "" && calls[token] > life {
						r = r.Clone(r.Context())
						params.Set("access_token", "ZQAAAended")
						r.URL.RawQuery = params.Encode()
					}
					return c.sim.Transport().RoundTrip(r)
				})
				_, err := p.Sync(t.Context(), false)
				must(t, err)
				c.wantEqual("after all")
				if len(k.refreshed) < 2 {
					t.Errorf("%d refreshes", len(k.refreshed))
				}
			})
		}
	}
}

// TestAQuotaInMidSync is told, and what was copied until then is not copied again.
func TestAQuotaInMidSync(t *testing.T) {
	skipIfShort(t)
	for _, quota := range []bandsim.Quota{bandsim.QuotaApp, bandsim.QuotaUser} {
		c := newClub(t, bandsim.Options{Seed: 1, Size: smallClub})
		p := c.process(0, nil)
		calls := 0
		p.next = tripper(func(r *http.Request) (*http.Response, error) {
			if calls++; calls == 20 {
				c.sim.Set(bandsim.Knobs{Quota: quota})
			}
			return c.sim.Transport().RoundTrip(r)
		})
		_, err := p.Sync(t.Context(), false)
		wantReason(t, err, "BAND_RATE_LIMITED")
		if !slices.Equal(c.waits.all, []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second}) {
			t.Errorf("waited %v", c.waits.all)
		}
		c.sim.Set(bandsim.Knobs{})
		c.sync(false)
		c.wantEqual("after the quota")
	}
}

// connect makes the only admin one who has that token, and nobody else syncs.
func (c *club) connect(token auth.BandToken) *tokens {
	k := &tokens{c: c, of: map[string]auth.BandToken{c.admin(c.sim.Members()[0].UserKey): token}}
	c.config.Tokens = k
	c.config.Spare = func(context.Context) (band.Secret, error) {
		c.t.Error("the spare token is used")
		return c.token, nil
	}
	return k
}

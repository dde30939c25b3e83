package band_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

// TestEveryKnob lets the client meet each behaviour that Band's documentation leaves open. That each knob changes the bytes of an answer is
// the simulator's own test.
func TestEveryKnob(t *testing.T) {
	for _, c := range []struct {
		name  string
		knobs bandsim.Knobs
		check func(*testing.T, *club)
	}{
		{"state not echoed", bandsim.Knobs{}, redirects("st", "user_key", `state=`, false)},
		{"state echoed", bandsim.Knobs{EchoState: true}, redirects("st", "user_key", `state=st`, true)},
		{"denied", bandsim.Knobs{}, redirects("st", "deny", `error=access_denied`, true)},
		{"denied silently", bandsim.Knobs{DenySilently: true}, redirects("st", "deny", `?`, false)},
		{"token endpoint takes POST", bandsim.Knobs{}, tokenByPost(http.StatusOK)},
		{"token endpoint takes only GET", bandsim.Knobs{TokenGETOnly: true}, tokenByPost(http.StatusMethodNotAllowed)},
		{"short life", bandsim.Knobs{ExpiresIn: 5 * time.Second}, func(t *testing.T, c *club) {
			if c.grant.ExpiresIn != 5*time.Second {
				t.Errorf("%v", c.grant.ExpiresIn)
			}
			time.Sleep(5 * time.Second)
			if _, err := c.client.Profile(t.Context(), c.token); !failure(t, err).Unauthorized() {
				t.Errorf("%v", err)
			}
			again, err := c.client.Refresh(t.Context(), c.grant.RefreshToken)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.client.Profile(t.Context(), again.AccessToken); err != nil {
				t.Errorf("after a refresh: %v", err)
			}
		}},
		{"life absent", bandsim.Knobs{ExpiresInAbsent: true}, func(t *testing.T, c *club) {
			if c.grant.ExpiresIn != 0 || c.grant.AccessToken.IsZero() {
				t.Errorf("%v", c.grant.ExpiresIn)
			}
		}},
		{"refresh token absent", bandsim.Knobs{RefreshTokenAbsent: true}, func(t *testing.T, c *club) {
			if !c.grant.RefreshToken.IsZero() {
				t.Error("a refresh token is there")
			}
		}},
		{"refresh rotates", bandsim.Knobs{}, refreshes(true, false)},
		{"refresh keeps", bandsim.Knobs{Refresh: bandsim.RefreshKept}, refreshes(false, true)},
		{"refresh is silent", bandsim.Knobs{Refresh: bandsim.RefreshSilent}, refreshes(false, true)},
		{"bad token: envelope and 401", bandsim.Knobs{}, badToken(401, band.CodeUnauthorized, "")},
		{"bad token: envelope and 200", bandsim.Knobs{BadToken: bandsim.BadTokenEnvelope200}, badToken(200, band.CodeUnauthorized, "")},
		{"bad token: OAuth error", bandsim.Knobs{BadToken: bandsim.BadTokenOAuth401}, badToken(401, 0, "invalid_token")},
		{"bad token: page", bandsim.Knobs{BadToken: bandsim.BadTokenHTML401}, badToken(401, 0, "")},
		{"user keys per app", bandsim.Knobs{}, sharesUserKey(false)},
		{"user keys shared", bandsim.Knobs{SharedUserKeys: true}, sharesUserKey(true)},
		{"cool-down with its time", bandsim.Knobs{}, coolsDown(200, band.CodeCoolDown, 10*time.Second, 10*time.Second)},
		{"cool-down without its time", bandsim.Knobs{CoolDownAnswer: bandsim.CoolDownUntimed}, coolsDown(200, band.CodeCoolDown, 0, 14*time.Second)},
		{"cool-down as 429", bandsim.Knobs{CoolDownAnswer: bandsim.CoolDown429}, coolsDown(429, 0, 10*time.Second, 10*time.Second)},
		{"shorter cool-down", bandsim.Knobs{CoolDown: 3 * time.Second}, coolsDown(200, band.CodeCoolDown, 3*time.Second, 3*time.Second)},
		{"quota of the app", bandsim.Knobs{Quota: bandsim.QuotaApp}, overQuota(band.CodeAppQuota)},
		{"quota of the user", bandsim.Knobs{Quota: bandsim.QuotaUser}, overQuota(band.CodeUserQuota)},
		{"limit ignored", bandsim.Knobs{}, pageOfThree(20)},
		{"limit honoured", bandsim.Knobs{LimitHonoured: true}, pageOfThree(3)},
		{"limit as a number", bandsim.Knobs{LimitIsNumber: true}, readsEverything},
		{"next_params absent at the end", bandsim.Knobs{LastPage: bandsim.LastPageAbsent}, readsEverything},
		{"next_params empty at the end", bandsim.Knobs{LastPage: bandsim.LastPageEmpty}, readsEverything},
		{"items absent when empty", bandsim.Knobs{ItemsAbsentWhenEmpty: true}, func(t *testing.T, c *club) {
			readsEverything(t, c)
			if comments := c.comments(c.mustWrite("댓글 없는 글"), band.OldestFirst); len(comments) != 0 {
				t.Errorf("%+v", comments)
			}
		}},
		{"latest comments always", bandsim.Knobs{LatestCommentsAlways: true}, func(t *testing.T, c *club) {
			c.mustWrite("댓글 없는 글")
			if p := c.posts()[0]; len(p.LatestComments) != 0 {
				t.Errorf("%+v", p.LatestComments)
			}
		}},
		{"author with extras", bandsim.Knobs{}, authors(true, true)},
		{"author as documented", bandsim.Knobs{Author: bandsim.AuthorDocumented}, authors(true, false)},
		{"author as in old samples", bandsim.Knobs{Author: bandsim.AuthorBare}, authors(false, false)},
		{"album has an owner", bandsim.Knobs{}, albumOwner},
		{"album has an author", bandsim.Knobs{AlbumAuthor: true}, albumOwner},
		{"permissions", bandsim.Knobs{}, permitted},
		{"permission", bandsim.Knobs{PermissionSingular: true}, permitted},
		{"photo map", bandsim.Knobs{}, photosOfAPost(true)},
		{"photo absent", bandsim.Knobs{PostPhoto: bandsim.PostPhotoAbsent}, photosOfAPost(false)},
		{"photo {}", bandsim.Knobs{PostPhoto: bandsim.PostPhotoEmptyMap}, photosOfAPost(false)},
		{"photo []", bandsim.Knobs{PostPhoto: bandsim.PostPhotoEmptyList}, photosOfAPost(false)},
		{"removing foreign: 2300", bandsim.Knobs{}, removesForeign(band.CodeInvalidResponse)},
		{"removing foreign: 60401", bandsim.Knobs{RemoveForeign: bandsim.RemoveForeign60401}, removesForeign(band.CodePostForeign)},
		{"removing foreign: 10403", bandsim.Knobs{RemoveForeign: bandsim.RemoveForeign10403}, removesForeign(band.CodeForbidden)},
		{"all bands allowed", bandsim.Knobs{}, allows(true, 2)},
		{"some bands allowed", bandsim.Knobs{Consent: bandsim.ConsentSome}, allows(false, 1)},
		{"no band allowed", bandsim.Knobs{Consent: bandsim.ConsentNone}, allows(false, 0)},
		{"partner's members", bandsim.Knobs{MembersPath: "/v2/band/members"}, partnerMembers},
		{"no partner's members", bandsim.Knobs{}, func(t *testing.T, c *club) {
			if _, err := collect(c.client.Members(t.Context(), c.token, "/v2/band/members", c.key)); failure(t, err).Code != 3000 {
				t.Errorf("%v", err)
			}
		}},
		{"latency", bandsim.Knobs{Latency: 2 * time.Second}, func(t *testing.T, c *club) {
			began := time.Now()
			if _, err := c.client.Profile(t.Context(), c.token); err != nil || time.Since(began) != 2*time.Second {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		}},
		{"latency beyond the timeout", bandsim.Knobs{}, func(t *testing.T, c *club) {
			c.sim.Set(bandsim.Knobs{Latency: time.Minute})
			_, err := c.client.Profile(t.Context(), c.token)
			if e := failure(t, err); !e.Temporary() {
				t.Errorf("%v", err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.check(t, newClub(t, c.knobs)) })
		})
	}
}

func redirects(state, choice, pattern string, want bool) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		asked := c.client.AuthorizeURL("dongbaejul://auth", state) + "&" + choice + "=" + c.grant.UserKey
		w := httptest.NewRecorder()
		c.sim.ServeHTTP(w, httptest.NewRequest(http.MethodGet, asked, nil))
		location := w.Header().Get("Location")
		if w.Code != http.StatusFound || strings.Contains(location, pattern) != want || !strings.HasPrefix(location, "dongbaejul://auth") {
			t.Errorf("HTTP %d to %q", w.Code, location)
		}
	}
}

func tokenByPost(want int) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		code, _ := c.sim.Code(c.grant.UserKey)
		form := url.Values{"grant_type": {"authorization_code"}, "code": {code}}
		r := httptest.NewRequest(http.MethodPost, "/bandsim/oauth2/token?"+form.Encode(), nil)
		r.SetBasicAuth("club", testSecret)
		w := httptest.NewRecorder()
		c.sim.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("HTTP %d: %s", w.Code, w.Body)
		}
		fresh, _ := c.sim.Code(c.grant.UserKey)
		if _, err := c.client.Exchange(t.Context(), fresh, ""); err != nil {
			t.Errorf("by GET: %v", err)
		}
	}
}

func refreshes(changes, oldIsGood bool) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		old := c.grant.RefreshToken
		second, err := c.client.Refresh(t.Context(), old)
		if err != nil || second.RefreshToken.IsZero() || (second.RefreshToken.Reveal() != old.Reveal()) != changes {
			t.Fatalf("a refresh: %v, changed %v", err, second.RefreshToken.Reveal() != old.Reveal())
		}
		if _, err := c.client.Profile(t.Context(), second.AccessToken); err != nil {
			t.Errorf("the new token: %v", err)
		}
		if _, err := c.client.Refresh(t.Context(), second.RefreshToken); err != nil {
			t.Errorf("the next refresh: %v", err)
		}
		if _, err := c.client.Refresh(t.Context(), old); (err == nil) != oldIsGood || (err != nil && !failure(t, err).InvalidGrant()) {
			t.Errorf("the first refresh token again: %v", err)
		}
	}
}

func badToken(status, code int, word string) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		for _, token := range []band.Secret{{}, band.NewSecret("ZQAAAwrong"), c.grant.RefreshToken} {
			c.token = token
			for _, err := range []error{
				second(c.client.Bands(t.Context(), token)), second(collect(c.client.Posts(t.Context(), token, c.key))),
				c.client.RemovePost(t.Context(), token, c.key, "AAx"),
			} {
				e := failure(t, err)
				if !e.Unauthorized() || e.Temporary() || e.OutcomeUnknown() || e.Status != status || e.Code != code || e.OAuth != word {
					t.Errorf("%v", e)
				}
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func sharesUserKey(want bool) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		other := c.other()
		mine, err := other.client.Profile(t.Context(), other.token)
		if err != nil || mine.UserKey != other.grant.UserKey || (mine.UserKey == c.grant.UserKey) != want {
			t.Errorf("%q by way of another app, %q here, %v", mine.UserKey, c.grant.UserKey, err)
		}
		here, there := c.posts()[0].Author, other.posts()[0].Author
		if here.Name != there.Name || (here.UserKey == there.UserKey) != want {
			t.Errorf("the same author is %+v and %+v", here, there)
		}
	}
}

func coolsDown(status, code int, retryAfter, waits time.Duration) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		key := c.mustWrite("하나")
		_, err := c.client.CreatePost(t.Context(), c.token, c.key, "둘", false)
		if e := failure(t, err); e.Status != status || e.Code != code || e.RetryAfter != retryAfter || !e.RateLimited() || e.OutcomeUnknown() {
			t.Errorf("%v", e)
		}
		if err := c.client.CreateComment(t.Context(), c.token, c.key, key, "댓글은 따로"); err != nil {
			t.Errorf("another kind of write: %v", err)
		}
		began := time.Now()
		if _, err := c.client.WithRetry().CreatePost(t.Context(), c.token, c.key, "둘", false); err != nil || time.Since(began) != waits {
			t.Errorf("%v after %v, want %v", err, time.Since(began), waits)
		}
	}
}

func overQuota(code int) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		began := time.Now()
		_, err := c.client.WithRetry().Bands(t.Context(), c.token)
		if e := failure(t, err); e.Code != code || !e.RateLimited() || time.Since(began) != 14*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		c.sim.Set(bandsim.Knobs{})
		if _, err := c.client.Bands(t.Context(), c.token); err != nil {
			t.Errorf("with the quota off: %v", err)
		}
	}
}

// pageOfThree asks for pages of three, which the client itself never does.
func pageOfThree(want int) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		params := url.Values{"access_token": {c.token.Reveal()}, "band_key": {c.key}, "limit": {"3"}}
		w := httptest.NewRecorder()
		c.sim.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/bandsim/v2/band/posts?"+params.Encode(), nil))
		if n := strings.Count(w.Body.String(), `"post_key"`); n != want {
			t.Errorf("%d posts on a page, want %d", n, want)
		}
		readsEverything(t, c)
	}
}

// readsEverything reads each kind of list to its end.
func readsEverything(t *testing.T, c *club) {
	posts, albums, photos, comments := c.posts(), c.albums(), 0, 0
	for _, a := range albums {
		found, err := collect(c.client.Photos(t.Context(), c.token, c.key, a.Key))
		if err != nil || len(found) != a.Photos {
			t.Errorf("%d photos of %d, %v", len(found), a.Photos, err)
		}
		photos += len(found)
	}
	for _, p := range posts {
		if p.Comments == 0 || p.Comments > 20 {
			found := len(c.comments(p.Key, band.OldestFirst))
			if found != p.Comments {
				t.Errorf("%d comments of %d", found, p.Comments)
			}
			comments += found
		}
	}
	if len(posts) != 60 || len(albums) != 22 || photos < 100 || comments < 40 {
		t.Errorf("%d posts, %d albums, %d photos, %d comments", len(posts), len(albums), photos, comments)
	}
}

func authors(keys, extras bool) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		for _, p := range c.posts() {
			a := p.Author
			if a.Name == "" || (a.UserKey != "") != keys || (a.Role != "") != keys || !a.JoinedAt.IsZero() != extras {
				t.Fatalf("%+v", a)
			}
		}
	}
}

func albumOwner(t *testing.T, c *club) {
	for _, a := range c.albums() {
		if a.Owner.Name == "" || a.Owner.UserKey == "" {
			t.Fatalf("%+v", a)
		}
	}
}

func permitted(t *testing.T, c *club) {
	if granted, err := c.client.Permissions(t.Context(), c.token, c.key); err != nil || len(granted) != 2 {
		t.Errorf("%v, %v", granted, err)
	}
}

func photosOfAPost(there bool) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		p, err := c.client.Post(t.Context(), c.token, c.key, c.withPhotos().Key)
		if err != nil || (len(p.Photos) > 0) != there || p.Author.Name == "" || len(band.ParseText(p.Content).Attachments) == 0 {
			t.Errorf("%d photos, %v", len(p.Photos), err)
		}
	}
}

func removesForeign(code int) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		foreign := map[string]string{"written in Band": c.posts()[0].Key, "written by another app": c.other().mustWrite("다른 앱에서")}
		for name, key := range foreign {
			err := c.client.RemovePost(t.Context(), c.token, c.key, key)
			if e := failure(t, err); e.Code != code || e.Temporary() {
				t.Errorf("%s: %v", name, err)
			}
		}
		key := c.mustWrite("내 글")
		if err := c.other().client.CreateComment(t.Context(), c.other().token, c.key, key, "다른 앱의 댓글"); err != nil {
			t.Fatal(err)
		}
		err := c.client.RemoveComment(t.Context(), c.token, c.key, key, c.comments(key, band.OldestFirst)[0].Key)
		if failure(t, err).Code != code {
			t.Errorf("a comment: %v", err)
		}
	}
}

func allows(theClub bool, bands int) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		all, err := c.client.Bands(t.Context(), c.token)
		in, err2 := c.client.IsMember(t.Context(), c.token, c.key)
		if err != nil || err2 != nil || len(all) != bands || in != theClub {
			t.Fatalf("%+v, member %v, %v, %v", all, in, err, err2)
		}
		if _, err := collect(c.client.Posts(t.Context(), c.token, c.key)); (err == nil) != theClub || (err != nil && !failure(t, err).BandClosed()) {
			t.Errorf("posts: %v", err)
		}
	}
}

func partnerMembers(t *testing.T, c *club) {
	people, err := collect(c.client.Members(t.Context(), c.token, "/v2/band/members", c.key))
	if err != nil || len(people) != 200 {
		t.Fatalf("%d people, %v", len(people), err)
	}
	roles := map[band.Role]int{}
	for i, m := range c.sim.Members() {
		roles[people[i].Role]++
		if people[i].UserKey != m.UserKey || people[i].Name != m.Name {
			t.Fatalf("%+v is not %+v", people[i], m)
		}
	}
	if roles[band.RoleLeader] != 1 || roles[band.RoleCoLeader] != 3 || roles[band.RoleMember] != 196 {
		t.Errorf("%v", roles)
	}
}

package band_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

// club is a simulated Band and a client of it, with somebody signed in.
type club struct {
	t      *testing.T
	sim    *bandsim.Simulator
	client *band.Client
	grant  band.Grant
	token  band.Secret
	key    string // of the club's band
}

func newClub(t *testing.T, knobs bandsim.Knobs) *club {
	t.Helper()
	sim := bandsim.New(bandsim.Options{Prefix: "/bandsim", Seed: 7, Knobs: knobs, Apps: []bandsim.App{
		{ClientID: "club", ClientSecret: testSecret}, {ClientID: "other", ClientSecret: "0ther"},
	}})
	c := &club{t: t, sim: sim, key: sim.BandKey(), client: clientOf(t, sim.Transport())}
	c.signIn("김민수")
	return c
}

// signIn makes the member of this name the one who acts.
func (c *club) signIn(name string) {
	c.t.Helper()
	for _, m := range slices.Concat(c.sim.Members(), c.sim.Outsiders()) {
		if m.Name == name {
			c.signInAs(m.UserKey)
			return
		}
	}
	c.t.Fatalf("nobody is called %q", name)
}

func (c *club) signInAs(userKey string) {
	c.t.Helper()
	code, ok := c.sim.Code(userKey)
	if !ok {
		c.t.Fatal("no such person")
	}
	grant, err := c.client.Exchange(c.t.Context(), code, "")
	if err != nil {
		c.t.Fatal(err)
	}
	c.grant, c.token = grant, grant.AccessToken
}

// other is the same person by way of another app.
func (c *club) other() *club {
	c.t.Helper()
	client, err := band.New(band.Config{
		ClientID: "other", ClientSecret: band.NewSecret("0ther"), HTTP: clientTransport(c.sim.Transport()),
		AuthURL: "http://club.test/bandsim", APIURL: "http://club.test/bandsim",
	})
	if err != nil {
		c.t.Fatal(err)
	}
	userKey := c.sim.Members()[slices.IndexFunc(c.sim.Members(), func(m bandsim.Member) bool { return m.Name == "김민수" })].UserKey
	asked := client.AuthorizeURL("http://localhost/back", "") + "&user_key=" + userKey
	w := httptest.NewRecorder()
	c.sim.ServeHTTP(w, httptest.NewRequest(http.MethodGet, asked, nil))
	location, err := url.Parse(w.Header().Get("Location"))
	if err != nil {
		c.t.Fatal(err)
	}
	grant, err := client.Exchange(c.t.Context(), location.Query().Get("code"), "http://localhost/back")
	if err != nil {
		c.t.Fatal(err)
	}
	return &club{t: c.t, sim: c.sim, client: client, grant: grant, token: grant.AccessToken, key: c.key}
}

func (c *club) posts() []band.Post {
	c.t.Helper()
	posts, err := collect(c.client.Posts(c.t.Context(), c.token, c.key))
	if err != nil {
		c.t.Fatal(err)
	}
	return posts
}

func (c *club) albums() []band.Album {
	c.t.Helper()
	albums, err := collect(c.client.Albums(c.t.Context(), c.token, c.key))
	if err != nil {
		c.t.Fatal(err)
	}
	return albums
}

func (c *club) comments(postKey string, order band.Order) []band.Comment {
	c.t.Helper()
	comments, err := collect(c.client.Comments(c.t.Context(), c.token, c.key, postKey, order))
	if err != nil {
		c.t.Fatal(err)
	}
	return comments
}

// withPhotos is a post that has photos.
func (c *club) withPhotos() band.Post {
	c.t.Helper()
	posts := c.posts()
	i := slices.IndexFunc(posts, func(p band.Post) bool { return len(p.Photos) > 1 })
	if i < 0 {
		c.t.Fatal("no post has photos")
	}
	return posts[i]
}

// mustWrite writes a post.
func (c *club) mustWrite(text string) string {
	c.t.Helper()
	key, err := c.client.CreatePost(c.t.Context(), c.token, c.key, text, false)
	if err != nil || key == "" {
		c.t.Fatalf("post %q, %v", key, err)
	}
	return key
}

func TestSignInAndProfile(t *testing.T) {
	c := newClub(t, bandsim.Knobs{})
	profile, err := c.client.Profile(t.Context(), c.token)
	if err != nil || profile.Name != "김민수" || profile.UserKey != c.grant.UserKey || profile.UserKey == "" || !profile.AppMember ||
		profile.MemberName != "" {
		t.Errorf("%+v, %v", profile, err)
	}
	inBand, err := c.client.MemberProfile(t.Context(), c.token, c.key)
	if err != nil || inBand.MemberName != "김민수" || inBand.MemberJoinedAt.IsZero() || inBand.UserKey != profile.UserKey {
		t.Errorf("%+v, %v", inBand, err)
	}
	if c.grant.ExpiresIn != 315359999*time.Second || !slices.Contains(c.grant.Scopes, "READ_ALBUM") || c.grant.RefreshToken.IsZero() {
		t.Errorf("%v, %q", c.grant.ExpiresIn, c.grant.Scopes)
	}
	if _, err := c.client.Exchange(t.Context(), "ZQAAAused", ""); !failure(t, err).InvalidGrant() {
		t.Errorf("a wrong code: %v", err)
	}
}

func TestMembership(t *testing.T) {
	c := newClub(t, bandsim.Knobs{})
	bands, err := c.client.Bands(t.Context(), c.token)
	i := slices.IndexFunc(bands, func(b band.Band) bool { return b.Key == c.key })
	if err != nil || i < 0 || bands[i].Members != 200 || bands[i].Name == "" || bands[i].CoverURL == "" {
		t.Fatalf("%+v, %v", bands, err)
	}
	if in, err := c.client.IsMember(t.Context(), c.token, c.key); err != nil || !in {
		t.Errorf("a member: %v, %v", in, err)
	}
	c.signInAs(c.sim.Outsiders()[0].UserKey)
	if in, err := c.client.IsMember(t.Context(), c.token, c.key); err != nil || in {
		t.Errorf("an outsider: %v, %v", in, err)
	}
	if _, err := c.client.MemberProfile(t.Context(), c.token, c.key); !failure(t, err).NotMember() {
		t.Errorf("an outsider: %v", err)
	}
	if _, err := c.client.MemberProfile(t.Context(), c.token, "AAunknown"); !failure(t, err).BandClosed() {
		t.Errorf("an unknown band: %v", err)
	}
}

func TestPermissionsByRole(t *testing.T) {
	c := newClub(t, bandsim.Knobs{})
	for _, member := range []struct {
		key  string
		want []band.Permission
	}{
		{c.sim.Members()[0].UserKey, []band.Permission{band.PermissionPost, band.PermissionComment, band.PermissionDelete}},
		{c.sim.Members()[9].UserKey, []band.Permission{band.PermissionPost, band.PermissionComment}},
	} {
		c.signInAs(member.key)
		if got, err := c.client.Permissions(t.Context(), c.token, c.key); err != nil || !slices.Equal(got, member.want) {
			t.Errorf("%v, %v; want %v", got, err, member.want)
		}
	}
	if got, err := c.client.Permissions(t.Context(), c.token, c.key, band.PermissionComment); err != nil || len(got) != 1 {
		t.Errorf("asked for one: %v, %v", got, err)
	}
}

func TestReadingTheBoard(t *testing.T) {
	c := newClub(t, bandsim.Knobs{})
	posts := c.posts()
	if len(posts) != 60 || !slices.IsSortedFunc(posts, func(a, b band.Post) int { return b.CreatedAt.Compare(a.CreatedAt) }) {
		t.Fatalf("%d posts, or not newest first", len(posts))
	}
	seen := map[string]bool{}
	var mentions, hashtags, entities, photos, roles int
	for _, p := range posts {
		if seen[p.Key] || p.BandKey != c.key || p.Author.UserKey == "" || p.Author.JoinedAt.IsZero() {
			t.Errorf("post twice or incomplete: %+v", p)
		}
		seen[p.Key] = true
		text := band.ParseText(p.Content)
		if strings.Contains(text.Plain, "band:") || strings.Contains(text.Plain, "&amp;") {
			t.Errorf("%q is not plain", text.Plain)
		}
		mentions, hashtags, photos = mentions+len(text.Mentions), hashtags+len(text.Hashtags), photos+len(p.Photos)
		entities += strings.Count(p.Content, "&lt;") + strings.Count(p.Content, "&amp;")
		if p.Author.Role == band.RoleLeader || p.Author.Role == band.RoleCoLeader {
			roles++
		}
		comments := c.comments(p.Key, band.OldestFirst)
		if len(comments) != p.Comments || (len(comments) > 0) != (len(p.LatestComments) > 0) {
			t.Errorf("%d comments of %d, %d latest", len(comments), p.Comments, len(p.LatestComments))
		}
		newest := c.comments(p.Key, band.NewestFirst)
		slices.Reverse(newest)
		if !reflect.DeepEqual(comments, newest) {
			t.Error("the comments differ in the other order")
		}
	}
	if mentions == 0 || hashtags == 0 || entities == 0 || photos == 0 || roles == 0 {
		t.Errorf("%d mentions, %d hashtags, %d entities, %d photos, %d by leaders", mentions, hashtags, entities, photos, roles)
	}
	if !slices.ContainsFunc(posts, func(p band.Post) bool { return p.Comments > 20 }) {
		t.Error("no post has more than a page of comments")
	}
	listed := c.withPhotos()
	single, err := c.client.Post(t.Context(), c.token, c.key, listed.Key)
	if err != nil || single.Key != listed.Key || single.Reads == 0 || len(single.Photos) != len(listed.Photos) {
		t.Fatalf("%+v, %v", single, err)
	}
	for i, a := range band.ParseText(single.Content).Attachments {
		if a.Kind != "photo" || a.ID == "" || a.ID != single.Photos[i].Attachment || single.Photos[i].URL == "" {
			t.Errorf("attachment %+v of photo %+v", a, single.Photos[i])
		}
	}
}

func TestReadingAlbums(t *testing.T) {
	c := newClub(t, bandsim.Knobs{})
	albums := c.albums()
	pagefuls := 0
	for _, a := range albums {
		photos, err := collect(c.client.Photos(t.Context(), c.token, c.key, a.Key))
		if err != nil || len(photos) != a.Photos || a.Name == "" || a.Owner.UserKey == "" {
			t.Errorf("%d photos of %+v, %v", len(photos), a, err)
		}
		if len(photos) > 20 {
			pagefuls++
		}
		for _, p := range photos {
			if p.AlbumKey != a.Key || p.URL == "" || p.Width == 0 || p.Key == "" {
				t.Errorf("%+v", p)
			}
		}
	}
	if len(albums) <= 20 || pagefuls < 3 {
		t.Errorf("%d albums, %d of more than a page", len(albums), pagefuls)
	}
	all, err := collect(c.client.Photos(t.Context(), c.token, c.key, ""))
	if err != nil || !slices.ContainsFunc(all, func(p band.Photo) bool { return p.AlbumKey == "" }) {
		t.Errorf("%d photos of the whole band, %v", len(all), err)
	}
	if _, err := collect(c.client.Photos(t.Context(), c.token, c.key, "AAunknown")); failure(t, err).Code != 60801 {
		t.Errorf("an unknown album: %v", err)
	}
}

func TestWritingAndRemoving(t *testing.T) {
	c := newClub(t, bandsim.Knobs{})
	const text = "여러 줄\n<b>& \"따옴표\"</b> 日本語 +%20"
	key := c.mustWrite(text)
	newest := c.posts()[0]
	if newest.Key != key || band.ParseText(newest.Content).Plain != text || newest.Author.Name != "김민수" || newest.LatestComments != nil {
		t.Errorf("wrote %q, read %+v", text, newest)
	}
	if err := c.client.CreateComment(t.Context(), c.token, c.key, key, text); err != nil {
		t.Fatal(err)
	}
	comments := c.comments(key, band.NewestFirst)
	if len(comments) != 1 || band.ParseText(comments[0].Content).Plain != text {
		t.Fatalf("%+v", comments)
	}
	if err := c.client.RemoveComment(t.Context(), c.token, c.key, key, comments[0].Key); err != nil || len(c.comments(key, band.OldestFirst)) != 0 {
		t.Errorf("comment not removed: %v", err)
	}
	if err := c.client.RemovePost(t.Context(), c.token, c.key, key); err != nil || c.posts()[0].Key == key {
		t.Errorf("post not removed: %v", err)
	}
	if err := c.client.RemovePost(t.Context(), c.token, c.key, c.posts()[0].Key); failure(t, err).Code != band.CodeInvalidResponse {
		t.Errorf("what was written in Band itself: %v", err)
	}
	if _, err := c.client.CreatePost(t.Context(), c.token, c.key, " ", false); failure(t, err).Code != 212 {
		t.Errorf("a blank post: %v", err)
	}
}

func TestOthersPostsAreNotRemoved(t *testing.T) {
	c := newClub(t, bandsim.Knobs{CoolDown: -1})
	key := c.mustWrite("내 글")
	c.signInAs(c.sim.Members()[9].UserKey)
	if err := c.client.RemovePost(t.Context(), c.token, c.key, key); failure(t, err).Code != band.CodeForbidden {
		t.Errorf("by another member: %v", err)
	}
	c.signInAs(c.sim.Members()[0].UserKey)
	if err := c.client.RemovePost(t.Context(), c.token, c.key, key); err != nil {
		t.Errorf("by the leader: %v", err)
	}
}

// TestPagingWhileThePostsChange reads on after new posts came and the last one read went.
func TestPagingWhileThePostsChange(t *testing.T) {
	c := newClub(t, bandsim.Knobs{CoolDown: -1})
	for range 20 {
		c.mustWrite("글")
	}
	seen := map[string]int{}
	for p, err := range c.client.Posts(t.Context(), c.token, c.key) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[p.Key]++; len(seen) == 20 {
			c.mustWrite("새 글")
			if err := c.client.RemovePost(t.Context(), c.token, c.key, p.Key); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(seen) != 80 {
		t.Errorf("%d posts of 80", len(seen))
	}
	for key, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", key, n)
		}
	}
}

func TestCoolDownIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub(t, bandsim.Knobs{})
		c.mustWrite("하나")
		_, err := c.client.CreatePost(t.Context(), c.token, c.key, "둘", false)
		if e := failure(t, err); e.Code != band.CodeCoolDown || e.RetryAfter != 10*time.Second {
			t.Fatalf("%v", err)
		}
		began := time.Now()
		if _, err := c.client.WithRetry().CreatePost(t.Context(), c.token, c.key, "둘", false); err != nil || time.Since(began) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestASilentServerAfterAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub(t, bandsim.Knobs{HangAfterWrite: true})
		before := len(c.posts())
		_, err := c.client.WithRetry().CreatePost(t.Context(), c.token, c.key, "한 번만", false)
		if e := failure(t, err); !e.OutcomeUnknown() || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if after := c.posts(); len(after) != before+1 || after[0].Content != "한 번만" {
			t.Errorf("%d posts after %d: written twice, or not at all", len(after), before)
		}
	})
}

func TestACodeIsGoodForTheRedirectItWasMadeForOnly(t *testing.T) {
	c := newClub(t, bandsim.Knobs{})
	code := func() string {
		w := httptest.NewRecorder()
		asked := c.client.AuthorizeURL("http://localhost/a", "") + "&user_key=" + c.sim.Members()[0].UserKey
		c.sim.ServeHTTP(w, httptest.NewRequest(http.MethodGet, asked, nil))
		location, err := url.Parse(w.Header().Get("Location"))
		if err != nil || location.Query().Get("code") == "" {
			t.Fatalf("redirected to %q, %v", location, err)
		}
		return location.Query().Get("code")
	}
	made := code()
	for _, other := range []string{"http://localhost/b", "http://localhost/a/", "dongbaejul://auth"} {
		if _, err := c.client.Exchange(t.Context(), made, other); !failure(t, err).InvalidGrant() {
			t.Errorf("a code for http://localhost/a with %s: %v", other, err)
		}
	}
	// Band documents a token endpoint that is told no redirect URI.
	for _, same := range []string{"http://localhost/a", ""} {
		if _, err := c.client.Exchange(t.Context(), code(), same); err != nil {
			t.Errorf("with %q: %v", same, err)
		}
	}
}

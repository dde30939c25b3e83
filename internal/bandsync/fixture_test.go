package bandsync_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/auth"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
	"github.com/dongbaejul/dongbaejul/internal/bandsync"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/lease"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/store"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// club is a simulated Band and a server's store, which a sync keeps like it.
type club struct {
	t      *testing.T
	sim    *bandsim.Simulator
	store  store.Store
	users  *users.Service
	board  *posts.Service
	leases *lease.Memory
	log    *strings.Builder
	logger *slog.Logger
	clock  *clock
	config bandsync.Config
	// waits are how long the client was to wait before its retries.
	waits *waits
	// client reads Band apart from the sync.
	client *band.Client
	token  band.Secret
	// oldMentions are the keys of comments on old posts that mention somebody.
	oldMentions map[string]bool
	// timeout is how long processes wait for an answer of Band; 0 for as long as usual.
	timeout time.Duration
}

// shortened reports whether tests are to be short because the store is MongoDB, which takes many times as long: -short asks for it.
func shortened() bool { return apptest.Shared() && testing.Short() }

// some returns all, or only a few if tests are to be short.
func some(all, few int) int {
	if shortened() {
		return few
	}
	return all
}

// skipIfShort skips a test that is mostly about Band's answers if tests are to be short.
func skipIfShort(t *testing.T) {
	t.Helper()
	if shortened() {
		t.Skip("takes long on MongoDB")
	}
}

// clock runs when the client waits, and by a little whenever it is read.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

// locked is a log that may be written concurrently.
type locked struct {
	mu sync.Mutex
	b  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// acquireFrom takes the right to sync from leases.
func acquireFrom(leases *lease.Memory) func(context.Context) (bandsync.Lease, error) {
	return func(ctx context.Context) (bandsync.Lease, error) {
		lease, err := leases.Acquire(ctx, "sync")
		if err != nil {
			return bandsync.Lease{}, err
		}
		return bandsync.Lease{Fence: lease.Fence, Context: lease.Context(), Release: lease.Release}, nil
	}
}

// newClub opens a club; change may alter the configuration of its sync.
func newClub(t *testing.T, o bandsim.Options, change ...func(*bandsync.Config)) *club {
	t.Helper()
	c := &club{
		t: t, sim: bandsim.New(o), store: apptest.OpenStore(t), leases: lease.NewMemory(), log: &strings.Builder{},
		clock: &clock{now: time.Now()}, waits: &waits{}, oldMentions: map[string]bool{},
	}
	c.logger = slog.New(slog.NewTextHandler(&locked{b: c.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.client = c.newClient(&http.Client{Transport: c.sim.Transport()})
	c.token = c.tokenOf(c.sim.Members()[0].UserKey).Access
	hub := realtime.NewHub()
	c.users = users.New(users.Config{
		Store: c.store, Sessions: c.store, Eraser: c.store, Changes: nobody{}, Online: nobody{}, Audit: audit.New(c.logger), Log: c.logger, Clock: c.clock.read,
	})
	c.board = posts.New(posts.Config{Store: c.store, Users: c.users, Bus: hub, Audit: audit.New(c.logger), Log: c.logger, Clock: c.clock.read})
	c.config = bandsync.Config{
		Store: c.store, Users: c.users, Board: c.board, Gallery: c.store, Tokens: noTokens{}, Band: c.client, BandKey: c.sim.BandKey(),
		Spare:     func(context.Context) (band.Secret, error) { return c.token, nil },
		Acquire:   acquireFrom(c.leases),
		SyncPosts: true, Bus: hub, Streams: realtime.NewStreams(realtime.Config{Bus: hub, Heartbeat: time.Minute}), FullInterval: 24 * time.Hour,
		Log: c.logger, Clock: c.clock.read,
	}
	for _, f := range change {
		f(&c.config)
	}
	return c
}

func (c *club) newClient(over *http.Client) *band.Client {
	c.t.Helper()
	client, err := band.New(band.Config{
		ClientID: bandsim.DefaultClientID, ClientSecret: band.NewSecret(bandsim.DefaultClientSecret), HTTP: over, Log: c.logger,
		Wait: func(ctx context.Context, d time.Duration) bool {
			c.waits.mu.Lock()
			defer c.waits.mu.Unlock()
			c.waits.all = append(c.waits.all, d)
			c.clock.advance(d)
			return ctx.Err() == nil
		},
	})
	must(c.t, err)
	return client
}

// tokenOf is the token of a member who has signed in.
func (c *club) tokenOf(userKey string) auth.BandToken {
	c.t.Helper()
	code, ok := c.sim.Code(userKey)
	if !ok {
		c.t.Fatal("no such member")
	}
	grant, err := c.client.Exchange(c.t.Context(), code, "")
	must(c.t, err)
	return auth.BandToken{Access: grant.AccessToken, Refresh: grant.RefreshToken}
}

// service is one process's.
func (c *club) service() *bandsync.Service {
	s := bandsync.New(c.config)
	c.t.Cleanup(s.Close)
	return s
}

// sync makes a pass that must succeed.
func (c *club) sync(full bool) bandsync.Result {
	c.t.Helper()
	result, err := c.service().Sync(c.t.Context(), full)
	if err != nil {
		c.t.Fatalf("%v\n%s", err, c.log)
	}
	return result
}

// copied is everything that is copied, as lines that can be compared: of Band's as the client reads it, or of the store's.
type copied map[string]string

// ofBand is what a full sync is to have made of the Band.
func (c *club) ofBand() copied {
	c.t.Helper()
	all := copied{}
	people := map[string]band.Author{}
	meet := func(a band.Author) {
		if _, ok := people[a.UserKey]; !ok || a.Role != "" {
			people[a.UserKey] = a
		}
	}
	ctx, key := c.t.Context(), c.sim.BandKey()
	mentions := func(content string) {
		for _, m := range band.ParseText(content).Mentions {
			meet(band.Author{UserKey: m.UserKey, Name: m.Name})
		}
	}
	for p, err := range c.client.Posts(ctx, c.token, key) {
		must(c.t, err)
		meet(p.Author)
		mentions(p.Content)
		for _, latest := range p.LatestComments {
			meet(latest.Author)
		}
		var attached []string
		for _, photo := range p.Photos {
			meet(photo.Author)
			attached = append(attached, fmt.Sprintf("%s, %d×%d", photo.Key, photo.Width, photo.Height))
		}
		var comments []string
		for m, err := range c.client.Comments(ctx, c.token, key, p.Key, band.OldestFirst) {
			must(c.t, err)
			if time.Since(p.CreatedAt) < bandsync.FreshFor-time.Hour {
				// What is only said in old comments is not read again.
				meet(m.Author)
			}
			content := plain(m.Content)
			switch {
			case m.Photo != nil:
				content += "\n[사진]"
			case m.Audio:
				content += "\n[음성 메시지]"
			}
			if len(band.ParseText(m.Content).Mentions) > 0 && time.Since(p.CreatedAt) >= bandsync.FreshFor-time.Hour {
				// Nor who is mentioned there by another name since.
				content = "mentions somebody"
				c.oldMentions[m.Key] = true
			}
			comments = append(comments, fmt.Sprintf("%s %q by %s at %d", m.Key, content, m.Author.UserKey, m.CreatedAt.UnixMilli()))
		}
		all["post "+p.Key] = fmt.Sprintf("%q by %s at %d with %v\n%s", plain(p.Content), p.Author.UserKey, p.CreatedAt.UnixMilli(), attached,
			strings.Join(comments, "\n"))
	}
	for a, err := range c.client.Albums(ctx, c.token, key) {
		must(c.t, err)
		meet(a.Owner)
		all["album "+a.Key] = fmt.Sprintf("%s of %s with %d", a.Name, a.Owner.UserKey, a.Photos)
		for photo, err := range c.client.Photos(ctx, c.token, key, a.Key) {
			must(c.t, err)
			meet(photo.Author)
			all["photo "+photo.Key] = photoLine(photo.Author.UserKey, a.Key, photo.Width, photo.Height)
		}
	}
	for userKey, a := range people {
		if a.Role != "" {
			all["user "+userKey] = fmt.Sprintf("%s %s", a.Name, a.Role)
		}
	}
	return all
}

func photoLine(author, album string, width, height int) string {
	return fmt.Sprintf("by %s in %s, %d×%d", author, album, width, height)
}

func plain(content string) string {
	return strings.TrimSpace(hangul.NFC(band.ParseText(content).Plain))
}

// textOf returns the whole text of a copy, of which the title is the first line.
func textOf(p posts.Post) string { return strings.TrimSuffix(p.Title+"\n"+p.Content, "\n") }

// keys are Band's keys of the ids in the store.
func (c *club) keys() map[string]string {
	c.t.Helper()
	keys := map[string]string{}
	ctx, key := c.t.Context(), c.sim.BandKey()
	for p, err := range c.client.Posts(ctx, c.token, key) {
		must(c.t, err)
		keys[bandsync.PostID(p.Key)] = p.Key
		for _, photo := range p.Photos {
			keys[bandsync.PhotoID(photo.Key)] = photo.Key
		}
		for m, err := range c.client.Comments(ctx, c.token, key, p.Key, band.OldestFirst) {
			must(c.t, err)
			keys[bandsync.CommentID(m.Key)] = m.Key
		}
	}
	for a, err := range c.client.Albums(ctx, c.token, key) {
		must(c.t, err)
		keys[bandsync.AlbumID(a.Key)] = a.Key
		for photo, err := range c.client.Photos(ctx, c.token, key, a.Key) {
			must(c.t, err)
			keys[bandsync.PhotoID(photo.Key)] = photo.Key
		}
	}
	return keys
}

// ofStore is what the store has. Whatever is not in Band any more is there under its id.
func (c *club) ofStore() copied {
	c.t.Helper()
	all, keys, ctx := copied{}, c.keys(), c.t.Context()
	keyOf := func(id string) string { return cmp.Or(keys[id], "unknown "+id) }
	userKeys := map[string]string{}
	active, err := c.store.ActiveIDs(ctx)
	must(c.t, err)
	for part := range slices.Chunk(active, 500) {
		found, err := c.store.UsersByID(ctx, part)
		must(c.t, err)
		for _, u := range found {
			userKeys[u.ID] = u.BandUserID
			if u.BandRole != "" {
				all["user "+u.BandUserID] = fmt.Sprintf("%s %s", u.BandName, map[string]string{
					"admin": "leader", "manager": "coleader", "member": "member"}[string(u.BandRole)])
			}
		}
	}
	for after := (posts.Position{}); ; {
		page, next, err := c.store.PostsAfter(ctx, posts.Filter{Category: posts.Band, Limit: 100}, after, nil)
		must(c.t, err)
		for _, p := range page {
			all["post "+keyOf(p.ID)] = c.postLine(p, userKeys, keyOf)
		}
		if after = next; next == (posts.Position{}) {
			break
		}
	}
	for _, a := range c.albums() {
		all["album "+keyOf(a.ID)] = fmt.Sprintf("%s of %s with %d", a.Name, userKeys[a.OwnerID], a.Photos)
		for _, p := range c.photosOf(a.ID) {
			all["photo "+keyOf(p.ID)] = photoLine(userKeys[p.AuthorID], keyOf(a.ID), p.Width, p.Height)
		}
	}
	return all
}

func (c *club) postLine(p posts.Post, userKeys map[string]string, keyOf func(string) string) string {
	var attached, comments []string
	for _, a := range p.Attachments {
		attached = append(attached, fmt.Sprintf("%s, %d×%d", keyOf(a.FileID), a.Width, a.Height))
		if photo, err := c.store.Photo(c.t.Context(), a.FileID); err != nil || photo.AlbumID != "" {
			c.t.Errorf("the photo %s of a post is %+v, %v", keyOf(a.FileID), photo, err)
		}
	}
	outline, err := c.store.Outline(c.t.Context(), p.ID)
	must(c.t, err)
	wanted := []string{}
	for _, o := range outline {
		if !o.Deleted {
			wanted = append(wanted, o.ID)
		}
	}
	if p.Comments != len(wanted) {
		c.t.Errorf("post %s counts %d comments of %d", keyOf(p.ID), p.Comments, len(wanted))
	}
	found, err := c.store.CommentsByID(c.t.Context(), p.ID, wanted)
	must(c.t, err)
	slices.SortFunc(found, func(a, b posts.Comment) int { return slices.Index(wanted, a.ID) - slices.Index(wanted, b.ID) })
	for _, m := range found {
		if c.oldMentions[keyOf(m.ID)] {
			m.Content = "mentions somebody"
		}
		comments = append(comments, fmt.Sprintf("%s %q by %s at %d", keyOf(m.ID), m.Content, userKeys[m.AuthorID], m.CreatedAt.UnixMilli()))
	}
	return fmt.Sprintf("%q by %s at %d with %v\n%s", textOf(p), userKeys[p.AuthorID], p.CreatedAt.UnixMilli(), attached, strings.Join(comments, "\n"))
}

// wantEqual fails unless the store has what Band has.
func (c *club) wantEqual(what string) {
	c.t.Helper()
	want, got := c.ofBand(), c.ofStore()
	wrong := 0
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if got[key] != want[key] {
			if wrong++; wrong < 5 {
				c.t.Errorf("%s: %s is\n%s\nand in Band\n%s", what, key, got[key], want[key])
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok && !strings.HasPrefix(key, "user ") {
			if wrong++; wrong < 5 {
				c.t.Errorf("%s: %s is not in Band: %s", what, key, got[key])
			}
		}
	}
	if wrong > 0 {
		c.t.Fatalf("%s: %d of %d things differ", what, wrong, len(want))
	}
}

// albums are the albums in the store, and photosOf the photos of one.
func (c *club) albums() (all []photos.Album) {
	c.t.Helper()
	for after := (*photos.Position)(nil); ; {
		page, err := c.store.ListAlbums(c.t.Context(), after, 50)
		must(c.t, err)
		all = append(all, page...)
		if len(page) < 50 {
			return all
		}
		after = new(page[len(page)-1].Position())
	}
}

func (c *club) photosOf(albumID string) (all []photos.Photo) {
	c.t.Helper()
	for after := (*photos.Position)(nil); ; {
		page, _, err := c.store.ListPhotos(c.t.Context(), photos.Filter{AlbumID: albumID, After: after, Limit: 100})
		must(c.t, err)
		all = append(all, page...)
		if len(page) < 100 {
			return all
		}
		after = new(page[len(page)-1].Position())
	}
}

// noTokens has nobody's token.
type noTokens struct{}

func (noTokens) BandToken(context.Context, string) (auth.BandToken, error) {
	return auth.BandToken{}, fault.NotFound
}

func (noTokens) RefreshBandToken(context.Context, string, auth.BandToken) (auth.BandToken, error) {
	return auth.BandToken{}, fault.NotFound
}

// nobody is online, and nobody is told of changes.
type nobody struct{}

func (nobody) UserChanged(context.Context, string) {}

func (nobody) Online(context.Context, []string) (map[string]bool, error) { return nil, nil }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

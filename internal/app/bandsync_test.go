package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"google.golang.org/protobuf/proto"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

// remoteBand is a Band on another machine, as servers see it.
type remoteBand struct {
	*httptest.Server
	sim *bandsim.Simulator

	mu sync.Mutex
	// calls counts those of the API, and of counts them by access token.
	calls int
	of    map[string]int
	// answer, if it is not nil, may answer the n-th call of the API in the place of the simulator.
	answer func(n int, w http.ResponseWriter, r *http.Request) bool
	// life is how many calls an access token is good for; 0 for all.
	life int
	// secrets are the tokens that Band has met.
	secrets map[string]bool
}

func startBand(t *testing.T) *remoteBand {
	t.Helper()
	b := &remoteBand{sim: bandsim.New(bandsim.Options{}), of: make(map[string]int), secrets: make(map[string]bool)}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

// ServeHTTP implements http.Handler.
func (b *remoteBand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/v2") {
		b.meet(r.URL.Query().Get("refresh_token"))
		b.sim.ServeHTTP(w, r)
		return
	}
	params := r.URL.Query()
	token := params.Get("access_token")
	b.meet(token)
	b.mu.Lock()
	b.calls++
	b.of[token]++
	n, answer, ended := b.calls, b.answer, b.life > 0 && b.of[token] > b.life
	b.mu.Unlock()
	if answer != nil && answer(n, w, r) {
		return
	}
	if ended {
		params.Set("access_token", "ended")
		r.URL.RawQuery = params.Encode()
	}
	b.sim.ServeHTTP(w, r)
}

func (b *remoteBand) meet(secret string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if secret != "" {
		b.secrets[secret] = true
	}
}

// leader is the one who leads the club.
func (b *remoteBand) leader() apptest.Person {
	m := b.sim.Members()[0]
	return apptest.Person{UserKey: m.UserKey, Name: m.Name, Role: m.Role}
}

// signIn signs in the leader, who is an admin.
func (b *remoteBand) signIn(t *testing.T, s *apptest.Server) *apptest.Member {
	t.Helper()
	return s.SignIn(t, b.leader(), apptest.ConnectBinary)
}

// leaks fails if a token of Band is in data.
func (b *remoteBand) leaks(t *testing.T, where string, data []byte) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for secret := range b.secrets {
		if bytes.Contains(data, []byte(secret)) || bytes.Contains(data, []byte(url.QueryEscape(secret))) {
			t.Errorf("a token of Band is in %s", where)
		}
	}
	if bytes.Contains(data, []byte("access_token=")) || bytes.Contains(data, []byte(bandsim.DefaultClientSecret)) {
		t.Errorf("a secret is in %s", where)
	}
}

// lockedBuffer is written concurrently.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) all() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.Bytes())
}

// faulty are the ways in which Band fails and tells the token that it was asked with.
var faulty = map[int]func(w http.ResponseWriter, r *http.Request){
	5: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	10: func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "<html>"+r.URL.String(), http.StatusBadGateway)
	},
	15: func(w http.ResponseWriter, r *http.Request) {
		text, _ := json.Marshal(r.URL.String()) //nolint:errchkjson // a string
		fmt.Fprintf(w, `{"result_code":2300,"result_data":{"message":%s}}`, text)
	},
	20: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprintf(w, `{"result_code":1,"result_data":{"items":[{"post_key":"%s`, r.URL.Query().Get("access_token"))
	},
	25: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, r.URL.String(), http.StatusTooManyRequests)
	},
	30: func(w http.ResponseWriter, r *http.Request) { http.Error(w, r.URL.String(), http.StatusOK) },
}

// TestNoTokenOfBandLeaks syncs with a Band that fails in every way and repeats the token when it does, with tokens that end and are
// refreshed, and looks for them in all that the server says and keeps.
func TestNoTokenOfBandLeaks(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		noTokenLeaks(t, apptest.Setting{})
	})
	t.Run("MongoDB and Redis", func(t *testing.T) {
		t.Parallel()
		noTokenLeaks(t, apptest.SharedSetting(t))
	})
}

func noTokenLeaks(t *testing.T, in apptest.Setting) {
	b := startBand(t)
	var log, told lockedBuffer
	var folder string
	published := func() []byte { return nil }
	if in.RedisURL != "" {
		published = listen(t, in)
	}
	s := apptest.StartIn(t, in, func(c *app.Config) {
		c.BandClientID, c.BandClientSecret = bandsim.DefaultClientID, band.NewSecret(bandsim.DefaultClientSecret)
		c.BandKey, c.BandAPIURL, c.BandAuthURL = b.sim.BandKey(), b.URL, b.URL
		c.AdminBandUserKeys, c.BandSyncPosts = []string{b.leader().UserKey}, true
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c.AuditLog, folder = c.Log, c.DataDir
	})
	leader := b.signIn(t, s)
	say := func(m proto.Message, err error) {
		if err != nil {
			fmt.Fprintf(&told, "%v %v\n", err, apptest.InfoOf(err))
			return
		}
		text, err := proto.Marshal(m)
		fatal(t, err)
		_, _ = told.Write(text)
	}
	stream, err := leader.Photos.WatchSync(t.Context(), &v1.WatchSyncRequest{})
	fatal(t, err)
	go func() {
		for stream.Receive() {
			say(stream.Msg(), nil)
		}
	}()
	b.mu.Lock()
	b.calls, b.life = 0, 25
	failed := 0
	b.answer = func(n int, w http.ResponseWriter, r *http.Request) bool {
		fail := faulty[n]
		if fail == nil {
			return false
		}
		b.mu.Lock()
		failed++
		b.mu.Unlock()
		fail(w, r)
		return true
	}
	b.mu.Unlock()
	synced, err := leader.Users.SyncBandMembers(t.Context(), &v1.SyncBandMembersRequest{})
	fatal(t, err)
	say(synced, nil)
	b.mu.Lock()
	if failed != len(faulty) || len(b.secrets) < 4 {
		t.Errorf("Band has failed %d times, and met %d tokens", failed, len(b.secrets))
	}
	// From now on it refuses everything, and repeats the token.
	b.answer = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		text, _ := json.Marshal(r.URL.String()) //nolint:errchkjson // a string
		fmt.Fprintf(w, `{"result_code":10403,"result_data":{"message":%s}}`, text)
		return true
	}
	b.mu.Unlock()
	_, err = leader.Photos.SyncAlbums(t.Context(), &v1.SyncAlbumsRequest{})
	if apptest.InfoOf(err).GetReason() != "BAND_REFUSED" {
		t.Errorf("%v", err)
	}
	say(nil, err)
	list, err := leader.Posts.ListPosts(t.Context(), &v1.ListPostsRequest{})
	say(list, err)
	members, err := leader.Users.ListMembers(t.Context(), &v1.ListMembersRequest{})
	say(members, err)

	files := 0
	look := func(when string) {
		fatal(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			files++
			b.leaks(t, path+" "+when, data)
			return err
		}))
	}
	look("while it runs")
	if in.MongoURI != "" {
		b.leaks(t, "the database", databaseOf(t, in))
		b.leaks(t, "Redis", redisOf(t, in))
	} else if files == 0 {
		t.Error("there are no files")
	}
	s.Stop()
	look("afterwards")
	b.leaks(t, "the log", log.all())
	b.leaks(t, "what clients were told", told.all())
	b.leaks(t, "what processes tell each other", published())
	if len(log.all()) == 0 || len(told.all()) == 0 {
		t.Error("nothing was said")
	}
}

// databaseOf returns everything in a setting's database.
func databaseOf(t *testing.T, in apptest.Setting) []byte {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(in.MongoURI))
	fatal(t, err)
	defer client.Disconnect(context.Background())
	u, err := url.Parse(in.MongoURI)
	fatal(t, err)
	database := client.Database(strings.TrimPrefix(u.Path, "/"))
	names, err := database.ListCollectionNames(t.Context(), bson.D{})
	fatal(t, err)
	var all bytes.Buffer
	for _, name := range names {
		cursor, err := database.Collection(name).Find(t.Context(), bson.D{})
		fatal(t, err)
		for cursor.Next(t.Context()) {
			all.Write(cursor.Current)
		}
		fatal(t, cursor.Err())
	}
	if all.Len() == 0 {
		t.Error("the database is empty")
	}
	return all.Bytes()
}

func redisClient(t *testing.T, in apptest.Setting) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(in.RedisURL)
	fatal(t, err)
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// redisOf returns everything of a setting in Redis.
func redisOf(t *testing.T, in apptest.Setting) []byte {
	t.Helper()
	client, ctx := redisClient(t, in), t.Context()
	var all bytes.Buffer
	keys := client.Scan(ctx, 0, in.RedisPrefix+"*", 1000).Iterator()
	for keys.Next(ctx) {
		key := keys.Val()
		fmt.Fprintln(&all, key)
		switch kind := client.Type(ctx, key).Val(); kind {
		case "string":
			fmt.Fprintln(&all, client.Get(ctx, key).Val())
		case "hash":
			fmt.Fprintln(&all, client.HGetAll(ctx, key).Val())
		case "zset":
			fmt.Fprintln(&all, client.ZRange(ctx, key, 0, -1).Val())
		case "set":
			fmt.Fprintln(&all, client.SMembers(ctx, key).Val())
		case "none": // gone meanwhile
		default:
			t.Errorf("%s is a %s", key, kind)
		}
	}
	fatal(t, keys.Err())
	return all.Bytes()
}

// listen gathers what processes tell each other by Redis.
func listen(t *testing.T, in apptest.Setting) func() []byte {
	t.Helper()
	subscription := redisClient(t, in).PSubscribe(t.Context(), in.RedisPrefix+"*")
	_, err := subscription.Receive(t.Context())
	fatal(t, err)
	var all lockedBuffer
	go func() {
		for m := range subscription.Channel() {
			fmt.Fprintln(&all, m.Channel, m.Payload)
		}
	}()
	return func() []byte {
		_ = subscription.Close()
		return all.all()
	}
}

// TestASyncIsTakenOver kills the process that syncs. Who follows the sync by another one sees it stop, and that one makes it good.
func TestASyncIsTakenOver(t *testing.T) {
	t.Parallel()
	in, b := apptest.SharedSetting(t), startBand(t)
	reached, killed := make(chan struct{}), make(chan struct{})
	var once sync.Once
	b.answer = func(n int, _ http.ResponseWriter, r *http.Request) bool {
		if n >= 30 {
			once.Do(func() { close(reached) })
			select {
			case <-killed:
			case <-r.Context().Done():
			}
		}
		return false
	}
	env := []string{
		"BAND_CLIENT_ID=" + bandsim.DefaultClientID, "BAND_CLIENT_SECRET=" + bandsim.DefaultClientSecret, "BAND_KEY=" + b.sim.BandKey(),
		"BAND_API_URL=" + b.URL, "BAND_AUTH_URL=" + b.URL, "ADMIN_BAND_USER_KEYS=" + b.leader().UserKey,
	}
	first, second := apptest.StartProcessIn(t, in, env...), apptest.StartProcessIn(t, in, env...)
	leader := b.signIn(t, &first.Server)
	other := leader.On(t, &second.Server)
	stream, err := other.Photos.WatchSync(t.Context(), &v1.WatchSyncRequest{})
	fatal(t, err)
	progress := make(chan *v1.SyncProgress, 1000)
	go func() {
		defer close(progress)
		for stream.Receive() {
			for _, e := range stream.Msg().GetEvents() {
				if p := e.GetProgress(); p != nil {
					progress <- p
				}
			}
		}
	}()
	await := func(what string, wanted func(*v1.SyncProgress) bool) {
		t.Helper()
		timeout := time.After(time.Minute)
		for {
			select {
			case p, ok := <-progress:
				if !ok {
					t.Fatalf("waiting for %s, the stream has ended: %v", what, stream.Err())
				}
				if wanted(p) {
					return
				}
			case <-timeout:
				t.Fatal("waited in vain for " + what)
			}
		}
	}
	lost := make(chan error, 1)
	go func() {
		_, err := leader.Photos.SyncAlbums(context.Background(), &v1.SyncAlbumsRequest{})
		lost <- err
	}()
	<-reached
	await("the sync of the other process", func(p *v1.SyncProgress) bool {
		return p.GetStatus().GetState() == v1.SyncState_SYNC_STATE_RUNNING && p.GetStep() == v1.SyncStep_SYNC_STEP_POSTS
	})
	_, err = other.Photos.SyncAlbums(t.Context(), &v1.SyncAlbumsRequest{})
	if apptest.InfoOf(err).GetReason() != "SYNC_RUNNING" {
		t.Errorf("beside a sync: %v", err)
	}
	first.Kill()
	if err := <-lost; err == nil {
		t.Error("a killed process has answered")
	}
	close(killed)
	// The lease of a process that has died ends by itself.
	var synced *v1.SyncAlbumsResponse
	for deadline := time.Now().Add(time.Minute); ; {
		synced, err = other.Photos.SyncAlbums(t.Context(), &v1.SyncAlbumsRequest{})
		if connect.CodeOf(err) != connect.CodeAborted || time.Now().After(deadline) {
			break
		}
		<-time.After(tryAgain)
	}
	fatal(t, err)
	if synced.GetAlbumsSynced() != 22 {
		t.Errorf("%v", synced)
	}
	await("the end", func(p *v1.SyncProgress) bool {
		return p.GetStatus().GetState() == v1.SyncState_SYNC_STATE_SUCCEEDED && p.GetStep() == v1.SyncStep_SYNC_STEP_DONE
	})
	list, err := other.Posts.ListPosts(t.Context(), &v1.ListPostsRequest{Category: v1.PostCategory_POST_CATEGORY_BAND.Enum()})
	fatal(t, err)
	if n := list.GetPagination().GetTotal(); n != 60 {
		t.Errorf("%d posts", n)
	}
}

package bandsync_test

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// TestAClubIsSyncedFromTheStart starts a server as `make run` does: the simulator's club is there without anybody asking.
func TestAClubIsSyncedFromTheStart(t *testing.T) {
	s := apptest.Start(t, func(cfg *app.Config) {
		cfg.BandSyncInterval, cfg.BandFullSyncInterval, cfg.BandSyncPosts = time.Hour, 24*time.Hour, true
	})
	leader := s.SignIn(t, s.People(t)[0], apptest.ConnectJSON)
	events := watchSync(t, leader)
	waitFor(t, events, "the end of the first sync", func(p *v1.SyncProgress) bool {
		return p.GetStatus().GetState() == v1.SyncState_SYNC_STATE_SUCCEEDED && p.GetStep() == v1.SyncStep_SYNC_STEP_DONE
	})
	list, err := leader.Posts.ListPosts(t.Context(), &v1.ListPostsRequest{Category: v1.PostCategory_POST_CATEGORY_BAND.Enum()})
	must(t, err)
	if n := list.GetPagination().GetTotal(); n != 60 {
		t.Errorf("%d posts", n)
	}
	p := list.GetPosts()[0]
	if p.GetBandUrl() == "" || p.GetAuthor().GetUserId() == "" {
		t.Errorf("%v", p)
	}
	members, err := leader.Users.ListMembers(t.Context(), &v1.ListMembersRequest{})
	must(t, err)
	if n := members.GetPagination().GetTotal(); n < 150 {
		t.Errorf("%d members", n)
	}
	_, err = leader.Posts.DeletePost(t.Context(), &v1.DeletePostRequest{PostId: p.GetId()})
	if info := apptest.InfoOf(err); info.GetReason() != "BAND_POST" || info.GetMetadata()["url"] != p.GetBandUrl() {
		t.Errorf("%v", err)
	}
}

// TestPostsOfBandHaveTheirPictures looks at the pictures of posts, as they are served.
func TestPostsOfBandHaveTheirPictures(t *testing.T) {
	s := apptest.Start(t, func(cfg *app.Config) { cfg.BandSyncPosts = true })
	leader := s.SignIn(t, s.People(t)[0], apptest.ConnectBinary)
	sizes := map[string]image.Point{}
	pictures := func() (urls []string, edited int) {
		_, err := leader.Photos.SyncAlbums(t.Context(), &v1.SyncAlbumsRequest{})
		must(t, err)
		list, err := leader.Posts.ListPosts(t.Context(), &v1.ListPostsRequest{Limit: new(int32(100))})
		must(t, err)
		for _, p := range list.GetPosts() {
			for _, a := range p.GetAttachments() {
				urls = append(urls, a.GetUrl())
				sizes[a.GetUrl()] = image.Pt(int(a.GetWidth()), int(a.GetHeight()))
				if a.GetFileId() == "" || !strings.HasPrefix(a.GetUrl(), s.URL+"/photos/"+a.GetFileId()+"/") || a.GetContentType() != "" || a.GetSize() != 0 {
					t.Errorf("%v", a)
				}
			}
			if p.GetUpdatedAt() != nil {
				edited++
			}
		}
		return urls, edited
	}
	before, _ := pictures()
	if len(before) == 0 {
		t.Fatal("no post has a picture")
	}
	for _, at := range before[:3] {
		response, err := http.Get(at + "?w=320")
		must(t, err)
		response.Body.Close()
		if response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "image/") {
			t.Errorf("%s: %s", at, response.Status)
		}
		response, err = http.Get(at)
		must(t, err)
		got, _, err := image.DecodeConfig(response.Body)
		response.Body.Close()
		if err != nil || image.Pt(got.Width, got.Height) != sizes[at] {
			t.Errorf("%s is %d×%d and said to be %v, %v", at, got.Width, got.Height, sizes[at], err)
		}
	}
	if again, edited := pictures(); !slices.Equal(again, before) || edited != 0 {
		t.Errorf("%d of %d, %d edited", len(again), len(before), edited)
	}
}

// TestAnAdminSyncs asks for syncs over the wire and follows them.
func TestAnAdminSyncs(t *testing.T) {
	var log bytes.Buffer
	var folder string
	s := apptest.Start(t, func(cfg *app.Config) {
		cfg.BandSyncPosts, cfg.BandFullSyncInterval = true, 24*time.Hour
		cfg.Log = slog.New(slog.NewTextHandler(&locked{b: &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
		folder = cfg.DataDir
	})
	people := s.People(t)
	leader, member := s.SignIn(t, people[0], apptest.ConnectBinary), s.SignIn(t, people[10], apptest.ConnectJSON)
	for name, call := range map[string]func(context.Context, *apptest.Member) error{
		"SyncBandMembers": func(ctx context.Context, m *apptest.Member) error {
			_, err := m.Users.SyncBandMembers(ctx, &v1.SyncBandMembersRequest{})
			return err
		},
		"SyncAlbums": func(ctx context.Context, m *apptest.Member) error {
			_, err := m.Photos.SyncAlbums(ctx, &v1.SyncAlbumsRequest{})
			return err
		},
		"WatchSync": func(ctx context.Context, m *apptest.Member) error {
			stream, err := m.Photos.WatchSync(ctx, &v1.WatchSyncRequest{})
			if err != nil {
				return err
			}
			defer stream.Close()
			stream.Receive()
			return stream.Err()
		},
	} {
		if err := call(t.Context(), member); connect.CodeOf(err) != connect.CodePermissionDenied {
			t.Errorf("%s by a member: %v", name, err)
		}
	}
	events := watchSync(t, leader)
	waitFor(t, events, "that there was none", func(p *v1.SyncProgress) bool { return p.GetStatus().GetState() == v1.SyncState_SYNC_STATE_NEVER })
	learned, err := leader.Users.SyncBandMembers(t.Context(), &v1.SyncBandMembersRequest{})
	must(t, err)
	if n := learned.GetSyncedCount(); n < 150 || learned.GetNewMembers() > n {
		t.Errorf("%v", learned)
	}
	running := waitFor(t, events, "progress", func(p *v1.SyncProgress) bool { return p.GetStatus().GetState() == v1.SyncState_SYNC_STATE_RUNNING })
	if running.GetStatus().GetLastError() != "" {
		t.Errorf("%v", running)
	}
	waitFor(t, events, "the end", func(p *v1.SyncProgress) bool { return p.GetStep() == v1.SyncStep_SYNC_STEP_DONE })
	synced, err := leader.Photos.SyncAlbums(t.Context(), &v1.SyncAlbumsRequest{})
	must(t, err)
	if synced.GetAlbumsSynced() != 22 || synced.GetPhotosSynced() != 0 || synced.GetLastSync() == nil {
		t.Errorf("%v", synced)
	}
	s.Stop()
	// Band's tokens begin so, and so does nothing else.
	secrets := [][]byte{[]byte("ZQAAA"), []byte("access_token=")}
	leaks := func(what string, data []byte) {
		if slices.ContainsFunc(secrets, func(secret []byte) bool { return bytes.Contains(data, secret) }) {
			t.Errorf("a token of Band is in %s", what)
		}
	}
	leaks("the log", log.Bytes())
	files := 0
	must(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		leaks(path, data)
		return err
	}))
	if files == 0 && !apptest.Shared() {
		t.Error("there are no files")
	}
}

// watchSync follows the sync.
func watchSync(t *testing.T, m *apptest.Member) <-chan *v1.SyncEvent {
	t.Helper()
	events := make(chan *v1.SyncEvent, 1000)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	stream, err := m.Photos.WatchSync(ctx, &v1.WatchSyncRequest{})
	must(t, err)
	go func() {
		defer close(events)
		defer stream.Close()
		for stream.Receive() {
			for _, e := range stream.Msg().GetEvents() {
				events <- e
			}
		}
	}()
	if e := <-events; e.GetHello() == nil {
		t.Fatalf("the stream begins with %v", e)
	}
	return events
}

// waitFor returns the first progress that pass is true for.
func waitFor(t *testing.T, events <-chan *v1.SyncEvent, what string, pass func(*v1.SyncProgress) bool) *v1.SyncProgress {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("waiting for %s, the stream has ended", what)
			}
			if p := e.GetProgress(); p != nil && pass(p) {
				return p
			}
		case <-timeout:
			t.Fatal("waited in vain for " + what)
		}
	}
}

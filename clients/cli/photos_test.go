package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

// jpegAt writes a picture of 64 by 48 pixels, and returns its path.
func jpegAt(t *testing.T, name string) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 64, 48)), nil); err != nil {
		t.Fatal(err)
	}
	return fileAt(t, name, b.Bytes())
}

func fileAt(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSyncAndAlbums(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		leader, member := signedIn(t, server, 0), signedIn(t, server, 10)
		if r := member.run(t.Context(), "", "sync"); r.code != exitDenied {
			t.Errorf("a member syncs: %+v", r)
		}
		if out := leader.do(t, "sync"); !strings.HasPrefix(out, "동기화했습니다: 앨범 ") {
			t.Errorf("got %s", out)
		}
		r := leader.run(t.Context(), "", "sync", "--watch", "-o", "json")
		var synced struct {
			AlbumsSynced int    `json:"albums_synced"`
			LastSync     string `json:"last_sync"`
		}
		if err := json.Unmarshal([]byte(r.out), &synced); err != nil || r.code != exitDone || synced.AlbumsSynced == 0 || synced.LastSync == "" {
			t.Errorf("%v: %+v", err, r)
		}
		var albums v1.ListAlbumsResponse
		if err := protojson.Unmarshal([]byte(member.do(t, "albums", "-n", "0", "-o", "json")), &albums); err != nil || len(albums.Albums) != synced.AlbumsSynced {
			t.Fatalf("%v: %d albums, and %d were synced", err, len(albums.Albums), synced.AlbumsSynced)
		}
		album := albums.Albums[0]
		if out := member.do(t, "albums"); !strings.Contains(out, album.GetName()) || !strings.Contains(out, "만든 이") {
			t.Errorf("got\n%s", out)
		}
		if lines := strings.Count(member.do(t, "photos", album.GetName(), "-n", "0", "-o", "jsonl"), "\n"); lines == 0 || lines != int(album.GetPhotoCount()) {
			t.Errorf("%d photos of an album with %d", lines, album.GetPhotoCount())
		}
		exported := parseExport(t, bytes.NewBufferString(member.do(t, "export", "--only", "albums")))
		if len(exported.things["album"]) != len(albums.Albums) || exported.counts["photo"] < int(album.GetPhotoCount()) {
			t.Errorf("the export has %v", exported.counts)
		}
		if r := member.run(t.Context(), "", "photos", album.GetId(), "--hidden"); r.code != exitDenied {
			t.Errorf("a member sees what is hidden: %+v", r)
		}
		if r := member.run(t.Context(), "", "photos", "없는 앨범"); r.code != exitNotFound {
			t.Errorf("no album: %+v", r)
		}
	})
}

// leaderBehind returns the shell of the leader of a Band that front stands before, on a server that syncs with it.
func leaderBehind(t *testing.T, s setting, front func(band http.Handler) http.HandlerFunc) *shell {
	t.Helper()
	sim := bandsim.New(bandsim.Options{Prefix: "/bandsim"})
	remote := httptest.NewServer(front(sim))
	t.Cleanup(remote.Close)
	leader := sim.Members()[0].UserKey
	sh := newShell(t, s.start(t, func(c *app.Config) {
		c.BandClientID, c.BandClientSecret = bandsim.DefaultClientID, band.NewSecret(bandsim.DefaultClientSecret)
		c.BandKey, c.BandAPIURL, c.BandAuthURL = sim.BandKey(), remote.URL+"/bandsim", remote.URL+"/bandsim"
		c.AdminBandUserKeys = []string{leader}
	}))
	sh.do(t, "login", "--user-key", leader)
	return sh
}

// TestSyncShowsItsSteps holds the list of albums back until dbj has named that step: a sync may be over before its stream is open.
func TestSyncShowsItsSteps(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		named := make(chan struct{})
		sh := leaderBehind(t, s, func(band http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/band/albums") {
					select {
					case <-named:
					case <-r.Context().Done():
					}
				}
				band.ServeHTTP(w, r)
			}
		})
		syncing := sh.start(t, "sync", "--watch")
		for line := ""; line != "앨범…"; {
			line = syncing.from(t, syncing.told)
		}
		close(named)
		if out := syncing.next(t); !strings.HasPrefix(out, "동기화했습니다: 앨범 ") {
			t.Errorf("got %s", out)
		}
	})
}

func TestUpload(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		sh := signedIn(t, server, 0)
		room := sh.room(t, "동배즐 전체")
		var file struct {
			FileID        string `json:"file_id"`
			URL           string
			Width, Height int
		}
		if err := json.Unmarshal([]byte(sh.do(t, "upload", jpegAt(t, "셔틀콕.jpg"), "--purpose", "chat", "-o", "json")), &file); err != nil {
			t.Fatal(err)
		}
		if file.Width != 64 || file.Height != 48 {
			t.Errorf("it is %d by %d", file.Width, file.Height)
		}
		sh.do(t, "chat", "send", room.GetId(), "--attach", file.FileID)
		if out := sh.do(t, "chat", "tail", room.GetId(), "--follow=false", "-o", "jsonl"); !strings.Contains(out, file.FileID) {
			t.Errorf("the picture is not in the message: %s", out)
		}
		if out := sh.do(t, "upload", jpegAt(t, "a.jpg"), jpegAt(t, "b.jpg")); !strings.Contains(out, "64×48") || strings.Count(out, "\n") != 3 {
			t.Errorf("got\n%s", out)
		}
		for path, says := range map[string]string{
			fileAt(t, "a.png", []byte("no picture")):                                             "JPEG, PNG, WebP, GIF",
			fileAt(t, "b.jpg", append([]byte("\xff\xd8\xff\xe0"), make([]byte, maxPicture)...)):  "10MiB",
			fileAt(t, "c.jpg", append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), "damaged"...)): "PICTURE_DAMAGED",
			t.TempDir():                        "",
			filepath.Join(t.TempDir(), "none"): "none",
		} {
			if r := sh.run(t.Context(), "", "upload", path); r.code != exitFailed || !strings.Contains(r.err, says) {
				t.Errorf("%s: %+v", path, r)
			}
		}
		if r := sh.run(t.Context(), "", "chat", "send", room.GetId()); r.code != exitUsage {
			t.Errorf("nothing is sent: %+v", r)
		}
	})
}

func TestExportOfPictures(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		sh := signedIn(t, server, 0)
		sh.do(t, "sync")
		room := sh.room(t, "동배즐 전체")
		var file struct {
			FileID string `json:"file_id"`
		}
		if err := json.Unmarshal([]byte(sh.do(t, "upload", jpegAt(t, "a.jpg"), "--purpose", "chat", "-o", "json")), &file); err != nil {
			t.Fatal(err)
		}
		sh.do(t, "chat", "send", room.GetId(), "--attach", file.FileID)
		folder := filepath.Join(t.TempDir(), "pictures")
		x := parseExport(t, bytes.NewBufferString(sh.do(t, "export", "--pictures", folder, "--only", "posts,chat")))
		want := map[string]bool{file.FileID: true}
		for _, m := range x.things["post"] {
			for _, a := range m.(*v1.Post).GetAttachments() {
				want[pictureName(a.GetUrl())] = true
			}
		}
		there := func() map[string]os.FileInfo {
			files, err := os.ReadDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			found := make(map[string]os.FileInfo)
			for _, f := range files {
				name := strings.TrimSuffix(f.Name(), filepath.Ext(f.Name()))
				if !want[name] {
					t.Errorf("%s is of no picture", f.Name())
				}
				found[name], _ = f.Info()
			}
			return found
		}
		before := there()
		if len(before) != len(want) {
			t.Errorf("%d of %d pictures are there", len(before), len(want))
		}
		// What is there is not loaded again, and what was lost is.
		lost, err := filepath.Glob(filepath.Join(folder, file.FileID+".*"))
		if err != nil || len(lost) != 1 {
			t.Fatal(err, lost)
		}
		if err := os.Remove(lost[0]); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "."+file.FileID+".jpg.1234"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		sh.do(t, "export", "--pictures", folder, "--only", "posts,chat")
		after := there()
		for name := range want {
			if name != file.FileID && !os.SameFile(before[name], after[name]) {
				t.Errorf("%s was loaded again", name)
			}
		}
		if after[file.FileID] == nil {
			t.Error("the picture that was lost was not loaded")
		}
	})
}

// A picture that cannot be loaded is named at the end, whatever is answered in its place.
func TestPicturesThatCannotBeLoaded(t *testing.T) {
	t.Parallel()
	sh := signedIn(t, settings()[0].start(t), 0)
	for _, code := range []int{http.StatusOK, http.StatusNoContent, http.StatusForbidden, http.StatusNotFound, http.StatusGone} {
		server := httptest.NewServer(answers(code))
		defer server.Close()
		p, err := newPictures(&dbj{client: sh.client(t)}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		err = p.collect(t.Context(), &bars{}, func(context.Context) error { return p.add(&v1.Photo{Url: server.URL + "/photos/1/2"}) })
		if err != nil {
			t.Fatal(err)
		}
		if err := p.failed(); err == nil || !strings.Contains(err.Error(), server.URL) {
			t.Errorf("HTTP %d: %v", code, err)
		}
	}
}

// A hostile address names no file outside of the folder.
func TestPictureNames(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://club.example.com/photos/../../etc/passwd", "https://club.example.com/photos/..%2f..%2fx/y", "/photos/a/b/c", "", "::",
		"https://club.example.com/photos/" + strings.Repeat("x", 65) + "/y", "https://club.example.com/photos/*/y",
	} {
		if name := pictureName(address); len(name) != 32 || strings.ContainsAny(name, "./*") {
			t.Errorf("%s is called %s", address, name)
		}
	}
	if name := pictureName("https://club.example.com/photos/0190b5a2-1/abc?w=640"); name != "0190b5a2-1" {
		t.Errorf("an id is called %s", name)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// pictureProxy passes requests on to a server, and does something else with those for some pictures.
type pictureProxy struct {
	URL string

	mu     sync.Mutex
	to     http.Handler
	faults map[string]http.HandlerFunc
	asked  map[string]int
}

// startThroughProxy starts a server whose pictures are at the address of a proxy.
func startThroughProxy(t *testing.T, s setting) (*apptest.Server, *pictureProxy) {
	t.Helper()
	p := &pictureProxy{to: answers(http.StatusBadGateway), faults: make(map[string]http.HandlerFunc), asked: make(map[string]int)}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := pictureName(r.URL.Path)
		p.mu.Lock()
		p.asked[name]++
		to := p.to
		if fault := p.faults[name]; fault != nil {
			to = fault
		}
		p.mu.Unlock()
		to.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	p.URL = front.URL
	server := s.start(t, func(c *app.Config) { c.PublicURL = front.URL })
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = httputil.NewSingleHostReverseProxy(address)
	return server, p
}

// fail sets what happens to the requests for a picture; nil passes them on.
func (p *pictureProxy) fail(name string, fault http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults[name] = fault
}

// reset returns how often each picture was asked for since the last reset.
func (p *pictureProxy) reset() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = make(map[string]int)
	return asked
}

// breaks answers with the beginning of a picture, and then cuts the connection.
func breaks(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte("half"))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func answers(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// sendPictures uploads pictures, sends them to a room and returns their ids.
func (s *shell) sendPictures(t *testing.T, n int) []string {
	t.Helper()
	room := s.room(t, "사진")
	var ids []string
	for i := range n {
		var file struct {
			FileID string `json:"file_id"`
		}
		if err := json.Unmarshal([]byte(s.do(t, "upload", jpegAt(t, fmt.Sprintf("%d.jpg", i)), "--purpose", "chat", "-o", "json")), &file); err != nil {
			t.Fatal(err)
		}
		s.do(t, "chat", "send", room.GetId(), "--attach", file.FileID)
		ids = append(ids, file.FileID)
	}
	return ids
}

// picturesIn returns the names in a folder without their types, and refuses what no export leaves there.
func picturesIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, f := range files {
		if strings.HasPrefix(f.Name(), ".") {
			t.Errorf("%s was left behind", f.Name())
		}
		names[strings.TrimSuffix(f.Name(), filepath.Ext(f.Name()))] = true
	}
	return names
}

// An export goes on when pictures cannot be loaded, and the next one loads only those.
func TestAnExportGoesOnWithoutSomePictures(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server, proxy := startThroughProxy(t, s)
		sh := signedIn(t, server, 0, "DBJ_WAIT=10s")
		ids := sh.sendPictures(t, 5)
		broken, gone, forbidden, late, fine := ids[0], ids[1], ids[2], ids[3], ids[4]
		proxy.fail(broken, breaks)
		proxy.fail(gone, answers(http.StatusNotFound))
		proxy.fail(forbidden, answers(http.StatusForbidden))
		// It comes at the second try.
		proxy.fail(late, func(w http.ResponseWriter, r *http.Request) {
			proxy.fail(late, nil)
			breaks(w, r)
		})
		// The name holds what a pattern would take for more than itself.
		home := t.TempDir()
		path, folder := filepath.Join(home, "club.jsonl"), filepath.Join(home, "사진 [1]")
		if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
		export := func() (result, exported) {
			t.Helper()
			r := sh.run(t.Context(), "", "export", path, "--only", "chat", "--pictures", folder)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(b) == "before" {
				t.Fatalf("the file was not written: %+v", r)
			}
			return r, parseExport(t, bytes.NewBuffer(b))
		}
		proxy.reset()
		r, x := export()
		if r.code != exitIncomplete || x.kinds[len(x.kinds)-1] != "end" || x.counts["message"] != len(ids) {
			t.Errorf("%v: %+v", x.counts, r)
		}
		for _, says := range []string{"사진 3장", broken, gone, "404", forbidden, "403", "같은 명령"} {
			if !strings.Contains(r.err, says) {
				t.Errorf("it does not say %s: %s", says, r.err)
			}
		}
		if strings.Contains(r.err, fine) || strings.Contains(r.err, late) {
			t.Errorf("it names what has come: %s", r.err)
		}
		if there := picturesIn(t, folder); len(there) != 2 || !there[fine] || !there[late] {
			t.Errorf("there are %v", there)
		}
		if asked := proxy.reset(); asked[broken] < 2 || asked[late] != 2 || asked[forbidden] != 1 || asked[gone] != 1 {
			t.Errorf("tries: %v", asked)
		}

		for _, id := range ids {
			proxy.fail(id, nil)
		}
		if r, _ := export(); r.code != exitDone {
			t.Errorf("the second: %+v", r)
		}
		if there := picturesIn(t, folder); len(there) != len(ids) {
			t.Errorf("there are %v", there)
		}
		if asked := proxy.reset(); len(asked) != 3 || asked[fine]+asked[late] != 0 {
			t.Errorf("the second asks for %v", asked)
		}
	})
}

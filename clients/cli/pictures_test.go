package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
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
		if strings.HasPrefix(r.URL.Path, "/photos/") {
			p.asked[name]++
		}
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

// asks returns how often a picture was asked for since the last reset.
func (p *pictureProxy) asks(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[name]
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

// programVariable makes the binary of the tests dbj itself, for what is killed.
const programVariable = "DBJ_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// An export that is killed leaves the file as it was, and the next one loads only what is not there yet.
func TestAnExportThatIsKilled(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server, proxy := startThroughProxy(t, s)
		sh := signedIn(t, server, 0)
		ids := sh.sendPictures(t, 3)
		home := t.TempDir()
		path, folder := filepath.Join(home, "club.jsonl"), filepath.Join(home, "pictures")
		if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
		// The second stays in the middle until the export is gone.
		held := make(chan struct{})
		proxy.fail(ids[1], func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/jpeg")
			_, _ = w.Write([]byte("half"))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-held:
			case <-r.Context().Done():
			}
		})
		defer close(held)
		args := []string{"export", path, "--only", "chat", "--pictures", folder}
		command := exec.Command(must[string](t)(os.Executable()), args...)
		command.Env = append(os.Environ(), append(sh.env, programVariable+"=1")...)
		var stderr testkit.Log
		command.Stderr = &stderr
		proxy.reset()
		running := testkit.Run(t, command, func() bool {
			files, err := os.ReadDir(folder)
			if err != nil {
				return false
			}
			loaded := 0
			for _, f := range files {
				if !strings.HasPrefix(f.Name(), ".") {
					loaded++
				}
			}
			return loaded == 2 && proxy.asks(ids[1]) > 0
		})
		running.Kill()
		if b, err := os.ReadFile(path); err != nil || string(b) != "before" {
			t.Errorf("the file holds %q, %v: %s", b, err, stderr.String())
		}
		proxy.fail(ids[1], nil)
		proxy.reset()
		sh.do(t, args...)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if x := parseExport(t, bytes.NewBuffer(b)); x.counts["message"] != len(ids) {
			t.Errorf("the file has %v", x.counts)
		}
		if there := picturesIn(t, folder); len(there) != len(ids) {
			t.Errorf("there are %v", there)
		}
		if asked := proxy.reset(); len(asked) != 1 || asked[ids[1]] != 1 {
			t.Errorf("the second asks for %v", asked)
		}
	})
}

// Whatever pictures are called, by who has uploaded them or by a server, their files stay in the folder, and nothing that is printed
// does something to the terminal.
func TestHostileNamesOfPictures(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		sh := signedIn(t, server, 0)
		client, room := sh.client(t), sh.room(t, "사진")
		content, err := os.ReadFile(jpegAt(t, "a.jpg"))
		if err != nil {
			t.Fatal(err)
		}
		sent := 0
		for _, name := range []string{"../../../outside.jpg", "/tmp/outside.jpg", "a\n../b.jpg", "\x1b[2J\u202egpj.exe", "..", strings.Repeat("가", 2000) + ".jpg", "*.jpg"} {
			file, err := client.Upload(t.Context(), dongbaejul.File{
				Purpose: v1.UploadPurpose_UPLOAD_PURPOSE_CHAT, Name: name, ContentType: "image/jpeg", Size: int64(len(content)),
				Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
			})
			if connect.CodeOf(err) == connect.CodeInvalidArgument {
				// The server takes no such name.
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			sh.do(t, "chat", "send", room.GetId(), "--attach", file.GetFileId())
			sent++
		}
		if sent == 0 {
			t.Error("the server takes none of the names")
		}
		home := t.TempDir()
		folder := filepath.Join(home, "a", "b", "pictures")
		sh.do(t, "export", filepath.Join(home, "club.jsonl"), "--only", "chat", "--pictures", folder)
		if there := picturesIn(t, folder); len(there) != sent {
			t.Errorf("%d of %d pictures: %v", len(there), sent, there)
		}
		if elsewhere := filesBeside(t, home, folder); len(elsewhere) != 1 || elsewhere[0] != filepath.Join(home, "club.jsonl") {
			t.Errorf("files outside of the folder: %q", elsewhere)
		}
		// Names of files on this machine.
		for _, name := range []string{"a\nb.jpg", "\x1b[2J\u202e.jpg", strings.Repeat("가", 80) + ".jpg"} {
			r := sh.run(t.Context(), "", "upload", jpegAt(t, name))
			if strings.ContainsAny(r.out+r.err, "\x1b\u202e") || r.code == exitDone && strings.Count(r.out, "\n") != 2 {
				t.Errorf("%q: %+v", name, r)
			}
		}
	})
}

// A server that names pictures as it likes writes nothing outside of the folder either.
func TestHostileAddressesOfPictures(t *testing.T) {
	t.Parallel()
	sh := signedIn(t, settings()[0].start(t), 0)
	hostile := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		w.Header().Set("Content-Disposition", `attachment; filename="../../outside.jpg"`)
		_, _ = w.Write([]byte("picture"))
	}))
	defer hostile.Close()
	home := t.TempDir()
	folder := filepath.Join(home, "a", "pictures")
	p, err := newPictures(&dbj{client: sh.client(t)}, folder)
	if err != nil {
		t.Fatal(err)
	}
	addresses := []string{"/photos/../../outside/x", "/photos/..%2f..%2foutside/x", "/photos/a%0ab/x", "/photos/%1b%5b2J/x", "/photos/.hidden/x", "/photos/" + strings.Repeat("x", 4000) + "/x"}
	err = p.collect(t.Context(), &bars{}, func(context.Context) error {
		for _, address := range addresses {
			if err := p.add(&v1.Photo{Url: hostile.URL + address}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := cmp.Or(err, p.failed()); err != nil {
		t.Fatal(err)
	}
	if there := picturesIn(t, folder); len(there) != len(addresses) {
		t.Errorf("there are %v", there)
	}
	if elsewhere := filesBeside(t, home, folder); len(elsewhere) != 0 {
		t.Errorf("files outside of the folder: %q", elsewhere)
	}
}

// filesBeside returns the files in home that are not in folder.
func filesBeside(t *testing.T, home, folder string) []string {
	t.Helper()
	var beside []string
	err := filepath.WalkDir(home, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Dir(path) != folder {
			beside = append(beside, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return beside
}

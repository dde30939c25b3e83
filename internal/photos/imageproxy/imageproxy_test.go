package imageproxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/picture"
)

var codec = sync.OnceValue(picture.NewCodec)

// token is what no answer, error or line of a log may have.
const token = "GeheimToken"

func photo(width, height int) image.Image {
	drawn := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			drawn.SetRGBA(x, y, color.RGBA{uint8(x * 255 / width), uint8(y * 255 / height), 90, 255})
		}
	}
	return drawn
}

// imageServer is a server of pictures, at several names, that does all that one should not.
type imageServer struct {
	*httptest.Server
	mux *http.ServeMux
	// requests counts by path, and headers has the last one's.
	mu       sync.Mutex
	requests map[string]int
	headers  http.Header
	// hanging is told of requests that hang, which release ends.
	hanging, release chan struct{}
	down             atomic.Bool
}

func startImages(t testing.TB) *imageServer {
	t.Helper()
	s := &imageServer{mux: http.NewServeMux(), requests: make(map[string]int), hanging: make(chan struct{}, 100), release: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests[r.URL.Path]++
		s.headers = r.Header.Clone()
		s.mu.Unlock()
		if s.down.Load() {
			http.Error(w, "down "+token, http.StatusServiceUnavailable)
			return
		}
		s.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(s.release) })
	var large, small bytes.Buffer
	if err := errors.Join(jpeg.Encode(&large, photo(800, 600), nil), png.Encode(&small, photo(20, 10))); err != nil {
		t.Fatal(err)
	}
	serve := func(pattern, kind string, body []byte) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			http.SetCookie(w, &http.Cookie{Name: "c", Value: "1"})
			_, _ = w.Write(body) // the test sees what arrives
		})
	}
	serve("/large.jpg", "image/jpeg", large.Bytes())
	serve("/small.png", "image/png", small.Bytes())
	serve("/labelled-html.jpg", "text/html", large.Bytes())
	serve("/html.jpg", "image/jpeg", []byte("<html>"+token))
	serve("/svg.svg", "image/svg+xml", []byte("<svg>"+token))
	serve("/cut.jpg", "image/jpeg", large.Bytes()[:large.Len()/2])
	redirect := func(pattern, to string) { s.mux.Handle(pattern, http.RedirectHandler(to, http.StatusFound)) }
	redirect("/to-large", "http://cdn.img.example/large.jpg?t="+token)
	redirect("/to-address", "http://127.0.0.1/large.jpg?t="+token)
	redirect("/to-metadata", "http://169.254.169.254/latest/meta-data?t="+token)
	redirect("/to-inside", "http://inside.img.example/large.jpg?t="+token)
	redirect("/to-foreign", "http://evil.example/large.jpg?t="+token)
	redirect("/to-file", "file:///etc/passwd")
	redirect("/loop", "/loop")
	redirect("/3", "/2")
	redirect("/2", "/1")
	redirect("/1", "/large.jpg")
	redirect("/4", "/3")
	s.mux.HandleFunc("/500", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, token, http.StatusInternalServerError) })
	s.mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) {
		s.hanging <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-s.release:
		}
	})
	s.mux.HandleFunc("/trickle", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(large.Bytes()[:1000])
		http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-s.release:
		}
	})
	s.mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for block := make([]byte, 1<<16); ; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	s.mux.HandleFunc("/huge", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(picture.MaxBytes+1))
		_, _ = w.Write([]byte("x"))
	})
	return s
}

func (s *imageServer) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[path]
}

// network has the server at the public address of all its names but one.
func (s *imageServer) network() Network {
	return Network{
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			if strings.HasPrefix(host, "inside.") {
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
		},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != "93.184.216.34:80" {
				return nil, fmt.Errorf("%s was dialled", address)
			}
			return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
		},
	}
}

// table is a Source.
type table struct {
	mu   sync.Mutex
	urls map[string]string
	err  error
	// asked counts.
	asked int
}

func (s *table) Source(_ context.Context, id string) (string, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.err != nil {
		return "", "", s.err
	}
	at, ok := s.urls[id]
	if !ok {
		return "", "", fault.New(fault.NotFound, "PHOTO_NOT_FOUND", "", "")
	}
	return at, at, nil
}

func (s *table) set(id, at string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.urls[id] = at
}

// fixture is a proxy that serves.
type fixture struct {
	*Proxy
	images *imageServer
	source *table
	signer *Signer
	served *httptest.Server
	log    *lockedBuffer
	mu     sync.Mutex
	now    time.Time
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func newFixture(t testing.TB, folder string, timeout time.Duration) *fixture {
	t.Helper()
	f := &fixture{images: startImages(t), source: &table{urls: make(map[string]string)}, log: &lockedBuffer{}, now: time.Now()}
	signer, err := NewSigner("", []byte("a secret"))
	if err != nil {
		t.Fatal(err)
	}
	f.signer = signer
	f.Proxy, err = newProxy(Config{
		Source: f.source, Signer: signer, Codec: codec(), Folder: folder, MaxBytes: 1 << 30,
		Transport: NewTransport(f.images.network()), Allowed: Hosts("img.example"),
		Log: slog.New(slog.NewTextHandler(f.log, nil)), Clock: f.clock,
		Refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
			status := map[fault.Kind]int{fault.NotFound: 404, fault.Invalid: 400, fault.Unavailable: 503}[fault.KindOf(err)]
			var known *fault.Error
			if !errors.As(err, &known) {
				http.Error(w, "internal: "+err.Error(), 500)
				return
			}
			http.Error(w, known.Reason+" "+known.Text.En, status)
		},
	}, timeout)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, f.Proxy)
	f.served = httptest.NewServer(mux)
	t.Cleanup(func() {
		f.served.Close()
		f.Close()
	})
	return f
}

// get asks for a path, with headers in pairs.
func (f *fixture) get(t testing.TB, path string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	return f.do(t, http.MethodGet, path, headers...)
}

func (f *fixture) do(t testing.TB, method, path string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, f.served.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

// with adds a picture, and returns its path.
func (f *fixture) with(path string) string {
	f.source.set("id"+path, "http://band.img.example"+path+"?access_token="+token)
	return f.signer.URL("id" + path)
}

func TestPictures(t *testing.T) {
	f := newFixture(t, t.TempDir(), fetchTimeout)
	for _, tt := range []struct {
		path, query, accept string
		want                picture.Info
	}{
		{"/large.jpg", "", "image/webp", picture.Info{Type: picture.JPEG, Width: 800, Height: 600, Frames: 1}},
		{"/large.jpg", "?w=320", "image/webp", picture.Info{Type: picture.WebP, Width: 320, Height: 240, Frames: 1}},
		{"/large.jpg", "?w=320", "image/avif,image/webp,*/*;q=0.8", picture.Info{Type: picture.WebP, Width: 320, Height: 240, Frames: 1}},
		{"/large.jpg", "?w=320", "*/*", picture.Info{Type: picture.JPEG, Width: 320, Height: 240, Frames: 1}},
		{"/large.jpg", "?w=320", "image/webp;q=0, */*", picture.Info{Type: picture.JPEG, Width: 320, Height: 240, Frames: 1}},
		{"/large.jpg", "?w=640", "", picture.Info{Type: picture.JPEG, Width: 640, Height: 480, Frames: 1}},
		{"/large.jpg", "?w=1280", "", picture.Info{Type: picture.JPEG, Width: 800, Height: 600, Frames: 1}},
		{"/small.png", "", "", picture.Info{Type: picture.PNG, Width: 20, Height: 10, Frames: 1}},
		{"/small.png", "?w=2048", "image/webp", picture.Info{Type: picture.WebP, Width: 20, Height: 10, Frames: 1}},
		{"/labelled-html.jpg", "?w=320", "", picture.Info{Type: picture.JPEG, Width: 320, Height: 240, Frames: 1}},
		{"/to-large", "?w=320", "", picture.Info{Type: picture.JPEG, Width: 320, Height: 240, Frames: 1}},
		{"/3", "?w=320", "", picture.Info{Type: picture.JPEG, Width: 320, Height: 240, Frames: 1}},
	} {
		t.Run(tt.path+tt.query+" for "+tt.accept, func(t *testing.T) {
			path := f.with(tt.path) + tt.query
			// The second time it is kept.
			for range 2 {
				response, body := f.get(t, path, "Accept", tt.accept)
				h := response.Header
				if response.StatusCode != http.StatusOK || h.Get("Content-Type") != string(tt.want.Type) ||
					h.Get("Cache-Control") != cacheControl || h.Get("Vary") != "Accept" || h.Get("Etag") == "" ||
					h.Get("Cross-Origin-Resource-Policy") != "cross-origin" || h.Get("Set-Cookie") != "" {
					t.Fatalf("%s: %v, %s", response.Status, h, body[:min(len(body), 100)])
				}
				if info, err := picture.Look(body); err != nil || info != tt.want {
					t.Errorf("got %+v, %v, want %+v", info, err, tt.want)
				}
				unchanged, body := f.get(t, path, "Accept", tt.accept, "If-None-Match", h.Get("Etag"))
				if unchanged.StatusCode != http.StatusNotModified || len(body) != 0 {
					t.Errorf("If-None-Match: %s", unchanged.Status)
				}
				head, _ := f.do(t, http.MethodHead, path, "Accept", tt.accept)
				if head.StatusCode != http.StatusOK || head.ContentLength != response.ContentLength {
					t.Errorf("HEAD: %s, %d bytes", head.Status, head.ContentLength)
				}
				part, body := f.get(t, path, "Accept", tt.accept, "Range", "bytes=2-5", "If-Range", h.Get("Etag"))
				if part.StatusCode != http.StatusPartialContent || len(body) != 4 {
					t.Errorf("Range: %s, %d bytes", part.Status, len(body))
				}
			}
		})
	}
	for path, want := range map[string]int{"/small.png": 1, "/labelled-html.jpg": 1, "/3": 1} {
		if got := f.images.count(path); got != want {
			t.Errorf("%s was fetched %d times", path, got)
		}
	}
	h := f.images.headers
	if h.Get("Referer") != "" || h.Get("Cookie") != "" || h.Get("Authorization") != "" || h.Get("Accept") != "image/*" {
		t.Errorf("the server was told %v", h)
	}
	if strings.Contains(f.log.String(), token) {
		t.Errorf("the log has the token: %s", f.log)
	}
}

func TestRefusedPictures(t *testing.T) {
	patient, hasty := newFixture(t, t.TempDir(), fetchTimeout), newFixture(t, t.TempDir(), 300*time.Millisecond)
	f := patient
	f.source.set("foreign", "http://evil.example/large.jpg?access_token="+token)
	f.source.set("inside", "http://inside.img.example/large.jpg?access_token="+token)
	f.source.set("broken", "http://%zz?access_token="+token)
	f.source.set("port", "http://img.example:8080/large.jpg?access_token="+token)
	for _, tt := range []struct {
		name, path string
		status     int
		reason     string
		again      time.Duration
	}{
		{"a foreign host", f.signer.URL("foreign"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"another port", f.signer.URL("port"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"no URL", f.signer.URL("broken"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a name that leads inside", f.signer.URL("inside"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a redirect to an inside address", f.with("/to-address"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a redirect to the cloud's metadata", f.with("/to-metadata"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a redirect to a name that leads inside", f.with("/to-inside"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a redirect to a foreign host", f.with("/to-foreign"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a redirect to a file", f.with("/to-file"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a redirect to itself", f.with("/loop"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"four redirects", f.with("/4"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"HTML that says it is JPEG", f.with("/html.jpg"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"SVG", f.with("/svg.svg"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a truncated picture", f.with("/cut.jpg"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"an endless body", f.with("/endless"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a body that says it is too large", f.with("/huge"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a picture that has gone", f.with("/none.jpg"), 404, "PICTURE_NOT_FOUND", goneAge},
		{"a server that fails", f.with("/500"), 503, "PICTURE_UNAVAILABLE", failedAge},
		{"a server that hangs", hasty.with("/hang"), 503, "PICTURE_UNAVAILABLE", failedAge},
		{"a server that stops in the middle", hasty.with("/trickle"), 503, "PICTURE_UNAVAILABLE", failedAge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := patient
			if strings.Contains(tt.name, "hangs") || strings.Contains(tt.name, "stops") {
				f = hasty
			}
			id, ok := f.signer.signed(tt.path)
			if !ok {
				t.Fatal("it is not signed")
			}
			server := "/none"
			if at, err := url.Parse(f.source.urls[id]); err == nil {
				server = at.Path
			}
			before := f.images.count(server)
			for _, query := range []string{"", "?w=320", ""} {
				response, body := f.get(t, tt.path+query)
				if response.StatusCode != tt.status || !strings.HasPrefix(string(body), tt.reason+" ") || response.Header.Get("Cache-Control") == cacheControl {
					t.Errorf("%s: %s", response.Status, body)
				}
				for _, secret := range []string{token, "example", "127.0.0.1"} {
					if strings.Contains(string(body), secret) || strings.Contains(f.log.String(), secret) {
						t.Errorf("%q is in %s or in the log %s", secret, body, f.log)
					}
				}
			}
			asked := f.images.count(server) - before
			f.advance(tt.again + time.Second)
			if response, _ := f.get(t, tt.path); response.StatusCode != tt.status {
				t.Errorf("later: %s", response.Status)
			}
			if later := f.images.count(server) - before; later != 2*asked || asked > 1+maxRedirects {
				t.Errorf("the server was asked %d times, and %d times later", asked, later)
			}
		})
	}
	for _, f := range []*fixture{patient, hasty} {
		if files, err := os.ReadDir(f.cfg.Folder); err != nil || len(files) != 0 {
			t.Errorf("%d files are left, %v", len(files), err)
		}
	}
}

func TestWhatIsNotSigned(t *testing.T) {
	f := newFixture(t, t.TempDir(), fetchTimeout)
	path := f.with("/small.png")
	other, err := NewSigner("", []byte("another secret"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		path   string
		status int
	}{
		"another secret":         {other.URL("id/small.png"), 404},
		"of another picture":     {strings.Replace(path, "small.png", "large.jpg", 1), 404},
		"cut":                    {path[:len(path)-1], 404},
		"no signature":           {Path + "id", 404},
		"more after it":          {path + "/x", 404},
		"an escape that is none": {strings.Replace(path, "%2F", "%252", 1), 404},
		"unknown":                {f.signer.URL("unknown"), 404},
		"an unknown width":       {path + "?w=321", 400},
		"no width":               {path + "?w=x", 400},
		"many pixels":            {path + "?w=99999999999999999999", 400},
		"an unknown parameter":   {path + "?v=2", 200},
		"signed":                 {path, 200},
	} {
		if response, body := f.get(t, tt.path); response.StatusCode != tt.status {
			t.Errorf("%s: %s, %s", name, response.Status, body)
		}
	}
	// A secret that was replaced still signs what is linked to.
	both, err := NewSigner("https://club.example", []byte("another secret"), []byte("a secret"))
	if err != nil {
		t.Fatal(err)
	}
	signature := path[strings.LastIndexByte(path, '/')+1:]
	if !both.valid("id/small.png", signature) || !strings.HasPrefix(both.URL("x"), "https://club.example/photos/x/") || strings.HasSuffix(both.URL("id/small.png"), signature) {
		t.Errorf("%s", both.URL("id/small.png"))
	}
}

// A picture that is hidden is not served for long, and one that is replaced is another one.
func TestPicturesThatChange(t *testing.T) {
	f := newFixture(t, t.TempDir(), fetchTimeout)
	path := f.with("/small.png")
	first, _ := f.get(t, path)
	f.source.set("id/small.png", "http://img.example/large.jpg")
	if again, _ := f.get(t, path); again.Header.Get("Etag") != first.Header.Get("Etag") {
		t.Error("it changed at once")
	}
	f.advance(sourceAge + time.Second)
	second, body := f.get(t, path, "If-None-Match", first.Header.Get("Etag"))
	if info, err := picture.Look(body); err != nil || info.Width != 800 || second.Header.Get("Etag") == first.Header.Get("Etag") {
		t.Errorf("%s, %+v, %v", second.Status, info, err)
	}
	f.source.mu.Lock()
	delete(f.source.urls, "id/small.png")
	f.source.mu.Unlock()
	f.Forget("id/small.png")
	if hidden, _ := f.get(t, path, "If-None-Match", second.Header.Get("Etag")); hidden.StatusCode != 404 {
		t.Errorf("hidden: %s", hidden.Status)
	}
	f.source.mu.Lock()
	f.source.err = errors.New("the store is away")
	f.source.mu.Unlock()
	if failed, _ := f.get(t, f.signer.URL("other")); failed.StatusCode != 500 {
		t.Errorf("without the store: %s", failed.Status)
	}
}

func TestOneFetchForAllAtOnce(t *testing.T) {
	f := newFixture(t, t.TempDir(), fetchTimeout)
	entered, let := make(chan struct{}, 100), make(chan struct{})
	var body bytes.Buffer
	if err := jpeg.Encode(&body, photo(400, 300), nil); err != nil {
		t.Fatal(err)
	}
	f.images.mux.HandleFunc("/slow.jpg", func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-let
		_, _ = w.Write(body.Bytes())
	})
	path := f.with("/slow.jpg")
	// One who leaves does not end it for the others.
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.served.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := http.DefaultClient.Do(request); !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
	})
	<-entered
	cancel()
	for i := range 12 {
		all.Go(func() {
			query := []string{"", "?w=320", "?w=640"}[i%3]
			if response, _ := f.get(t, path+query); response.StatusCode != 200 {
				t.Errorf("%s: %s", query, response.Status)
			}
		})
	}
	close(let)
	all.Wait()
	if got := f.images.count("/slow.jpg"); got != 1 {
		t.Errorf("%d fetches", got)
	}
}

func TestKeptPicturesNeedNoServer(t *testing.T) {
	folder := t.TempDir()
	f := newFixture(t, folder, fetchTimeout)
	path := f.with("/large.jpg")
	_, want := f.get(t, path+"?w=320")
	f.images.down.Store(true)
	if response, body := f.get(t, path+"?w=320"); response.StatusCode != 200 || !bytes.Equal(body, want) {
		t.Errorf("%s", response.Status)
	}
	// Another width is made of the original that is kept, also by the next process.
	next := newFixture(t, folder, fetchTimeout)
	next.images.down.Store(true)
	next.source.set("id/large.jpg", "http://band.img.example/large.jpg?access_token="+token)
	if response, body := next.get(t, path+"?w=640"); response.StatusCode != 200 {
		t.Errorf("%s: %s", response.Status, body)
	}
	// Without the original it takes the server again.
	matches, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(matches) != 3 {
		t.Fatalf("%v, %v", matches, err)
	}
	for _, match := range matches {
		if err := os.Remove(match); err != nil {
			t.Fatal(err)
		}
	}
	if response, _ := next.get(t, path+"?w=320"); response.StatusCode != 503 {
		t.Errorf("without the server: %s", response.Status)
	}
	next.images.down.Store(false)
	next.advance(failedAge + time.Second)
	if response, _ := next.get(t, path+"?w=320"); response.StatusCode != 200 {
		t.Errorf("with the server again: %s", response.Status)
	}
}

// A disk that is full costs speed, and no picture.
func TestPicturesWithoutACache(t *testing.T) {
	f := newFixture(t, filepath.Join(t.TempDir(), "pictures"), fetchTimeout)
	if err := os.RemoveAll(f.cfg.Folder); err != nil {
		t.Fatal(err)
	}
	path := f.with("/small.png")
	for range 2 {
		if response, body := f.get(t, path); response.StatusCode != 200 || len(body) == 0 {
			t.Errorf("%s", response.Status)
		}
	}
	narrow, body := f.get(t, f.with("/large.jpg")+"?w=320")
	if info, err := picture.Look(body); err != nil || info.Width != 320 {
		t.Errorf("narrow: %s, %+v, %v", narrow.Status, info, err)
	}
	if f.images.count("/small.png") != 2 || !strings.Contains(f.log.String(), "cannot cache a picture") {
		t.Errorf("%d fetches, log %s", f.images.count("/small.png"), f.log)
	}
}

func TestCloseEndsFetches(t *testing.T) {
	f := newFixture(t, t.TempDir(), time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.served.URL+f.with("/hang"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var gone sync.WaitGroup
	gone.Go(func() {
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
		}
	})
	<-f.images.hanging
	cancel()
	gone.Wait()
	f.served.Close()
	f.Close() // would wait for the hour
}

func TestAPanicIsAnError(t *testing.T) {
	f := newFixture(t, t.TempDir(), fetchTimeout)
	_, err := f.once(t.Context(), "name", "id", func(context.Context) (made, error) { panic("a decoder") })
	if !errors.Is(err, errUnavailable) || !strings.Contains(f.log.String(), "a decoder") {
		t.Errorf("got %v, log %s", err, f.log)
	}
}

// benchServe measures GETs of one picture, as many at once as there are processors.
func benchServe(b *testing.B, handler http.Handler, path string) {
	server := httptest.NewServer(handler)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	get := func() error {
		response, err := client.Get(server.URL + path)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if _, err = io.Copy(io.Discard, response.Body); err == nil && response.StatusCode != 200 {
			err = errors.New(response.Status)
		}
		return err
	}
	if err := get(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	b.RunParallel(func(each *testing.PB) {
		for each.Next() {
			if err := get(); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkHot compares with net/http's file server, which serves the same file.
func BenchmarkHot(b *testing.B) {
	f := newFixture(b, b.TempDir(), fetchTimeout)
	path := f.with("/large.jpg")
	if response, _ := f.get(b, path); response.StatusCode != 200 {
		b.Fatal(response.Status)
	}
	files, err := filepath.Glob(filepath.Join(f.cfg.Folder, "*.jpg"))
	if err != nil || len(files) != 1 {
		b.Fatal(files, err)
	}
	b.Run("proxy", func(b *testing.B) {
		mux := http.NewServeMux()
		mux.Handle("GET "+Path, f.Proxy)
		benchServe(b, mux, path)
	})
	b.Run("file server", func(b *testing.B) {
		benchServe(b, http.FileServer(http.Dir(f.cfg.Folder)), "/"+filepath.Base(files[0]))
	})
}

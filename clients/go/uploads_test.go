package dongbaejul_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// pictureFile is a PNG of 40 by 30 pixels for a post.
func pictureFile(t testing.TB) dongbaejul.File {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return dongbaejul.File{
		Purpose: v1.UploadPurpose_UPLOAD_PURPOSE_POST, Name: "단체사진.png", ContentType: "image/png", Size: int64(b.Len()),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
	}
}

// sends is a transport that does something else with the nth file that is sent, from 0.
type sends struct {
	nth   int
	other func(n int, r *http.Request) (*http.Response, error)
}

func (s *sends) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPut {
		return http.DefaultTransport.RoundTrip(r)
	}
	s.nth++
	return s.other(s.nth-1, r)
}

// A picture is stored once, whatever happens to the connection while it is sent.
func TestUpload(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	for name, other := range map[string]func(n int, r *http.Request) (*http.Response, error){
		"nothing happens": func(_ int, r *http.Request) (*http.Response, error) { return http.DefaultTransport.RoundTrip(r) },
		"no connection at first": func(n int, r *http.Request) (*http.Response, error) {
			if n < 2 {
				return nil, errors.New("no route to host")
			}
			return http.DefaultTransport.RoundTrip(r)
		},
		"the server is away at first": func(n int, r *http.Request) (*http.Response, error) {
			if n < 2 {
				return &http.Response{StatusCode: http.StatusBadGateway, Body: http.NoBody}, nil
			}
			return http.DefaultTransport.RoundTrip(r)
		},
		"the answer is lost": func(n int, r *http.Request) (*http.Response, error) {
			res, err := http.DefaultTransport.RoundTrip(r)
			if n == 0 && err == nil {
				res.Body.Close()
				return nil, errors.New("connection reset by peer")
			}
			return res, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := signIn(t, server, 0, dongbaejul.WithConnect(), dongbaejul.WithHTTPClient(&http.Client{Transport: &sends{other: other}}))
			f := pictureFile(t)
			var sent int64
			f.Progress = func(n int64) { sent = n }
			file, err := client.Upload(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if file.GetWidth() != 40 || file.GetHeight() != 30 || file.GetName() != f.Name || sent != f.Size {
				t.Errorf("%d bytes were sent: %v", sent, file)
			}
			_, err = client.Posts.CreatePost(t.Context(), &v1.CreatePostRequest{
				Title: "사진", Content: "한 장", Category: v1.PostCategory_POST_CATEGORY_GALLERY, Attachments: []string{file.GetFileId()},
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// By HTTP clients of its own, as most programs have it.
func TestUploadByGRPC(t *testing.T) {
	t.Parallel()
	file, err := signIn(t, apptest.Start(t), 0).Upload(t.Context(), pictureFile(t))
	if err != nil || file.GetWidth() != 40 {
		t.Errorf("got %v, %v", file, err)
	}
}

func TestUploadIsRefused(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t, func(c *app.Config) { c.RateLimit = true })
	client := signIn(t, server, 0)
	is := func(err error, reason v1.ErrorReason) {
		t.Helper()
		if !dongbaejul.Explain(err).Is(reason) {
			t.Errorf("got %v, want %s", err, reason)
		}
	}
	wrong := pictureFile(t)
	wrong.ContentType = "image/jpeg"
	_, err := client.Upload(t.Context(), wrong)
	is(err, v1.ErrorReason_ERROR_REASON_UPLOAD_TYPE_MISMATCH)

	text := strings.NewReader("no picture")
	none := dongbaejul.File{
		Purpose: v1.UploadPurpose_UPLOAD_PURPOSE_POST, ContentType: "image/png", Size: text.Size(),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(text), nil },
	}
	_, err = client.Upload(t.Context(), none)
	is(err, v1.ErrorReason_ERROR_REASON_PICTURE_UNSUPPORTED)

	denied := errors.New("permission denied")
	none.Open = func() (io.ReadCloser, error) { return nil, denied }
	if _, err = client.Upload(t.Context(), none); !errors.Is(err, denied) {
		t.Errorf("a file that cannot be opened: %v", err)
	}
	for range 7 {
		if _, err := client.Upload(t.Context(), pictureFile(t)); err != nil {
			t.Fatal(err)
		}
	}
	// It returns without a deadline too: the server asks to wait for minutes.
	_, err = client.Upload(t.Context(), pictureFile(t))
	is(err, v1.ErrorReason_ERROR_REASON_TOO_MANY_UPLOADS)
	if dongbaejul.Explain(err).RetryAfter <= 0 {
		t.Error("it does not say when to try again")
	}
}

// A file that is not what was announced is not stored, and no try is made to send it again.
func TestUploadOfAFileThatChanges(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	for name, change := range map[string]func(t *testing.T, path string){
		"shorter": func(t *testing.T, path string) {
			if err := os.Truncate(path, 30); err != nil {
				t.Error(err)
			}
		},
		"longer": func(t *testing.T, path string) { appendTo(t, path, "more") },
		"written to": func(t *testing.T, path string) {
			if err := os.Chtimes(path, time.Time{}, time.Unix(1, 0)); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			transport := &sends{other: func(_ int, r *http.Request) (*http.Response, error) {
				tries.Add(1)
				return http.DefaultTransport.RoundTrip(r)
			}}
			client := signIn(t, server, 0, dongbaejul.WithConnect(), dongbaejul.WithHTTPClient(&http.Client{Transport: transport}))
			f := pictureFile(t)
			content, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(content)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "a.png")
			if err := os.WriteFile(path, all, 0o600); err != nil {
				t.Fatal(err)
			}
			f.Open = func() (io.ReadCloser, error) {
				file, err := os.Open(path)
				return &changing{File: file, change: sync.OnceFunc(func() { change(t, path) })}, err
			}
			file, err := client.Upload(t.Context(), f)
			if !errors.Is(err, dongbaejul.ErrFileChanged) || tries.Load() != 1 {
				t.Errorf("%d tries: %v, %v", tries.Load(), file, err)
			}
		})
	}
}

// changing is a file that is changed when the first bytes of it have been read.
type changing struct {
	*os.File
	change func()
}

func (f *changing) Read(b []byte) (int, error) {
	n, err := f.File.Read(b[:min(len(b), 20)])
	f.change()
	return n, err
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Error(err)
		return
	}
	if _, err := f.WriteString(text); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// A connection that breaks in the middle of a file is no end: the whole file is sent again, and stored once.
func TestUploadThatIsCutInTheMiddle(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	var cut atomic.Int32
	network, through := networkTo(t, server)
	transport := &sends{other: func(_ int, r *http.Request) (*http.Response, error) {
		to, err := url.Parse(through)
		if err != nil {
			return nil, err
		}
		r.URL.Host = to.Host
		return http.DefaultTransport.RoundTrip(r)
	}}
	client := signIn(t, server, 0, dongbaejul.WithConnect(), dongbaejul.WithHTTPClient(&http.Client{Transport: transport}))
	f := pictureFile(t)
	open := f.Open
	f.Open = func() (io.ReadCloser, error) {
		network.Restore()
		content, err := open()
		return &hungUp{ReadCloser: content, hangUp: func() {
			if cut.Add(1) <= 2 {
				network.Cut()
			}
		}}, err
	}
	file, err := client.Upload(t.Context(), f)
	if err != nil || file.GetWidth() != 40 || cut.Load() != 3 {
		t.Errorf("sent %d times: %v, %v", cut.Load(), file, err)
	}
}

// hungUp calls hangUp when half of a file has been read.
type hungUp struct {
	io.ReadCloser
	hangUp func()
	called bool
}

func (f *hungUp) Read(b []byte) (int, error) {
	n, err := f.ReadCloser.Read(b[:min(len(b), 20)])
	if !f.called {
		f.called = true
		f.hangUp()
	}
	return n, err
}

// What the server says of a file reaches the caller as an error of a call does.
func TestUploadToAnAddressThatIsRefused(t *testing.T) {
	t.Parallel()
	transport := &sends{other: func(_ int, r *http.Request) (*http.Response, error) {
		r.URL.Path += "x"
		return http.DefaultTransport.RoundTrip(r)
	}}
	client := signIn(t, apptest.Start(t), 0, dongbaejul.WithConnect(), dongbaejul.WithHTTPClient(&http.Client{Transport: transport}))
	_, err := client.Upload(t.Context(), pictureFile(t))
	if p := dongbaejul.Explain(err); !p.Is(v1.ErrorReason_ERROR_REASON_UPLOAD_URL_INVALID) || p.Message == "" || p.RequestID == "" {
		t.Errorf("got %v: %+v", err, p)
	}
}

func TestWatchSync(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	network, through := networkTo(t, server)
	admin := newClient(t, through)
	if _, err := admin.SignIn(t.Context(), "", simulatedBrowser(server.People(t)[0].UserKey)); err != nil {
		t.Fatal(err)
	}
	cut := false
	for p, err := range admin.WatchSync(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if !cut {
			// The stream begins again, with how the sync stands.
			cut = true
			network.Cut()
			if _, err := signIn(t, server, 0).Photos.SyncAlbums(t.Context(), &v1.SyncAlbumsRequest{}); err != nil {
				t.Fatal(err)
			}
			network.Restore()
		}
		if p.GetStatus().GetState() == v1.SyncState_SYNC_STATE_SUCCEEDED {
			break
		}
	}
	for _, err := range signIn(t, server, 10).WatchSync(t.Context()) {
		if dongbaejul.Explain(err).Reason == "" {
			t.Errorf("a member watches: %v", err)
		}
	}
}

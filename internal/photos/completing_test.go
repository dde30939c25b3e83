package photos_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/blob"
	"github.com/dongbaejul/dongbaejul/internal/blob/blobtest"
)

// reads counts the reads of an object store, which wait until held is closed.
type reads struct {
	mu        sync.Mutex
	now, most int
	began     chan struct{}
	held      chan struct{}
}

func (r *reads) begin() {
	r.mu.Lock()
	r.now++
	r.most = max(r.most, r.now)
	r.mu.Unlock()
	r.began <- struct{}{}
	<-r.held
}

func (r *reads) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now--
}

// openSlowly returns uploads to an object store whose reads are held.
func openSlowly(t *testing.T) (*uploading, *reads) {
	t.Helper()
	bucket := blobtest.Start(t)
	at, err := url.Parse(bucket.URL)
	must(t, err)
	store, err := url.Parse(at.Query().Get("endpoint"))
	must(t, err)
	r := &reads{began: make(chan struct{}, 100), held: make(chan struct{})}
	proxy := httputil.NewSingleHostReverseProxy(store)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodGet {
			r.begin()
			defer r.end()
		}
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(between.Close)
	q := at.Query()
	q.Set("endpoint", between.URL)
	at.RawQuery = q.Encode()
	files, err := blob.Open(t.Context(), at.String())
	must(t, err)
	return openUploads(t, files, true, func() string { return strings.Join(bucket.Keys(), " ") }), r
}

// Files are in memory while they are completed: few at once, and one only once.
func TestFilesInMemory(t *testing.T) {
	const most = 4
	data := asPNG(t, drawn(30, 20))
	t.Run("one file", func(t *testing.T) {
		f, reads := openSlowly(t)
		id := sendDirectly(t, f, "kim", data)
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() {
				if _, err := f.complete(t, "kim", id); err != nil {
					t.Error(err)
				}
			})
		}
		<-reads.began
		yieldOften()
		close(reads.held)
		calls.Wait()
		if reads.most != 1 {
			t.Errorf("%d reads of one file at once", reads.most)
		}
	})
	t.Run("many files", func(t *testing.T) {
		f, reads := openSlowly(t)
		var calls sync.WaitGroup
		for _, user := range []string{"kim", "lee", "park"} {
			for range 5 {
				id := sendDirectly(t, f, user, data)
				calls.Go(func() {
					if _, err := f.complete(t, user, id); err != nil {
						t.Error(err)
					}
				})
			}
		}
		for range most {
			<-reads.began
		}
		yieldOften()
		close(reads.held)
		calls.Wait()
		if reads.most != most {
			t.Errorf("%d files were read at once, want %d", reads.most, most)
		}
	})
}

// sendDirectly stores the file of an upload without its signed URL, which is one of the object store behind.
func sendDirectly(t *testing.T, f *uploading, user string, data []byte) string {
	t.Helper()
	to := f.create(t, user, v1.UploadPurpose_UPLOAD_PURPOSE_CHAT, "image/png", len(data))
	must(t, f.files.Put(t.Context(), "sent/"+to.GetFileId(), "image/png", data))
	return to.GetFileId()
}

// yieldOften lets others run, who would do what they must not.
func yieldOften() {
	for range 1000 {
		runtime.Gosched()
	}
}

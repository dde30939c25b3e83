package imageproxy

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/picture"
)

func mustOpen(t *testing.T, folder string, most int64, now func() time.Time) *diskCache {
	t.Helper()
	c, err := openCache(folder, most, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *diskCache) mustPut(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := c.put(name, picture.JPEG, data); err != nil {
		t.Fatal(err)
	}
}

// kept are the names of the files, the one that was not used for the longest time first.
func (c *diskCache) kept() []string { return c.files.Keys() }

func TestCacheKeepsWhatWasUsedLast(t *testing.T) {
	folder, now := t.TempDir(), time.Unix(1_000_000, 0)
	clock := func() time.Time { return now }
	const each = 1000
	c := mustOpen(t, folder, 3*(each+perFile), clock)
	for _, name := range []string{"a", "b", "c"} {
		c.mustPut(t, name, bytes.Repeat([]byte(name), each))
	}
	if data, kind, err := c.read("a"); err != nil || kind != picture.JPEG || len(data) != each || data[0] != 'a' {
		t.Errorf("%d bytes of %s, %v", len(data), kind, err)
	}
	c.mustPut(t, "d", make([]byte, each))
	if got := fmt.Sprint(c.kept()); got != "[c a d]" {
		t.Errorf("kept %s", got)
	}
	if _, _, err := c.read("b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read what has gone: %v", err)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 3 {
		t.Errorf("%d files, %v", len(files), err)
	}
	// Once more is no second file.
	c.mustPut(t, "d", make([]byte, each/2))
	if got := fmt.Sprint(c.kept()); got != "[c a d]" || c.size != 3*perFile+2*each+each/2 {
		t.Errorf("kept %s in %d bytes", got, c.size)
	}
	c.mustPut(t, "large", make([]byte, 3*(each+perFile)))
	if got := fmt.Sprint(c.kept()); got != "[c a d]" {
		t.Errorf("after one that is too large: %s", got)
	}
}

func TestCacheSurvivesItsProcess(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	clock := func() time.Time { return now }
	c := mustOpen(t, folder, 1<<20, clock)
	for _, name := range []string{"a", "b", "c"} {
		c.mustPut(t, name, []byte(name))
		if err := os.Chtimes(filepath.Join(folder, name+".jpg"), now, now); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	now = now.Add(2 * touchEvery)
	if _, _, err := c.read("a"); err != nil {
		t.Fatal(err)
	}
	// A process was killed while it wrote, long ago, and another one writes.
	for name, age := range map[string]time.Duration{unfinished + "1": 2 * leftAfter, unfinished + "2": 0} {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, []byte("half of a pict"), 0o600), os.Chtimes(path, now.Add(-age), now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "README.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, folder, 1<<20, clock)
	if got := fmt.Sprint(again.kept()); got != "[b c a]" {
		t.Errorf("kept %s", got)
	}
	if data, _, err := again.read("b"); err != nil || string(data) != "b" {
		t.Errorf("%q, %v", data, err)
	}
	left, err := filepath.Glob(filepath.Join(folder, unfinished+"*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != unfinished+"2" {
		t.Errorf("unfinished: %v, %v", left, err)
	}
	// With less room than before, the oldest go at once.
	if got := fmt.Sprint(mustOpen(t, folder, 2*(perFile+1), clock).kept()); got != "[a b]" {
		t.Errorf("with less room: %s", got)
	}
}

func TestCacheWhoseFolderIsEmptied(t *testing.T) {
	folder := t.TempDir()
	c := mustOpen(t, folder, 1<<20, time.Now)
	c.mustPut(t, "a", []byte("a"))
	if err := os.Remove(filepath.Join(folder, "a.jpg")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.read("a"); !errors.Is(err, fs.ErrNotExist) || c.size != 0 {
		t.Errorf("%v, %d bytes", err, c.size)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := c.put("b", picture.JPEG, []byte("b")); err == nil || c.size != 0 {
		t.Errorf("put without a folder: %v", err)
	}
}

func TestSmallFilesStayInMemory(t *testing.T) {
	folder := t.TempDir()
	c := mustOpen(t, folder, 1<<30, time.Now)
	inMemory := func(name string) bool {
		t.Helper()
		shown, _, err := c.open(name)
		if err != nil {
			t.Fatal(name, err)
		}
		if err := shown.Close(); err != nil {
			t.Fatal(name, err)
		}
		return c.small.Contains(name)
	}
	c.mustPut(t, "large", make([]byte, maxSmall+1))
	if inMemory("large") {
		t.Error("a large file is in memory")
	}
	const all = maxMemory/maxSmall + 1
	for no := range all {
		name := fmt.Sprint(no)
		c.mustPut(t, name, bytes.Repeat([]byte{byte(no)}, maxSmall))
		if !inMemory(name) || !inMemory("0") {
			t.Fatal(name, "is not in memory")
		}
	}
	if c.small.Contains("1") || c.small.Len() != all-1 || c.inMemory != maxMemory {
		t.Errorf("%d files in %d bytes", c.small.Len(), c.inMemory)
	}
	// What is replaced or goes, goes from memory too.
	c.mustPut(t, "0", []byte("new"))
	if data, _, err := c.read("0"); err != nil || string(data) != "new" {
		t.Errorf("read %d bytes, %v", len(data), err)
	}
	c.mu.Lock()
	c.files.Remove("2")
	c.mu.Unlock()
	if c.small.Len() != all-3 || c.inMemory != maxMemory-2*maxSmall {
		t.Errorf("%d files in %d bytes", c.small.Len(), c.inMemory)
	}
}

func TestContentInMemoryIsServedAsFilesAre(t *testing.T) {
	data := bytes.Repeat([]byte("picture "), 1000)
	answer := func(method string, asks map[string]string, serve func(http.ResponseWriter, *http.Request)) *httptest.ResponseRecorder {
		request := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
		for name, value := range asks {
			request.Header.Set(name, value)
		}
		recorder := httptest.NewRecorder()
		recorder.Header().Set("Content-Type", "image/jpeg")
		recorder.Header().Set("Etag", `"tag"`)
		serve(recorder, request)
		return recorder
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, asks := range []map[string]string{
			{}, {"Range": "bytes=8-15"}, {"Range": "bytes=90000-"}, {"If-None-Match": `"tag"`},
			{"If-None-Match": `"other"`}, {"If-Match": `"other"`}, {"If-Range": `"other"`, "Range": "bytes=0-1"}, {"If-Range": `"tag"`},
			{"If-Modified-Since": "Mon, 30 Nov 2026 22:00:00 GMT"}, {"If-Unmodified-Since": "Mon, 30 Nov 2020 22:00:00 GMT"},
		} {
			got := answer(method, asks, func(w http.ResponseWriter, r *http.Request) { serveContent(w, r, contentOf(data)) })
			want := answer(method, asks, func(w http.ResponseWriter, r *http.Request) {
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
			})
			if got.Code != want.Code || !bytes.Equal(got.Body.Bytes(), want.Body.Bytes()) || !reflect.DeepEqual(got.Header(), want.Header()) {
				t.Errorf("%s %v: %d %v with %d bytes, want %d %v with %d", method, asks, got.Code, got.Header(), got.Body.Len(), want.Code, want.Header(), want.Body.Len())
			}
		}
	}
}

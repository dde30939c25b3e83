package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/blob"
	"github.com/dongbaejul/dongbaejul/internal/blob/blobtest"
	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// each runs a test on a folder and on an object store; keys returns all that there is.
func each(t *testing.T, run func(t *testing.T, b *blob.Bucket, keys func() string)) {
	t.Run("folder", func(t *testing.T) {
		folder := filepath.Join(t.TempDir(), "uploads")
		b, err := blob.OpenFolder(folder)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		run(t, b, func() string {
			var all []string
			err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					name, _ := filepath.Rel(folder, path)
					all = append(all, filepath.ToSlash(name))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(all, " ")
		})
	})
	t.Run("S3", func(t *testing.T) {
		store := blobtest.Start(t)
		b, err := blob.Open(t.Context(), store.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		run(t, b, func() string { return strings.Join(store.Keys(), " ") })
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFiles(t *testing.T) {
	each(t, func(t *testing.T, b *blob.Bucket, keys func() string) {
		ctx, data := t.Context(), bytes.Repeat([]byte("picture"), 1<<16)
		_, err := b.Get(ctx, "sent/a", 1<<20)
		if !errors.Is(err, fault.NotFound) {
			t.Fatalf("a file that was never stored: %v", err)
		}
		must(t, b.PutNew(ctx, "sent/a", "image/png", bytes.NewReader(data), int64(len(data))))
		if err := b.PutNew(ctx, "sent/a", "image/png", strings.NewReader("x"), 1); !errors.Is(err, fault.Exists) {
			t.Errorf("stored again: %v", err)
		}
		got, err := b.Get(ctx, "sent/a", int64(len(data)))
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("read %d bytes, %v", len(got), err)
		}
		if _, err := b.Get(ctx, "sent/a", int64(len(data))-1); !errors.Is(err, blob.ErrTooLarge) {
			t.Errorf("a file that is too large: %v", err)
		}
		must(t, b.Put(ctx, "served/a", "image/png", data))
		must(t, b.Put(ctx, "served/a", "image/png", []byte("another")))
		if got, err = b.Get(ctx, "served/a", 100); string(got) != "another" {
			t.Errorf("read %q, %v", got, err)
		}
		must(t, b.Delete(ctx, "sent/a"))
		must(t, b.Delete(ctx, "sent/a"))
		if got := keys(); got != "served/a" {
			t.Errorf("kept: %s", got)
		}
	})
}

func TestAFileIsStoredWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, b *blob.Bucket, keys func() string) {
		cut := io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), iotest.ErrReader(io.ErrUnexpectedEOF))
		if err := b.PutNew(t.Context(), "sent/a", "image/png", cut, 2<<20); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a body that is cut off: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.PutNew(ctx, "sent/b", "image/png", strings.NewReader("x"), 1); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller who has left: %v", err)
		}
		if got := keys(); got != "" {
			t.Errorf("kept: %s", got)
		}
		must(t, b.PutNew(t.Context(), "sent/a", "image/png", strings.NewReader("x"), 1))
	})
}

func TestDeleteOld(t *testing.T) {
	each(t, func(t *testing.T, b *blob.Bucket, keys func() string) {
		ctx := t.Context()
		for _, key := range []string{"sent/a", "sent/b", "served/a"} {
			must(t, b.Put(ctx, key, "image/png", []byte("x")))
		}
		n, err := b.DeleteOld(ctx, "sent/", time.Now().Add(-time.Hour))
		if n != 0 || err != nil {
			t.Errorf("deleted %d that are young, %v", n, err)
		}
		n, err = b.DeleteOld(ctx, "sent/", time.Now().Add(time.Hour))
		if n != 2 || err != nil || keys() != "served/a" {
			t.Errorf("deleted %d, %v, kept %s", n, err, keys())
		}
	})
}

// readerFunc is a reader that calls f.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// What a process that was killed has left of a file is deleted, and nothing else.
func TestDeleteUnfinished(t *testing.T) {
	folder := t.TempDir()
	b, err := blob.OpenFolder(folder)
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	var writing []string
	must(t, b.PutNew(t.Context(), "served/a", "image/png", readerFunc(func(p []byte) (int, error) {
		if writing != nil {
			return 0, io.EOF
		}
		if writing, err = filepath.Glob(filepath.Join(folder, "served", "*")); len(writing) != 1 {
			t.Fatalf("written are %v, %v", writing, err)
		}
		return copy(p, "picture"), nil
	}), 7))
	must(t, os.WriteFile(writing[0], []byte("pict"), 0o600))
	for _, c := range []struct {
		before time.Time
		want   int
	}{{time.Now().Add(-time.Hour), 0}, {time.Now().Add(time.Hour), 1}, {time.Now().Add(time.Hour), 0}} {
		if n, err := b.DeleteUnfinished(c.before); n != c.want || err != nil {
			t.Errorf("deleted %d, %v, want %d", n, err, c.want)
		}
	}
	left, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	if len(left) != 1 || filepath.Base(left[0]) != "a" {
		t.Errorf("left are %v, %v", left, err)
	}
}

// A signed URL takes one file of the type and size that were signed, once.
func TestSignedURL(t *testing.T) {
	store := blobtest.Start(t)
	b, err := blob.Open(t.Context(), store.URL)
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	put := func(signed blob.Signed, body string, headers map[string]string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, signed.URL, strings.NewReader(body))
		must(t, err)
		for name, value := range headers {
			if name != "Content-Length" {
				r.Header.Set(name, value)
			}
		}
		res, err := http.DefaultClient.Do(r)
		must(t, err)
		must(t, res.Body.Close())
		return res.StatusCode
	}
	signed, ok, err := b.SignPut(t.Context(), "sent/a", "image/png", 7, time.Minute)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	other := map[string]string{"Content-Type": "text/html", "If-None-Match": "*"}
	for what, got := range map[string]int{
		"another type": put(signed, "picture", other), "more bytes": put(signed, "pictures", signed.Headers),
		"fewer bytes": put(signed, "pictur", signed.Headers), "no condition": put(signed, "picture", map[string]string{"Content-Type": "image/png"}),
	} {
		if got != http.StatusForbidden {
			t.Errorf("%s: %d", what, got)
		}
	}
	if len(store.Keys()) > 0 {
		t.Fatalf("kept: %v", store.Keys())
	}
	if got := put(signed, "picture", signed.Headers); got != http.StatusOK {
		t.Errorf("what was signed: %d", got)
	}
	if got := put(signed, "another", signed.Headers); got != http.StatusPreconditionFailed {
		t.Errorf("again: %d", got)
	}
	if got, err := b.Get(t.Context(), "sent/a", 100); string(got) != "picture" {
		t.Errorf("stored %q, %v", got, err)
	}
	folder, err := blob.OpenFolder(t.TempDir())
	must(t, err)
	if _, ok, err := folder.SignPut(t.Context(), "sent/a", "image/png", 7, time.Minute); ok || err != nil {
		t.Errorf("a folder signs: %v", err)
	}
	must(t, folder.Close())
}

func TestParseURL(t *testing.T) {
	for _, c := range []struct{ url, problem string }{
		{"s3://club?region=ap-northeast-2", ""},
		{"s3://club?region=auto&endpoint=https://minio.example.com", ""},
		{"s3://club", "region is missing"},
		{"s3://?region=a", "must be s3://BUCKET"},
		{"s3://key:secret@club?region=a", "must be s3://BUCKET"},
		{"s3://club/folder?region=a", "must be s3://BUCKET"},
		{"s3://club?region=a&endpoint=minio:9000", "must be an address"},
		{"gs://club", `scheme is "gs"`},
		{"./uploads", `scheme is ""`},
		{"s3://%zz", "not a URL"},
	} {
		_, err := blob.ParseURL(c.url)
		if (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v, want %q", c.url, err, c.problem)
		}
	}
	if _, err := blob.Open(t.Context(), "s3://club?region=a&unknown=1"); err == nil {
		t.Error("an unknown parameter is accepted")
	}
}

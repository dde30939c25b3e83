package imageproxy

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/picture"
)

func mustOpen(t *testing.T, folder string, most int64, now func() time.Time) *cache {
	t.Helper()
	c, err := openCache(folder, most, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cache) mustPut(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := c.put(name, picture.JPEG, data); err != nil {
		t.Fatal(err)
	}
}

// kept are the names of the files, the one that was not used for the longest time first.
func (c *cache) kept() []string { return c.files.Keys() }

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

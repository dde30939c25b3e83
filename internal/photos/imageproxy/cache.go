package imageproxy

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/dongbaejul/dongbaejul/internal/picture"
)

const (
	// perFile is added to the size of each file for what the file system and the index take.
	perFile = 4096
	// unfinished begins the names of files that are being written.
	unfinished = "new-"
	// leftAfter is how old an unfinished file is that nobody writes any more.
	leftAfter = time.Hour
	// touchEvery is how often the use of a file is noted in its time, by which the next process orders files.
	touchEvery = time.Hour
)

var extensions = map[picture.Type]string{picture.JPEG: ".jpg", picture.PNG: ".png", picture.WebP: ".webp", picture.GIF: ".gif"}

// cache keeps pictures in a folder, in a bounded number of bytes: the ones not used for the longest time go first. A file appears
// whole under its name, so that what a killed process leaves is used by the next.
type cache struct {
	folder string
	max    int64
	now    func() time.Time

	mu    sync.Mutex
	size  int64
	files *simplelru.LRU[string, cached]
}

// cached is a file, by its name without the extension.
type cached struct {
	kind    picture.Type
	size    int64
	touched time.Time
}

func openCache(folder string, most int64, now func() time.Time) (*cache, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the picture cache: %w", err)
	}
	c := &cache{folder: folder, max: most, now: now}
	files, err := simplelru.NewLRU(math.MaxInt, c.evicted)
	if err != nil {
		return nil, err
	}
	c.files = files
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the folder of the picture cache: %w", err)
	}
	found := make(map[string]cached)
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if strings.HasPrefix(entry.Name(), unfinished) {
			if now().Sub(info.ModTime()) > leftAfter {
				_ = os.Remove(filepath.Join(folder, entry.Name())) // another process was first, or it stays
			}
			continue
		}
		name, extension, _ := strings.Cut(entry.Name(), ".")
		for kind, known := range extensions {
			if "."+extension == known {
				found[name] = cached{kind: kind, size: info.Size() + perFile, touched: info.ModTime()}
			}
		}
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(found[a].touched.Compare(found[b].touched), strings.Compare(a, b))
	})
	for _, name := range names {
		c.add(name, found[name])
	}
	return c, nil
}

func (c *cache) path(name string, kind picture.Type) string {
	return filepath.Join(c.folder, name+extensions[kind])
}

// add must be called with mu locked, or before the cache is used.
func (c *cache) add(name string, file cached) {
	if old, ok := c.files.Peek(name); ok {
		c.size -= old.size
	}
	c.files.Add(name, file)
	for c.size += file.size; c.size > c.max && c.files.Len() > 0; {
		c.files.RemoveOldest()
	}
}

// evicted is called when a file leaves the index.
func (c *cache) evicted(name string, file cached) {
	c.size -= file.size
	_ = os.Remove(c.path(name, file.kind)) // it has gone already, or the next process finds it
}

// open returns the file of this name, to be closed; fs.ErrNotExist if there is none.
func (c *cache) open(name string) (*os.File, picture.Type, error) {
	c.mu.Lock()
	file, ok := c.files.Get(name)
	now := c.now()
	touch := ok && now.Sub(file.touched) > touchEvery
	if touch {
		file.touched = now
		c.files.Add(name, file)
	}
	c.mu.Unlock()
	if !ok {
		return nil, "", fs.ErrNotExist
	}
	opened, err := os.Open(c.path(name, file.kind))
	if err != nil {
		// Somebody has emptied the folder.
		c.mu.Lock()
		defer c.mu.Unlock()
		c.files.Remove(name)
		return nil, "", fmt.Errorf("open a cached picture: %w", err)
	}
	if touch {
		_ = os.Chtimes(opened.Name(), now, now) // only orders files
	}
	return opened, file.kind, nil
}

// read returns what the file of this name has.
func (c *cache) read(name string) ([]byte, picture.Type, error) {
	file, kind, err := c.open(name)
	if err != nil {
		return nil, "", err
	}
	data, err := io.ReadAll(file)
	return data, kind, errors.Join(err, file.Close())
}

// put keeps data under a name, unless it is larger than the whole cache.
func (c *cache) put(name string, kind picture.Type, data []byte) error {
	size := int64(len(data)) + perFile
	if size > c.max {
		return nil
	}
	written, err := os.CreateTemp(c.folder, unfinished)
	if err != nil {
		return fmt.Errorf("cache a picture: %w", err)
	}
	_, err = written.Write(data)
	if err == nil {
		// Before the name is there, so that a machine that stops leaves no empty file under it.
		err = written.Sync()
	}
	if err = errors.Join(err, written.Close()); err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if err = os.Rename(written.Name(), c.path(name, kind)); err == nil {
			c.add(name, cached{kind: kind, size: size, touched: c.now()})
			return nil
		}
	}
	return fmt.Errorf("cache a picture: %w", errors.Join(err, os.Remove(written.Name())))
}

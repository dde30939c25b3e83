package imageproxy

import (
	"bytes"
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
	// maxSmall is the largest file that is kept in memory as well, where a picture is served without five system calls, and
	// maxMemory bounds all of them, in bytes.
	maxSmall  = 256 << 10
	maxMemory = 16 << 20
)

var extensions = map[picture.Type]string{picture.JPEG: ".jpg", picture.PNG: ".png", picture.WebP: ".webp", picture.GIF: ".gif"}

// diskCache keeps pictures in a folder, in a bounded number of bytes: the ones not used for the longest time go first. A file appears
// whole under its name, so that what a killed process leaves is used by the next.
type diskCache struct {
	folder string
	max    int64
	now    func() time.Time

	mu    sync.Mutex
	size  int64
	files *simplelru.LRU[string, cached]
	// small has what those of the files hold that were used last, in inMemory bytes.
	small    *simplelru.LRU[string, []byte]
	inMemory int
}

// cached is a file, by its name without the extension.
type cached struct {
	kind    picture.Type
	size    int64
	touched time.Time
}

func openCache(folder string, most int64, now func() time.Time) (*diskCache, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the picture cache: %w", err)
	}
	c := &diskCache{folder: folder, max: most, now: now}
	files, err := simplelru.NewLRU(math.MaxInt, c.evicted)
	if err != nil {
		return nil, err
	}
	c.files = files
	c.small, err = simplelru.NewLRU(math.MaxInt, func(_ string, data []byte) { c.inMemory -= len(data) })
	if err != nil {
		return nil, err
	}
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

func (c *diskCache) path(name string, kind picture.Type) string {
	return filepath.Join(c.folder, name+extensions[kind])
}

// add must be called with mu locked, or before the cache is used.
func (c *diskCache) add(name string, file cached) {
	if old, ok := c.files.Peek(name); ok {
		c.size -= old.size
		c.small.Remove(name)
	}
	c.files.Add(name, file)
	for c.size += file.size; c.size > c.max && c.files.Len() > 0; {
		c.files.RemoveOldest()
	}
}

// evicted is called when a file leaves the index.
func (c *diskCache) evicted(name string, file cached) {
	c.size -= file.size
	c.small.Remove(name)
	_ = os.Remove(c.path(name, file.kind)) // it has gone already, or the next process finds it
}

// content is what a picture has: a file, or bytes that must not be changed.
type content struct {
	io.ReadSeekCloser
	bytes []byte
}

func contentOf(data []byte) content { return content{inMemory{bytes.NewReader(data)}, data} }

// inMemory needs no closing.
type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

// has reports whether there is a file of this name.
func (c *diskCache) has(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.files.Contains(name)
}

// open returns the content of this name, to be closed; fs.ErrNotExist if there is none.
func (c *diskCache) open(name string) (content, picture.Type, error) { return c.use(name, c.load) }

// read returns what the file of this name has, which must not be changed. It does not stay in memory.
func (c *diskCache) read(name string) ([]byte, picture.Type, error) {
	whole, kind, err := c.use(name, func(_, path string, _ cached) (content, error) {
		data, err := os.ReadFile(path)
		return contentOf(data), err
	})
	return whole.bytes, kind, err
}

// use returns what is in memory, or what load makes of the file.
func (c *diskCache) use(name string, load func(name, path string, file cached) (content, error)) (content, picture.Type, error) {
	file, data, touch := c.find(name)
	if file.kind == "" {
		return content{}, "", fs.ErrNotExist
	}
	path := c.path(name, file.kind)
	if touch {
		_ = os.Chtimes(path, file.touched, file.touched) // only orders files
	}
	if data != nil {
		return contentOf(data), file.kind, nil
	}
	loaded, err := load(name, path, file)
	if err != nil {
		// Somebody has emptied the folder.
		c.mu.Lock()
		defer c.mu.Unlock()
		c.files.Remove(name)
		return content{}, "", fmt.Errorf("open a cached picture: %w", err)
	}
	return loaded, file.kind, nil
}

// find returns the file of this name, without a kind if there is none, what is in memory of it, and whether its time is to be set.
func (c *diskCache) find(name string) (file cached, data []byte, touch bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	file, ok := c.files.Get(name)
	if !ok {
		return cached{}, nil, false
	}
	data, _ = c.small.Get(name)
	now := c.now()
	if touch = now.Sub(file.touched) > touchEvery; touch {
		file.touched = now
		c.files.Add(name, file)
	}
	return file, data, touch
}

// load opens a file, or reads it into memory if it is small.
func (c *diskCache) load(name, path string, file cached) (content, error) {
	if file.size-perFile > maxSmall {
		opened, err := os.Open(path)
		return content{ReadSeekCloser: opened}, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return content{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// It may have gone meanwhile or been replaced, or another one who asked for it was first.
	now, ok := c.files.Peek(name)
	if ok && now.kind == file.kind && now.size == int64(len(data))+perFile && !c.small.Contains(name) {
		c.small.Add(name, data)
		for c.inMemory += len(data); c.inMemory > maxMemory; {
			c.small.RemoveOldest()
		}
	}
	return contentOf(data), nil
}

// put keeps data under a name, unless it is larger than the whole cache.
func (c *diskCache) put(name string, kind picture.Type, data []byte) error {
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

package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	"github.com/dongbaejul/dongbaejul/clients/internal/wholefile"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

const (
	// loaders is how many pictures are loaded at once.
	loaders = 4
	// pictureWait is how long a picture is tried again, unless --wait says it. A try in progress is not cut off by it.
	pictureWait = time.Minute
	// pictureStall is how long a try may bring nothing, and pictureMost how long it may take.
	pictureStall, pictureMost = 30 * time.Second, 10 * time.Minute
	// patientFailures is how many pictures in a row may get no answer before each is tried only once: all would wait for a server that
	// is away.
	patientFailures = 8
	// maxLoaded is how large a picture may be that is loaded, in bytes.
	maxLoaded = 64 << 20
)

// pictures loads pictures into a folder. A nil one loads nothing. add is called by one goroutine.
type pictures struct {
	*dbj
	folder      string
	http        *http.Client
	wait, stall time.Duration
	// there are the names that the folder had at first, and left what an export that was killed has left of others.
	there map[string]bool
	left  map[string][]string
	seen  map[string]bool
	bar   *bar
	asked int
	group *errgroup.Group
	ctx   context.Context
	// failures is how many pictures in a row got no answer.
	failures atomic.Int32

	mu sync.Mutex
	// missing are the addresses that could not be loaded, with why.
	missing []string
	// unwritable is why the folder takes no more pictures.
	unwritable error
}

// newPictures returns what loads into a folder, which it creates; nil for no folder.
func newPictures(d *dbj, folder string) (*pictures, error) {
	if folder == "" {
		return nil, nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	p := &pictures{
		dbj: d, folder: folder, http: &http.Client{}, wait: pictureWait, stall: pictureStall,
		there: make(map[string]bool), left: make(map[string][]string), seen: make(map[string]bool),
	}
	if d.config.waitSaid {
		p.wait = d.config.wait
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		name, _, _ := strings.Cut(file.Name(), ".")
		if half := unfinished.FindStringSubmatch(file.Name()); half != nil {
			p.left[half[1]] = append(p.left[half[1]], file.Name())
		} else if name != "" && !file.IsDir() {
			p.there[name] = true
		}
	}
	return p, nil
}

// unfinished is the name of a picture that is being written.
var unfinished = regexp.MustCompile(`^\.([0-9A-Za-z_-]{1,64})\.(?:jpg|png|webp|gif)\.[0-9]+$`)

// collect loads the pictures that are added while run runs, and waits for the last.
func (p *pictures) collect(ctx context.Context, b *bars, run func(context.Context) error) error {
	if p == nil {
		return run(ctx)
	}
	p.bar = b.add("pictures")
	defer p.bar.end()
	p.group, p.ctx = errgroup.WithContext(ctx)
	p.group.SetLimit(loaders)
	err := run(p.ctx)
	// It fails only if ctx has ended.
	return cmp.Or(p.group.Wait(), err)
}

// add loads the pictures of a post, a message or a photo. It waits while too many are being loaded.
func (p *pictures) add(m proto.Message) error {
	if p == nil {
		return nil
	}
	var addresses []string
	if photo, ok := m.(*v1.Photo); ok {
		addresses = append(addresses, photo.GetUrl())
	}
	if with, ok := m.(interface{ GetAttachments() []*v1.Attachment }); ok {
		for _, file := range with.GetAttachments() {
			addresses = append(addresses, file.GetUrl())
		}
	}
	for _, address := range addresses {
		name := pictureName(address)
		if address == "" || p.seen[name] {
			continue
		}
		p.seen[name] = true
		p.asked++
		p.bar.expect(p.asked)
		p.group.Go(func() error {
			defer p.bar.step()
			if err := p.load(name, address); err != nil && p.ctx.Err() == nil {
				p.miss(address, err)
			}
			return p.ctx.Err()
		})
	}
	return p.ctx.Err()
}

var pictureID = regexp.MustCompile(`^/photos/([0-9A-Za-z_-]{1,64})/[^/]+$`)

// pictureName is what the file of a picture is called, without its type: the id in its address.
func pictureName(address string) string {
	if u, err := url.Parse(address); err == nil {
		if found := pictureID.FindStringSubmatch(u.Path); found != nil {
			return found[1]
		}
	}
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:16])
}

var pictureSuffixes = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}

// load loads a picture unless it is there.
func (p *pictures) load(name, address string) error {
	if p.there[name] {
		return nil
	}
	p.mu.Lock()
	err := p.unwritable
	p.mu.Unlock()
	if err != nil {
		return err
	}
	kind, content, err := p.fetch(address)
	if err != nil {
		return err
	}
	if err := p.save(name, kind, content); err != nil {
		p.mu.Lock()
		p.unwritable = err
		p.mu.Unlock()
		return err
	}
	return nil
}

// fetch gets a picture, and tries again for a while where nothing answers.
func (p *pictures) fetch(address string) (kind string, content []byte, err error) {
	wait := p.wait
	if p.failures.Load() >= patientFailures {
		wait = 0
	}
	ctx, cancel := context.WithTimeout(p.ctx, wait)
	defer cancel()
	err = p.client.Retry(ctx, func(context.Context) (err error) {
		// A try has its own bounds: a large picture takes longer than a call on a slow line.
		kind, content, err = p.get(p.ctx, address)
		return err
	})
	if dongbaejul.Temporary(err) {
		p.failures.Add(1)
	} else {
		p.failures.Store(0)
	}
	return kind, content, err
}

// save writes a picture, in place of what is left of it.
func (p *pictures) save(name, kind string, content []byte) error {
	for _, half := range p.left[name] {
		if err := os.Remove(filepath.Join(p.folder, half)); err != nil {
			return err
		}
	}
	return wholefile.Write(filepath.Join(p.folder, name+pictureSuffixes[kind]), content)
}

// miss keeps that a picture could not be loaded.
func (p *pictures) miss(address string, err error) {
	// The address and that it is unavailable are said already.
	why := err.Error()
	if failed, ok := errors.AsType[*url.Error](err); ok {
		why = failed.Err.Error()
	} else if answered, ok := errors.AsType[*connect.Error](err); ok {
		why = answered.Message()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.missing = append(p.missing, address+": "+why)
}

// statusError is an answer that is no picture.
type statusError struct{ status int }

func (e *statusError) Error() string {
	return strings.TrimSpace(fmt.Sprint(e.status, " ", http.StatusText(e.status)))
}

// errStalled is what a try fails with that brings nothing for a while.
var errStalled = errors.New("no more of it came")

// get loads a picture once. Nothing of the user goes to its address.
func (p *pictures) get(ctx context.Context, address string) (kind string, content []byte, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, pictureMost, errStalled)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	stalled := time.AfterFunc(p.stall, func() { stop(errStalled) })
	defer stalled.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", nil, err
	}
	res, err := p.http.Do(req)
	if err != nil {
		return "", nil, broken(ctx, err)
	}
	defer res.Body.Close()
	kind = res.Header.Get("Content-Type")
	switch {
	case res.StatusCode >= http.StatusInternalServerError, res.StatusCode == http.StatusTooManyRequests:
		return "", nil, connect.NewError(connect.CodeUnavailable, &statusError{res.StatusCode})
	case res.StatusCode != http.StatusOK:
		return "", nil, &statusError{res.StatusCode}
	case pictureSuffixes[kind] == "":
		return "", nil, &statusError{http.StatusUnsupportedMediaType}
	}
	content, err = io.ReadAll(io.LimitReader(&counted{Reader: res.Body, read: func() { stalled.Reset(p.stall) }}, maxLoaded+1))
	switch {
	case err != nil:
		return "", nil, broken(ctx, err)
	case len(content) > maxLoaded:
		return "", nil, &statusError{http.StatusRequestEntityTooLarge}
	}
	return kind, content, nil
}

// broken returns the error of a try that got no answer, or only the beginning of one, which may be tried again.
func broken(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return connect.NewError(connect.CodeUnavailable, err)
}

// counted calls read whenever something was read.
type counted struct {
	io.Reader
	read func()
}

func (r *counted) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if n > 0 {
		r.read()
	}
	return n, err
}

// failed is the error that some pictures could not be loaded; it names all of them.
func (p *pictures) failed() error {
	if p == nil || len(p.missing) == 0 {
		return nil
	}
	slices.Sort(p.missing)
	lines := strings.Join(p.missing, "\n")
	return &refused{
		code: exitIncomplete, ko: fmt.Sprintf("사진 %d장을 받지 못했습니다:\n%s", len(p.missing), lines),
		en:   fmt.Sprintf("%d pictures could not be loaded:\n%s", len(p.missing), lines),
		hint: p.lang.text("같은 명령을 다시 실행하면 빠진 사진만 받습니다", "the same command again loads only these"),
	}
}

package main

import (
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
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/dongbaejul/dongbaejul/clients/internal/wholefile"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

const (
	// loaders is how many pictures are loaded at once.
	loaders = 4
	// pictureWait is how long is waited for one picture, tries included.
	pictureWait = time.Minute
	// maxLoaded is how large a picture may be that is loaded, in bytes.
	maxLoaded = 64 << 20
)

// pictures loads pictures into a folder. A nil one loads nothing. add is called by one goroutine.
type pictures struct {
	*dbj
	folder string
	http   *http.Client
	seen   map[string]bool
	bar    *bar
	asked  int
	group  *errgroup.Group
	ctx    context.Context

	mu sync.Mutex
	// missing are the addresses that could not be loaded, with why.
	missing []string
}

// newPictures returns what loads into a folder, which it creates; nil for no folder.
func newPictures(d *dbj, folder string) (*pictures, error) {
	if folder == "" {
		return nil, nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	return &pictures{dbj: d, folder: folder, http: &http.Client{}, seen: make(map[string]bool)}, nil
}

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
	// Why loading has failed is why run was ended.
	if failure := p.group.Wait(); failure != nil {
		return failure
	}
	return err
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
			return p.load(name, address)
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

// load loads a picture unless it is there. Its error ends the export; a picture that the server does not have is no reason.
func (p *pictures) load(name, address string) error {
	if there, err := filepath.Glob(filepath.Join(p.folder, name+".*")); err != nil || len(there) > 0 {
		return err
	}
	// What an export that was killed has left of it.
	left, err := filepath.Glob(filepath.Join(p.folder, "."+name+".*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(p.ctx, pictureWait)
	defer cancel()
	var kind string
	var content []byte
	err = p.client.Retry(ctx, func(ctx context.Context) (err error) {
		kind, content, err = p.get(ctx, address)
		return err
	})
	var answered *statusError
	switch {
	case p.ctx.Err() != nil:
		return p.ctx.Err()
	case errors.As(err, &answered) && (answered.status == http.StatusNotFound || answered.status == http.StatusGone):
		return nil
	case errors.As(err, &answered):
		p.mu.Lock()
		defer p.mu.Unlock()
		p.missing = append(p.missing, address+": "+answered.Error())
		return nil
	case err != nil:
		return err
	}
	file, err := wholefile.Create(filepath.Join(p.folder, name+pictureSuffixes[kind]))
	if err != nil {
		return err
	}
	defer file.Abort()
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Commit()
}

// statusError is an answer that is no picture.
type statusError struct{ status int }

func (e *statusError) Error() string {
	return strings.TrimSpace(fmt.Sprint(e.status, " ", http.StatusText(e.status)))
}

// get loads a picture once. Nothing of the user goes to its address.
func (p *pictures) get(ctx context.Context, address string) (kind string, content []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", nil, err
	}
	res, err := p.http.Do(req)
	if err != nil {
		return "", nil, connect.NewError(connect.CodeUnavailable, err)
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
	content, err = io.ReadAll(io.LimitReader(res.Body, maxLoaded+1))
	switch {
	case err != nil:
		return "", nil, connect.NewError(connect.CodeUnavailable, err)
	case len(content) > maxLoaded:
		return "", nil, &statusError{http.StatusRequestEntityTooLarge}
	}
	return kind, content, nil
}

// failed is the error that some pictures could not be loaded.
func (p *pictures) failed() error {
	if p == nil || len(p.missing) == 0 {
		return nil
	}
	const shown = 10
	var lines strings.Builder
	for _, line := range p.missing[:min(len(p.missing), shown)] {
		lines.WriteString("\n" + line)
	}
	return &refused{
		code: exitFailed, ko: fmt.Sprintf("사진 %d장을 받지 못했습니다:%s", len(p.missing), lines.String()),
		en:   fmt.Sprintf("%d pictures could not be loaded:%s", len(p.missing), lines.String()),
		hint: "dbj export --pictures " + p.folder,
	}
}

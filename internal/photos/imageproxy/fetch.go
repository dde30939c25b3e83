package imageproxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/dongbaejul/dongbaejul/internal/picture"
	"github.com/dongbaejul/dongbaejul/internal/publicnet"
)

const (
	// fetchTimeout is how long one picture may take to arrive.
	fetchTimeout = 20 * time.Second
	// maxFetches bounds the pictures that are fetched at once, each of picture.MaxBytes at most.
	maxFetches   = 4
	maxRedirects = 3
)

var (
	errHost      = errors.New("the URL or a redirect leads to a host that is not listed")
	errRedirects = errors.New("too many redirects")
	errGone      = errors.New("the picture is not there any more")
	errTooLarge  = errors.New("the picture has too many bytes")
)

// fetcher reads pictures from their servers. Its errors hold no URL: Band puts secrets into them.
type fetcher struct {
	client  *http.Client
	allowed func(*url.URL) bool
	limit   *semaphore.Weighted
	// reserve waits for a place in memory.
	reserve func(context.Context) (release func(), err error)
	timeout time.Duration
}

func newFetcher(transport http.RoundTripper, allowed func(*url.URL) bool, reserve func(context.Context) (func(), error), timeout time.Duration) *fetcher {
	f := &fetcher{allowed: allowed, limit: semaphore.NewWeighted(maxFetches), reserve: reserve, timeout: timeout}
	// No Jar: cookies are neither sent nor kept.
	f.client = &http.Client{Transport: transport, CheckRedirect: f.checkRedirect}
	return f
}

func (f *fetcher) checkRedirect(to *http.Request, via []*http.Request) error {
	// net/http says where it comes from.
	to.Header.Del("Referer")
	switch {
	case len(via) > maxRedirects:
		return errRedirects
	case to.URL.Scheme != "http" && to.URL.Scheme != "https":
		// The Transport may serve other schemes, but not because a server says so.
		return errHost
	case !f.allowed(to.URL):
		return errHost
	}
	return nil
}

// fetch passes on the bytes at address, which are bounded and not looked at. Until use returns, a place in memory is reserved for
// them: those who have one wait for no server but their own.
func (f *fetcher) fetch(ctx context.Context, address string, use func(data []byte) error) error {
	at, err := url.Parse(address)
	if err != nil || !f.allowed(at) {
		return errHost
	}
	if err := f.limit.Acquire(ctx, 1); err != nil {
		return err
	}
	fetched := sync.OnceFunc(func() { f.limit.Release(1) })
	defer fetched()
	release, err := f.reserve(ctx)
	if err != nil {
		return err
	}
	defer release()
	data, err := f.read(ctx, at)
	fetched()
	if err != nil {
		return err
	}
	return use(data)
}

func (f *fetcher) read(ctx context.Context, at *url.URL) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, errHost
	}
	request.Header = http.Header{"Accept": {"image/*"}, "User-Agent": {"dongbaejul"}}
	response, err := f.client.Do(request)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer func() { _ = response.Body.Close() }() // was only read
	switch {
	case response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusGone:
		return nil, errGone
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the server of the picture answered %d", response.StatusCode)
	case response.ContentLength > picture.MaxBytes:
		return nil, errTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, picture.MaxBytes+1))
	if err != nil {
		return nil, withoutURL(err)
	}
	if len(data) > picture.MaxBytes {
		return nil, errTooLarge
	}
	return data, nil
}

// withoutURL drops what net/http adds to an error: the URL, and where a redirect leads.
func withoutURL(err error) error {
	for _, known := range []error{errHost, errRedirects, publicnet.ErrInside, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return known
		}
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return context.DeadlineExceeded
	}
	return errors.New("the server of the picture cannot be reached, or has hung up")
}

package imageproxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/picture"
)

// inTurn is a Codec in which one picture after the other waits for the test.
type inTurn struct {
	*picture.Codec
	turn chan struct{}
	mu   sync.Mutex
	// sources counts those that the codec has now.
	sources int
}

func (c *inTurn) wait(ctx context.Context) {
	c.mu.Lock()
	c.sources++
	c.mu.Unlock()
	select {
	case <-c.turn:
	case <-ctx.Done():
	}
	c.mu.Lock()
	c.sources--
	c.mu.Unlock()
}

func (c *inTurn) Clean(ctx context.Context, data []byte) (picture.Picture, error) {
	c.wait(ctx)
	return c.Codec.Clean(ctx, data)
}

func (c *inTurn) Variant(ctx context.Context, data []byte, width int, takesWebP bool) (picture.Picture, error) {
	c.wait(ctx)
	return c.Codec.Variant(ctx, data, width, takesWebP)
}

func (c *inTurn) held() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sources
}

// always answers all requests with the same bytes.
type always []byte

func (a always) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: make(http.Header), ContentLength: int64(len(a)), Body: io.NopCloser(bytes.NewReader(a)), Request: r}, nil
}

// newInTurn returns a Proxy of so many pictures, whose ids are numbers.
func newInTurn(t *testing.T, codec Codec, folder string, pictures int) (*Proxy, func(ctx context.Context, id, query string) int) {
	t.Helper()
	var body bytes.Buffer
	if err := jpeg.Encode(&body, photo(330, 4), nil); err != nil {
		t.Fatal(err)
	}
	source := &table{urls: map[string]string{"hot": "http://img.example/hot.jpg"}}
	for no := range pictures {
		source.set(fmt.Sprint(no), fmt.Sprintf("http://img.example/%d.jpg", no))
	}
	signer, err := NewSigner("", []byte("a secret"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{
		Source: source, Signer: signer, Codec: codec, Folder: folder, MaxBytes: 1 << 30, Transport: always(body.Bytes()),
		Allowed: func(*url.URL) bool { return true }, Log: slog.New(slog.DiscardHandler), Clock: time.Now,
		Refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, func(ctx context.Context, id, query string) int {
		recorder := httptest.NewRecorder()
		p.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, signer.URL(id)+query, nil))
		return recorder.Code
	}
}

// However many pictures are asked for at once, only picture.MaxSources are in memory: those that wait for the codec have none.
func TestSourcesInMemoryAreBounded(t *testing.T) {
	const pictures = 5 * picture.MaxSources
	codec, folder := &inTurn{Codec: picture.NewCodec()}, t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		codec.turn = make(chan struct{})
		p, get := newInTurn(t, codec, folder, pictures)
		defer p.Close()
		close(codec.turn)
		if got := get(t.Context(), "hot", ""); got != http.StatusOK {
			t.Fatal(got)
		}
		// First the pictures themselves, then narrower ones of what is kept.
		for other, query := range []string{"", "?w=320"} {
			codec.turn = make(chan struct{})
			var all sync.WaitGroup
			for no := range pictures {
				all.Go(func() {
					if got := get(t.Context(), fmt.Sprint(no), query); got != http.StatusOK {
						t.Errorf("picture %d%s: %d", no, query, got)
					}
				})
			}
			synctest.Wait()
			if held := codec.held(); held != picture.MaxSources {
				t.Errorf("%d sources are in memory, want %d (%q)", held, picture.MaxSources, query)
			}
			if got := get(t.Context(), "hot", ""); got != http.StatusOK {
				t.Errorf("what is kept waits: %d", got)
			}
			// Who leaves does not wait for a place.
			ctx, leave := context.WithCancel(t.Context())
			var left error
			all.Go(func() {
				at, err := p.locate(ctx, "0")
				if err != nil {
					t.Error(err)
				}
				_, _, left = p.open(ctx, "0", at, variant{width: Widths[2+other]})
			})
			synctest.Wait()
			leave()
			synctest.Wait()
			if !errors.Is(left, context.Canceled) {
				t.Errorf("who left: %v", left)
			}
			for range pictures {
				codec.turn <- struct{}{}
				synctest.Wait()
				if held := codec.held(); held > picture.MaxSources {
					t.Fatalf("%d sources are in memory", held)
				}
			}
			close(codec.turn)
			all.Wait()
		}
	})
}

// What nobody waits for any more is not made, unless it was begun: it would keep those waiting who ask next.
func TestPicturesThatNobodyWaitsForAreNotBegun(t *testing.T) {
	const pictures = 5 * picture.MaxSources
	codec, folder := &inTurn{Codec: picture.NewCodec()}, t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		codec.turn = make(chan struct{})
		p, get := newInTurn(t, codec, folder, pictures)
		defer p.Close()
		ctx, leave := context.WithCancel(t.Context())
		for no := range pictures {
			go get(ctx, fmt.Sprint(no), []string{"", "?w=320"}[no%2])
			// One after the other, so that the last ones are not begun.
			synctest.Wait()
		}
		leave()
		synctest.Wait()
		answers := make(chan int, 2)
		// One has not been asked for, and the other one was left.
		go func() { answers <- get(t.Context(), "hot", "") }()
		go func() { answers <- get(t.Context(), fmt.Sprint(pictures-2), "") }()
		synctest.Wait()
		for range picture.MaxSources + 2 {
			codec.turn <- struct{}{}
			synctest.Wait()
		}
		if len(answers) != 2 {
			t.Fatalf("%d of 2 are answered", len(answers))
		}
		for range 2 {
			if got := <-answers; got != http.StatusOK {
				t.Error(got)
			}
		}
		if held := codec.held(); held != 0 {
			t.Errorf("%d more are made", held)
		}
	})
}

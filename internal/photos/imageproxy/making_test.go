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

// However many pictures are asked for at once, only picture.MaxSources are in memory: those that wait for the codec have none.
func TestSourcesInMemoryAreBounded(t *testing.T) {
	var body bytes.Buffer
	if err := jpeg.Encode(&body, photo(330, 4), nil); err != nil {
		t.Fatal(err)
	}
	source := &table{urls: make(map[string]string)}
	const pictures = 5 * picture.MaxSources
	for no := range pictures {
		source.set(fmt.Sprint(no), fmt.Sprintf("http://img.example/%d.jpg", no))
	}
	source.set("hot", "http://img.example/hot.jpg")
	signer, err := NewSigner("", []byte("a secret"))
	if err != nil {
		t.Fatal(err)
	}
	codec := &inTurn{Codec: picture.NewCodec()}
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		codec.turn = make(chan struct{})
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
		defer p.Close()
		get := func(ctx context.Context, id, query string) *httptest.ResponseRecorder {
			recorder := httptest.NewRecorder()
			p.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, signer.URL(id)+query, nil))
			return recorder
		}
		close(codec.turn)
		if got := get(t.Context(), "hot", ""); got.Code != http.StatusOK {
			t.Fatalf("%d: %s", got.Code, got.Body)
		}
		// First the pictures themselves, then narrower ones of what is kept.
		for other, query := range []string{"", "?w=320"} {
			codec.turn = make(chan struct{})
			var all sync.WaitGroup
			for no := range pictures {
				all.Go(func() {
					if got := get(t.Context(), fmt.Sprint(no), query); got.Code != http.StatusOK {
						t.Errorf("picture %d%s: %d, %s", no, query, got.Code, got.Body)
					}
				})
			}
			synctest.Wait()
			if held := codec.held(); held != picture.MaxSources {
				t.Errorf("%d sources are in memory, want %d (%q)", held, picture.MaxSources, query)
			}
			if got := get(t.Context(), "hot", ""); got.Code != http.StatusOK {
				t.Errorf("what is kept waits: %d, %s", got.Code, got.Body)
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

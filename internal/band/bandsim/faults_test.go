package bandsim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

// reader reads a simulated club with the token of its leader, and retries without waiting.
func reader(t *testing.T, sim *bandsim.Simulator, cfg band.Config) (*band.Client, band.Secret) {
	t.Helper()
	cfg.ClientID, cfg.ClientSecret = bandsim.DefaultClientID, band.NewSecret(bandsim.DefaultClientSecret)
	cfg.Wait = func(ctx context.Context, _ time.Duration) bool { return ctx.Err() == nil }
	client, err := band.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	code, ok := sim.Code(sim.Members()[0].UserKey)
	if !ok {
		t.Fatal("nobody leads the club")
	}
	grant, err := client.Exchange(t.Context(), code, "")
	if err != nil {
		t.Fatal(err)
	}
	return client, grant.AccessToken
}

// TestFaults meets every fault, over the network and in the process: each is one that a retry helps against.
func TestFaults(t *testing.T) {
	for _, network := range []bool{false, true} {
		sim := bandsim.New(bandsim.Options{Seed: 3})
		cfg := band.Config{}
		cfg.HTTP = newHTTP(sim)
		if network {
			server := httptest.NewServer(sim)
			defer server.Close()
			cfg.HTTP, cfg.AuthURL, cfg.APIURL = server.Client(), server.URL, server.URL
		}
		client, token := reader(t, sim, cfg)
		sim.Set(bandsim.Knobs{Faults: bandsim.Faults{Rate: 1, Slow: time.Millisecond}})
		met := map[string]bool{}
		for range 300 {
			_, err := client.Bands(t.Context(), token)
			failure, ok := errors.AsType[*band.Error](err)
			switch {
			case err == nil:
				met["slow"] = true
			case !ok || !failure.Temporary():
				t.Fatalf("%v", err)
			default:
				met[kindOf(failure)] = true
			}
		}
		for _, kind := range []string{
			"slow", "code 1003 waits", "code 1003", "HTTP 429 waits", "HTTP 429", "code 2300", "HTTP 500", "HTTP 502", "HTTP 503", "HTTP 200", "cut", "reset",
		} {
			if !met[kind] {
				t.Errorf("over the network %v: %s was never met, but %v", network, kind, met)
			}
		}
		sim.Set(bandsim.Knobs{})
		if _, err := client.Bands(t.Context(), token); err != nil {
			t.Errorf("after the faults: %v", err)
		}
		// net/http repeats a request of its own accord when a connection that it uses again is reset.
		if n := sim.Requests()["/v2.1/bands"]; n != 301 && !(network && n > 301) {
			t.Errorf("%d requests of 301 are counted", n)
		}
	}
}

// TestChanges lets the club live for a while: lists stay readable to their ends, and some change of each kind is seen.
func TestChanges(t *testing.T) {
	sim := bandsim.New(bandsim.Options{Seed: 3})
	client, token := reader(t, sim, band.Config{HTTP: newHTTP(sim)})
	contents := func() (posts, comments, albums, photos map[string]string) {
		posts, comments, albums, photos = map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
		for p, err := range client.Posts(t.Context(), token, sim.BandKey()) {
			if err != nil {
				t.Fatal(err)
			}
			posts[p.Key] = p.Content
			for c, err := range client.Comments(t.Context(), token, sim.BandKey(), p.Key, band.OldestFirst) {
				if err != nil {
					t.Fatal(err)
				}
				comments[c.Key] = c.Content
			}
		}
		for a, err := range client.Albums(t.Context(), token, sim.BandKey()) {
			if err != nil {
				t.Fatal(err)
			}
			albums[a.Key] = a.Name
			for p, err := range client.Photos(t.Context(), token, sim.BandKey(), a.Key) {
				if err != nil {
					t.Fatal(err)
				}
				photos[p.Key] = p.AlbumKey
			}
		}
		return posts, comments, albums, photos
	}
	posts, comments, albums, photos := contents()
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		sim.Change(random)
	}
	posts2, comments2, albums2, photos2 := contents()
	for what, lists := range map[string][2]map[string]string{
		"posts": {posts, posts2}, "comments": {comments, comments2}, "albums": {albums, albums2}, "photos": {photos, photos2},
	} {
		added, removed, changed := compare(lists[0], lists[1])
		if added == 0 || removed == 0 || changed == 0 && (what == "posts" || what == "comments") {
			t.Errorf("%s: %d added, %d removed, %d changed", what, added, removed, changed)
		}
	}
}

func compare(before, after map[string]string) (added, removed, changed int) {
	for key, was := range before {
		is, ok := after[key]
		switch {
		case !ok:
			removed++
		case is != was:
			changed++
		}
	}
	return len(after) - len(before) + removed, removed, changed
}

// TestSize holds a club to the size that was asked for.
func TestSize(t *testing.T) {
	size := bandsim.Size{Posts: 130, Comments: 1000, Albums: 30, Photos: 500}
	sim := bandsim.New(bandsim.Options{Seed: 3, Size: size})
	client, token := reader(t, sim, band.Config{HTTP: newHTTP(sim)})
	var got bandsim.Size
	for p, err := range client.Posts(t.Context(), token, sim.BandKey()) {
		if err != nil {
			t.Fatal(err)
		}
		got.Posts++
		got.Comments += p.Comments
	}
	for a, err := range client.Albums(t.Context(), token, sim.BandKey()) {
		if err != nil {
			t.Fatal(err)
		}
		got.Albums++
		got.Photos += a.Photos
	}
	if got != size {
		t.Errorf("%+v of %+v", got, size)
	}
}

func newHTTP(sim *bandsim.Simulator) *http.Client { return &http.Client{Transport: sim.Transport()} }

// kindOf names a failure.
func kindOf(e *band.Error) string {
	waits := ""
	if e.RetryAfter > 0 {
		waits = " waits"
	}
	switch {
	case e.Code != 0:
		return fmt.Sprintf("code %d%s", e.Code, waits)
	case errors.Is(e, io.ErrUnexpectedEOF) && e.Status == 0:
		return "reset"
	case errors.Is(e, io.ErrUnexpectedEOF):
		return "cut"
	}
	return fmt.Sprintf("HTTP %d%s", e.Status, waits)
}

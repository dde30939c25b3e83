package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/photos/imageproxy"
	"github.com/dongbaejul/dongbaejul/internal/picture"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// pictureURLs are where pictures come from, by id.
type pictureURLs map[string]string

func (p pictureURLs) Source(_ context.Context, id string) (at, version string, err error) {
	if id == "failing" {
		return "", "", errors.New("GeheimToken: the store is away")
	}
	at, ok := p[id]
	if !ok {
		return "", "", fault.NotFound
	}
	return at, at, nil
}

// pictureURL is what the server signs with the secret of tests.
func pictureURL(t *testing.T, s *apptest.Server, id string) string {
	t.Helper()
	signer, err := imageproxy.NewSigner(s.URL, []byte(strings.Repeat("secret of a test", 2)))
	if err != nil {
		t.Fatal(err)
	}
	return signer.URL(id)
}

func fetched(t *testing.T, method, at string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

func TestPicturesOfTheSimulator(t *testing.T) {
	pictures := pictureURLs{}
	const origin = "https://app.example"
	s := apptest.Start(t, func(c *app.Config) { c.Pictures, c.AllowedOrigins = pictures, []string{origin} })
	pictures["cover"] = s.URL + "/bandsim/images/cover/1.jpg?access_token=GeheimToken"
	// The simulator is reached without the network, and nothing else of this server is.
	pictures["health"] = s.URL + "/health"
	at := pictureURL(t, s, "cover")
	response, body := fetched(t, http.MethodGet, at+"?w=320", "Accept", "image/webp,*/*", "Origin", origin)
	h := response.Header
	if info, err := picture.Look(body); err != nil || info != (picture.Info{Type: picture.WebP, Width: 320, Height: 160, Frames: 1}) {
		t.Fatalf("%s, %+v, %v", response.Status, info, err)
	}
	for name, want := range map[string]string{
		"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "image/webp", "X-Content-Type-Options": "nosniff",
		// Pages of apps show them, also on a canvas.
		"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": origin,
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if vary := strings.Join(h.Values("Vary"), ","); !strings.Contains(vary, "Accept") || !strings.Contains(vary, "Origin") {
		t.Errorf("Vary: %s", vary)
	}
	if again, body := fetched(t, http.MethodGet, at+"?w=320", "Accept", "image/webp", "If-None-Match", h.Get("Etag")); again.StatusCode != http.StatusNotModified || len(body) > 0 {
		t.Errorf("If-None-Match: %s", again.Status)
	}
	if head, _ := fetched(t, http.MethodHead, at); head.StatusCode != http.StatusOK || head.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("HEAD: %s", head.Status)
	}
	if part, body := fetched(t, http.MethodGet, at, "Range", "bytes=0-9"); part.StatusCode != http.StatusPartialContent || len(body) != 10 {
		t.Errorf("Range: %s", part.Status)
	}
	for _, tt := range []struct {
		method, url, reason string
		status              int
	}{
		{http.MethodGet, at + "?w=321", "INVALID_FIELD", http.StatusBadRequest},
		{http.MethodGet, at[:len(at)-1], "PICTURE_NOT_FOUND", http.StatusNotFound},
		{http.MethodGet, pictureURL(t, s, "hidden"), "PICTURE_NOT_FOUND", http.StatusNotFound},
		{http.MethodGet, pictureURL(t, s, "health"), "PICTURE_NOT_FOUND", http.StatusNotFound},
		{http.MethodGet, pictureURL(t, s, "failing"), "INTERNAL", http.StatusInternalServerError},
		{http.MethodPost, at, "METHOD_NOT_ALLOWED", http.StatusMethodNotAllowed},
		{http.MethodGet, s.URL + "/photos/cover", "UNKNOWN_PATH", http.StatusNotFound},
	} {
		response, body := fetched(t, tt.method, tt.url, "Accept-Language", "en")
		var status struct {
			Details []struct {
				Reason string `json:"reason"`
			} `json:"details"`
		}
		if err := json.Unmarshal(body, &status); err != nil || response.StatusCode != tt.status || len(status.Details) == 0 || status.Details[0].Reason != tt.reason {
			t.Errorf("%s %s: %s, %s", tt.method, tt.url, response.Status, body)
		}
		if response.Header.Get("Cache-Control") != "no-store" || bytes.Contains(body, []byte("Geheim")) {
			t.Errorf("%s %s: %v, %s", tt.method, tt.url, response.Header, body)
		}
	}
	// What is kept outlives the server, and what is hidden is not shown though it is kept.
	s.Restart(t)
	if response, _ := fetched(t, http.MethodGet, at); response.StatusCode != http.StatusOK {
		t.Errorf("after a restart: %s", response.Status)
	}
	delete(pictures, "cover")
	s.Restart(t)
	if response, _ := fetched(t, http.MethodGet, at); response.StatusCode != http.StatusNotFound {
		t.Errorf("hidden: %s", response.Status)
	}
}

// A server with Naver's Band asks hosts of its list at public addresses, whatever they answer.
func TestPicturesOfOtherHosts(t *testing.T) {
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, image.NewGray(image.Rect(0, 0, 400, 300)), nil); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/a.jpg", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(encoded.Bytes()) })
	mux.HandleFunc("/html", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write([]byte("<html>GeheimToken"))
	})
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "GeheimToken", http.StatusBadGateway) })
	mux.Handle("/inside", http.RedirectHandler("http://169.254.169.254/GeheimToken", http.StatusFound))
	mux.Handle("/upload", http.RedirectHandler("blob://sent/GeheimToken", http.StatusFound))
	images := httptest.NewServer(mux)
	defer images.Close()
	const host = "http://band.phinf.campmobile.net"
	pictures := pictureURLs{
		"good": host + "/a.jpg?t=GeheimToken", "html": host + "/html?t=GeheimToken", "down": host + "/down?t=GeheimToken",
		"redirect": host + "/inside", "upload": host + "/upload", "inside": "http://inside.campmobile.net/a.jpg", "foreign": "http://evil.example/a.jpg",
	}
	public := netip.MustParseAddr("93.184.216.34")
	s := apptest.Start(t, func(c *app.Config) {
		c.BandClientID, c.BandClientSecret, c.BandKey = "id", band.NewSecret("secret"), "key"
		c.BandAPIURL, c.BandAuthURL = images.URL, images.URL
		// What was uploaded is shown by its own id only.
		sent := filepath.Join(c.DataDir, "uploads", "sent")
		if err := errors.Join(os.MkdirAll(sent, 0o700), os.WriteFile(filepath.Join(sent, "GeheimToken"), encoded.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		c.Pictures, c.BandImageHosts = pictures, []string{"campmobile.net"}
		c.ImageNetwork = imageproxy.Network{
			Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
				if strings.HasPrefix(host, "inside.") {
					return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
				}
				return []netip.Addr{public}, nil
			},
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				if !strings.HasPrefix(address, public.String()) {
					t.Errorf("%s was dialled", address)
				}
				return new(net.Dialer).DialContext(ctx, network, images.Listener.Addr().String())
			},
		}
	})
	for id, want := range map[string]int{"good": 200, "html": 404, "redirect": 404, "upload": 404, "inside": 404, "foreign": 404, "down": 503} {
		response, body := fetched(t, http.MethodGet, pictureURL(t, s, id))
		if response.StatusCode != want || regexp.MustCompile(`Geheim|campmobile|169\.254|example`).Match(body) {
			t.Errorf("%s: %s, %s", id, response.Status, body)
		}
		if id == "down" && (response.Header.Get("Retry-After") == "" || !bytes.Contains(body, []byte("PICTURE_UNAVAILABLE"))) {
			t.Errorf("%s: %v, %s", id, response.Header, body)
		}
	}
}

// The picture of a photo is gone once the photo is hidden, though it has just been looked up, and is there again with the photo.
func TestHiddenPicturesAreNotServed(t *testing.T) {
	s := apptest.Start(t)
	member := s.Club(t, 1, apptest.ConnectBinary)[0]
	s.Fill(t, func(kept store.Store) {
		_, _, err := kept.PutPhotos(t.Context(), 1, []photos.Photo{{ID: "photo", URL: s.URL + "/bandsim/images/cover/1.jpg", CreatedAt: time.Now()}})
		if err != nil {
			t.Fatal(err)
		}
	})
	at := pictureURL(t, s, "photo")
	if response, _ := fetched(t, http.MethodGet, at); response.StatusCode != http.StatusOK {
		t.Fatalf("at first: %s", response.Status)
	}
	for _, tt := range []struct {
		hidden bool
		want   int
	}{{true, http.StatusNotFound}, {false, http.StatusOK}, {true, http.StatusNotFound}} {
		if _, err := member.Photos.HidePhoto(t.Context(), &v1.HidePhotoRequest{PhotoId: "photo", Hidden: new(tt.hidden)}); err != nil {
			t.Fatal(err)
		}
		if response, _ := fetched(t, http.MethodGet, at); response.StatusCode != tt.want {
			t.Errorf("hidden %t: %s", tt.hidden, response.Status)
		}
	}
}

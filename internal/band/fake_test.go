package band_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

const (
	testToken  = "ZQAAAtest-token_that+must/not=appear"
	testSecret = "client-secret-that-must-not-appear"
)

// server is an http.RoundTripper that answers each request with what answer says and keeps the requests.
type server struct {
	answer func(n int, params url.Values) (status int, body string, err error)
	header http.Header

	mu       sync.Mutex
	requests []sent
}

// sent is a request as the server got it.
type sent struct {
	method, path string
	query, form  url.Values
	header       http.Header
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	got := sent{method: r.Method, path: r.URL.Path, query: r.URL.Query(), form: url.Values{}, header: r.Header}
	if r.Body != nil {
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if got.form, err = url.ParseQuery(string(body)); err != nil {
			return nil, fmt.Errorf("form: %w", err)
		}
	}
	s.mu.Lock()
	n := len(s.requests)
	s.requests = append(s.requests, got)
	s.mu.Unlock()
	status, body, err := s.answer(n, got.query)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: s.header.Clone(), Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// always answers every request the same.
func always(status int, body string) *server {
	return &server{answer: func(int, url.Values) (int, string, error) { return status, body, nil }}
}

// inTurn answers with one body after another, and the last again.
func inTurn(bodies ...string) *server {
	return &server{answer: func(n int, _ url.Values) (int, string, error) { return 200, bodies[min(n, len(bodies)-1)], nil }}
}

func clientOf(t testing.TB, transport http.RoundTripper) *band.Client {
	t.Helper()
	c, err := band.New(band.Config{
		ClientID: "club", ClientSecret: band.NewSecret(testSecret), HTTP: &http.Client{Transport: transport},
		AuthURL: "https://auth.test/bandsim/", APIURL: "https://api.test/bandsim",
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// failure returns err as the package's error.
func failure(t testing.TB, err error) *band.Error {
	t.Helper()
	e, ok := errors.AsType[*band.Error](err)
	if !ok {
		t.Fatalf("%v is not a *band.Error", err)
	}
	return e
}

// collect reads a list to its end.
func collect[T any](items func(func(T, error) bool)) ([]T, error) {
	var all []T
	for item, err := range items {
		if err != nil {
			return all, err
		}
		all = append(all, item)
	}
	return all, nil
}

// everyCall is each call of the client, by name.
func everyCall(c *band.Client) map[string]func(context.Context) error {
	token := band.NewSecret(testToken)
	calls := map[string]func(context.Context) error{
		"Exchange": func(ctx context.Context) error { _, err := c.Exchange(ctx, testToken, ""); return err },
		"Refresh":  func(ctx context.Context) error { _, err := c.Refresh(ctx, token); return err },
		"Profile":  func(ctx context.Context) error { _, err := c.Profile(ctx, token); return err },
		"MemberProfile": func(ctx context.Context) error {
			_, err := c.MemberProfile(ctx, token, "AAband")
			return err
		},
		"Bands":       func(ctx context.Context) error { _, err := c.Bands(ctx, token); return err },
		"IsMember":    func(ctx context.Context) error { _, err := c.IsMember(ctx, token, "AAband"); return err },
		"Permissions": func(ctx context.Context) error { _, err := c.Permissions(ctx, token, "AAband"); return err },
		"Members": func(ctx context.Context) error {
			_, err := collect(c.Members(ctx, token, "/v2/band/members", "AAband"))
			return err
		},
		"Posts":  func(ctx context.Context) error { _, err := collect(c.Posts(ctx, token, "AAband")); return err },
		"Post":   func(ctx context.Context) error { _, err := c.Post(ctx, token, "AAband", "AApost"); return err },
		"Albums": func(ctx context.Context) error { _, err := collect(c.Albums(ctx, token, "AAband")); return err },
		"Photos": func(ctx context.Context) error {
			_, err := collect(c.Photos(ctx, token, "AAband", "AAalbum"))
			return err
		},
		"Comments": func(ctx context.Context) error {
			_, err := collect(c.Comments(ctx, token, "AAband", "AApost", band.OldestFirst))
			return err
		},
	}
	for name, call := range everyWrite(c) {
		calls[name] = call
	}
	return calls
}

// everyWrite is each call of the client that writes, by name.
func everyWrite(c *band.Client) map[string]func(context.Context) error {
	token := band.NewSecret(testToken)
	return map[string]func(context.Context) error{
		"CreatePost": func(ctx context.Context) error {
			_, err := c.CreatePost(ctx, token, "AAband", "글", false)
			return err
		},
		"RemovePost": func(ctx context.Context) error { return c.RemovePost(ctx, token, "AAband", "AApost") },
		"CreateComment": func(ctx context.Context) error {
			return c.CreateComment(ctx, token, "AAband", "AApost", "댓글")
		},
		"RemoveComment": func(ctx context.Context) error {
			return c.RemoveComment(ctx, token, "AAband", "AApost", "AAcomment")
		},
	}
}

func clientTransport(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport}
}

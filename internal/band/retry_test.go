package band_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

const (
	coolDown8 = `{"result_code":1003,"result_data":{"cool_time":{"expired_in":8}}}`
	coolDown  = `{"result_code":1003,"result_data":{}}`
	refused   = `{"result_code":10403,"result_data":{}}`
	passing   = `<html>Bad Gateway</html>`
	fine      = `{"result_code":1,"result_data":{"post_key":"AAnew"}}`
)

// attempts runs call against a server that answers with bodies in turn, and returns when it was asked, in seconds from the start.
func attempts(t *testing.T, call func(context.Context, *band.Client) error, bodies ...string) (at []int, err error) {
	t.Helper()
	began := time.Now()
	s := &server{answer: func(n int, _ url.Values) (int, string, error) {
		at = append(at, int(time.Since(began)/time.Second))
		return 200, bodies[min(n, len(bodies)-1)], nil
	}}
	err = call(t.Context(), clientOf(t, s).WithRetry())
	return at, err
}

func TestRetryPolicy(t *testing.T) {
	read := func(ctx context.Context, c *band.Client) error {
		_, err := c.Bands(ctx, band.NewSecret(testToken))
		return err
	}
	write := func(ctx context.Context, c *band.Client) error {
		_, err := c.CreatePost(ctx, band.NewSecret(testToken), "AAband", "글", true)
		return err
	}
	refresh := func(ctx context.Context, c *band.Client) error {
		_, err := c.Refresh(ctx, band.NewSecret(testToken))
		return err
	}
	for _, c := range []struct {
		name   string
		call   func(context.Context, *band.Client) error
		bodies []string
		at     []int
		ok     bool
	}{
		{"success at once", read, []string{fine}, []int{0}, true},
		{"as long as Band says", read, []string{coolDown8, coolDown8, fine}, []int{0, 8, 16}, true},
		{"else 2^n seconds", read, []string{coolDown}, []int{0, 2, 6, 14}, false},
		{"another fault: n seconds", read, []string{passing}, []int{0, 1, 3, 6}, false},
		{"mixed", read, []string{passing, coolDown, coolDown8, fine}, []int{0, 1, 5, 13}, true},
		{"never a refusal", read, []string{refused}, []int{0}, false},
		{"not past a refusal", read, []string{passing, refused, fine}, []int{0, 1}, false},
		{"a write after a cool-down", write, []string{coolDown8, coolDown, fine}, []int{0, 8, 12}, true},
		{"never a write that may be done", write, []string{passing, fine}, []int{0}, false},
		{"never a refused write", write, []string{refused, fine}, []int{0}, false},
		{"the token endpoint", refresh, []string{passing, `{"error":"invalid_grant"}`}, []int{0, 1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at, err := attempts(t, c.call, c.bodies...)
				if !slices.Equal(at, c.at) || (err == nil) != c.ok {
					t.Errorf("asked at %v with %v, want %v", at, err, c.at)
				}
			})
		})
	}
}

// Each retry is a warning that says what failed and how long it waits, without a token.
func TestRetriesAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := &server{answer: func(n int, _ url.Values) (int, string, error) { return 200, []string{passing, coolDown8, fine}[n], nil }}
		client, err := band.New(band.Config{
			ClientID: "club", ClientSecret: band.NewSecret(testSecret), HTTP: &http.Client{Transport: s}, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.WithRetry().Bands(t.Context(), band.NewSecret(testToken)); err != nil {
			t.Fatal(err)
		}
		lines := slices.Collect(strings.Lines(log.String()))
		if len(lines) != 2 || strings.Contains(log.String(), testToken) {
			t.Fatalf("logged:\n%s", &log)
		}
		for i, wait := range []string{"wait=1s", "wait=8s"} {
			for _, part := range []string{"level=WARN", `msg="retrying a call of Naver Band"`, "error=\"band: GET /v2.1/bands:", wait} {
				if !strings.Contains(lines[i], part) {
					t.Errorf("%s is not in %s", part, lines[i])
				}
			}
		}
	})
}

func TestEveryPageIsRetriedByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page := func(key, after string) string {
			return `{"result_code":1,"result_data":{"paging":{"next_params":{"after":"` + after + `"}},"items":[{"post_key":"` + key + `"}]}}`
		}
		bodies := []string{page("1", "a"), passing, passing, passing, page("2", "b"), coolDown8, page("3", "")}
		s := &server{answer: func(n int, _ url.Values) (int, string, error) { return 200, bodies[n], nil }}
		posts, err := collect(clientOf(t, s).WithRetry().Posts(t.Context(), band.NewSecret(testToken), "AAband"))
		if err != nil || len(posts) != 3 || len(s.requests) != len(bodies) {
			t.Errorf("%d posts in %d requests, %v", len(posts), len(s.requests), err)
		}
	})
}

func TestRetryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, asked := time.Now(), 0
		call := func(ctx context.Context) error {
			asked++
			_, err := clientOf(t, always(200, coolDown8)).Bands(ctx, band.NewSecret(testToken))
			return err
		}
		tooSoon, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err := band.Retry(tooSoon, call)
		if !failure(t, err).RateLimited() || time.Since(began) != 0 || asked != 1 {
			t.Errorf("a deadline inside the wait: %v after %v and %d calls", err, time.Since(began), asked)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, cancel)
		err = band.Retry(cancelled, call)
		if !failure(t, err).RateLimited() || time.Since(began) != 10*time.Second || asked != 3 {
			t.Errorf("cancelled: %v after %v and %d calls", err, time.Since(began), asked)
		}
	})
}

func TestRetryLeavesOtherErrorsAlone(t *testing.T) {
	mine, asked := errors.New("mine"), 0
	err := band.Retry(t.Context(), func(context.Context) error { asked++; return mine })
	if !errors.Is(err, mine) || asked != 1 {
		t.Errorf("%v after %d calls", err, asked)
	}
}

func TestWithoutRetryEachCallIsTriedOnce(t *testing.T) {
	s := always(200, coolDown8)
	client := clientOf(t, s)
	client.WithRetry() // returns another client
	for name, call := range everyCall(client) {
		s.requests = nil
		if err := call(t.Context()); err == nil || len(s.requests) != 1 {
			t.Errorf("%s: %d requests, %v", name, len(s.requests), err)
		}
	}
}

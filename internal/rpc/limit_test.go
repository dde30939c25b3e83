package rpc_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/limit"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// counter counts without regard to time. It may be used concurrently.
type counter struct {
	mu   sync.Mutex
	used map[string]int
	// err is what it fails with, unless nil.
	err error
}

func (c *counter) Take(_ context.Context, key string, lim limit.Limit) (limit.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return limit.Result{}, c.err
	}
	if c.used[key] >= lim.Requests {
		return limit.Result{Reset: 90 * time.Second, RetryAfter: 90 * time.Second}, nil
	}
	if c.used == nil {
		c.used = map[string]int{}
	}
	c.used[key]++
	return limit.Result{Allowed: true, Remaining: lim.Requests - c.used[key], Reset: lim.Per - time.Millisecond}, nil
}

func (c *counter) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

func (c *counter) keys() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := map[string]int{}
	for key, n := range c.used {
		keys[key] = n
	}
	return keys
}

// limited is a fixture with a limit for everybody and the usual one for sign-ins.
func limited(t *testing.T, everybody int) (*fixture, *counter) {
	t.Helper()
	count := &counter{}
	return newFixture(t, func(cfg *rpc.Config) {
		cfg.Limits = rpc.NewLimits(count)
		cfg.Limits.Everybody.Requests = everybody
	}), count
}

// list calls ListRooms and gives the answer's header and its error.
func (f *fixture) list(t *testing.T, header http.Header) (http.Header, error) {
	t.Helper()
	ctx, info := connect.NewClientContext(t.Context())
	_, err := f.client(header).ListRooms(ctx, &dongbaejulv1.ListRoomsRequest{})
	if err != nil {
		return detailsOf(t, err).meta, err
	}
	return info.ResponseHeader(), nil
}

func limitHeaders(h http.Header) [4]string {
	return [4]string{h.Get("RateLimit-Limit"), h.Get("RateLimit-Remaining"), h.Get("RateLimit-Reset"), h.Get("RateLimit-Policy")}
}

func TestCallsOverTheLimit(t *testing.T) {
	for protocol, options := range protocols {
		f, _ := limited(t, 2)
		client := f.client(signedIn(), options...)
		ctx, info := connect.NewClientContext(t.Context())
		if _, err := client.ListRooms(ctx, &dongbaejulv1.ListRoomsRequest{}); err != nil {
			t.Fatalf("%s: %v", protocol, err)
		}
		if got, want := limitHeaders(info.ResponseHeader()), [4]string{"2", "1", "900", "2;w=900"}; got != want {
			t.Errorf("%s: %q, want %q", protocol, got, want)
		}
		_, header, err := watch(t, client, &dongbaejulv1.WatchRoomRequest{RoomId: "r1"})
		if got, want := limitHeaders(header), [4]string{"2", "0", "900", "2;w=900"}; err != nil || got != want {
			t.Errorf("%s: a stream: %q, want %q, %v", protocol, got, want, err)
		}
		_, unary := client.ListRooms(t.Context(), &dongbaejulv1.ListRoomsRequest{})
		_, _, stream := watch(t, client, &dongbaejulv1.WatchRoomRequest{RoomId: "r1"})
		for _, err := range []error{unary, stream} {
			d := detailsOf(t, err)
			if d.code != connect.CodeResourceExhausted || d.info.Reason != "RATE_LIMITED" || d.message != "요청이 너무 많습니다. 2분 후에 다시 시도해 주세요." {
				t.Errorf("%s: %v %s %q", protocol, d.code, d.info.Reason, d.message)
			}
			if got := d.retry.GetRetryDelay().AsDuration(); got != 90*time.Second {
				t.Errorf("%s: retry after %v", protocol, got)
			}
			if got, want := limitHeaders(d.meta), [4]string{"2", "0", "90", "2;w=900"}; got != want || d.meta.Get("Retry-After") != "90" {
				t.Errorf("%s: %q, want %q; Retry-After %q", protocol, got, want, d.meta.Get("Retry-After"))
			}
		}
	}
}

func TestWhomACallCountsFor(t *testing.T) {
	f, count := limited(t, 10)
	for _, header := range []http.Header{
		signedIn(),
		signedIn("X-Forwarded-For", "192.0.2.1"),
		{"X-Forwarded-For": {"192.0.2.1"}},
		{"X-Forwarded-For": {"192.0.2.1"}, "Authorization": {"Bearer bad.token"}},
		{"X-Forwarded-For": {"2001:db8:1:2:3::4"}},
		{"X-Forwarded-For": {"2001:db8:1:2:9::9"}},
	} {
		if h, _ := f.list(t, header); h.Get("RateLimit-Limit") != "10" {
			t.Errorf("%v: %v", header, h)
		}
	}
	want := map[string]int{"user/u1": 2, "ip/192.0.2.1": 2, "ip/2001:db8:1:2::/64": 2}
	got := count.keys()
	if len(got) != len(want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	for key, n := range want {
		if got[key] != n {
			t.Errorf("counted %v, want %v", got, want)
		}
	}
}

func TestNobodyKnownIsLimitedToo(t *testing.T) {
	f, _ := limited(t, 1)
	_, err := f.list(t, http.Header{})
	if d := detailsOf(t, err); d.code != connect.CodeUnauthenticated {
		t.Errorf("the first: %v", err)
	}
	_, err = f.list(t, http.Header{})
	if d := detailsOf(t, err); d.code != connect.CodeResourceExhausted {
		t.Errorf("the second: %v", err)
	}
	if _, err = f.list(t, signedIn()); err != nil {
		t.Errorf("somebody from there: %v", err)
	}
}

func TestSignInsAreFew(t *testing.T) {
	f, count := limited(t, 1000)
	signIn := func(ip string) (http.Header, error) {
		header := http.Header{"X-Forwarded-For": {ip}}
		client := dongbaejulv1connect.NewAuthServiceClient(f.Client(), f.URL, connect.WithInterceptors(setHeader(header)))
		ctx, info := connect.NewClientContext(t.Context())
		_, err := client.CompleteBandLogin(ctx, &dongbaejulv1.CompleteBandLoginRequest{Code: "c", State: "s"})
		if err != nil {
			return detailsOf(t, err).meta, err
		}
		return info.ResponseHeader(), nil
	}
	for i := range 5 {
		header, err := signIn("192.0.2.1")
		if got := header.Get("RateLimit-Remaining"); err != nil || got != []string{"4", "3", "2", "1", "0"}[i] {
			t.Errorf("sign-in %d: %q, %v", i+1, got, err)
		}
	}
	header, err := signIn("192.0.2.1")
	if connect.CodeOf(err) != connect.CodeResourceExhausted || header.Get("RateLimit-Policy") != "5;w=900" {
		t.Errorf("sign-in 6: %v, %v", err, header)
	}
	if got := count.keys()["ip/192.0.2.1"]; got != 5 {
		t.Errorf("what was refused counts against the limit for everybody: %d", got)
	}
	if _, err := signIn("192.0.2.2"); err != nil {
		t.Errorf("a sign-in from elsewhere: %v", err)
	}
	client := dongbaejulv1connect.NewAuthServiceClient(f.Client(), f.URL, connect.WithInterceptors(setHeader{"X-Forwarded-For": {"192.0.2.1"}}))
	_, err = client.StartBandLogin(t.Context(), &dongbaejulv1.StartBandLoginRequest{RedirectUri: "dongbaejul://auth"})
	if connect.CodeOf(err) != connect.CodeUnimplemented {
		t.Errorf("another call from there: %v", err)
	}
}

func TestCallsPassWhileCountingFails(t *testing.T) {
	f, count := limited(t, 2)
	var want []string
	for range 2 {
		count.fail(errors.New("redis is away"))
		for range 5 {
			if header, err := f.list(t, signedIn()); err != nil || header.Get("RateLimit-Limit") != "" {
				t.Fatalf("while counting fails: %v, %v", err, header)
			}
		}
		count.fail(nil)
		if _, err := f.list(t, signedIn()); err != nil {
			t.Fatal(err)
		}
		want = append(want, "calls pass uncounted", "calls are counted again")
	}
	var got []string
	for _, record := range f.log.records(t) {
		if msg := record["msg"].(string); msg != "call" {
			got = append(got, msg)
		}
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("logged %q, want %q", got, want)
	}
}

func TestNoLimits(t *testing.T) {
	f := newFixture(t, nil)
	for range 20 {
		if header, err := f.list(t, signedIn()); err != nil || header.Get("RateLimit-Limit") != "" {
			t.Fatalf("%v, %v", err, header)
		}
	}
}

func TestLimitsThatAreNone(t *testing.T) {
	for name, change := range map[string]func(*rpc.Limits){
		"everybody": func(l *rpc.Limits) { l.Everybody.Requests = 0 },
		"procedure": func(l *rpc.Limits) { l.Procedures["/x"] = limit.Limit{Requests: 1} },
		"limiter":   func(l *rpc.Limits) { l.Limiter = nil },
	} {
		limits := rpc.NewLimits(&counter{})
		change(limits)
		if _, err := rpc.New(rpc.Config{Log: discard, Authenticator: authenticator{}, Limits: limits}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

package rpc_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// counter counts without regard to time. It may be used concurrently.
type counter struct {
	mu   sync.Mutex
	used map[string]int
	// peeks counts calls of Peek.
	peeks int
	// err is what it fails with, unless nil.
	err error
}

func (c *counter) Take(ctx context.Context, key string, lim ratelimit.Limit) (ratelimit.Result, error) {
	if result, err := c.Peek(ctx, key, lim); err != nil || !result.Allowed {
		return result, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used == nil {
		c.used = map[string]int{}
	}
	c.used[key]++
	return ratelimit.Result{Allowed: true, Remaining: lim.Requests - c.used[key], Reset: lim.Per - time.Millisecond}, nil
}

func (c *counter) Peek(_ context.Context, key string, lim ratelimit.Limit) (ratelimit.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peeks++
	if c.err != nil {
		return ratelimit.Result{}, c.err
	}
	if c.used[key] >= lim.Requests {
		return ratelimit.Result{Reset: 90 * time.Second, RetryAfter: 90 * time.Second}, nil
	}
	return ratelimit.Result{Allowed: true, Remaining: lim.Requests - c.used[key]}, nil
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

// list calls ListRooms and returns the answer's header and its error.
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

// signInFrom ends a sign-in from an address, in English.
func (f *fixture) signInFrom(t *testing.T, ip, code string, options ...connect.ClientOption) (http.Header, error) {
	t.Helper()
	header := http.Header{"X-Forwarded-For": {ip}, "Accept-Language": {"en"}}
	options = append(options, connect.WithInterceptors(setHeader(header)))
	client := dongbaejulv1connect.NewAuthServiceClient(f.Client(), f.URL, options...)
	ctx, info := connect.NewClientContext(t.Context())
	_, err := client.CompleteBandLogin(ctx, &dongbaejulv1.CompleteBandLoginRequest{Code: code, State: "s"})
	if err != nil {
		return detailsOf(t, err).meta, err
	}
	return info.ResponseHeader(), nil
}

// signInByCode accepts the code "good", and fails in a way of its own for each other code.
func signInByCode(_ context.Context, code string) (*dongbaejulv1.CompleteBandLoginResponse, error) {
	switch code {
	case "good":
		return &dongbaejulv1.CompleteBandLoginResponse{}, nil
	case "away":
		return nil, fault.New(fault.Unavailable, "BAND_UNAVAILABLE", "", "")
	case "busy":
		return nil, fault.New(fault.Exhausted, "BAND_RATE_LIMITED", "", "")
	case "broken":
		return nil, errors.New("a mistake")
	}
	return nil, fault.New(fault.Invalid, "CODE_INVALID", "", "")
}

func TestFailedSignInsAreFew(t *testing.T) {
	for protocol, options := range protocols {
		f, count := limited(t, 1000)
		f.complete = signInByCode
		for i, code := range []string{"good", "bad", "away", "", "busy", "bad", "good", "broken", "bad", "bad"} {
			header, err := f.signInFrom(t, "192.0.2.1", code, options...)
			left := []string{"5", "4", "4", "3", "3", "2", "2", "2", "1", "0"}[i]
			if got := header.Get("RateLimit-Remaining"); got != left || (err == nil) != (code == "good") ||
				header.Get("RateLimit-Policy") != "5;w=900" {
				t.Errorf("%s: %q is sign-in %d: %v, %s left, want %s; %s", protocol, code, i+1, err, got, left, header)
			}
		}
		header, err := f.signInFrom(t, "192.0.2.1", "good", options...)
		d := detailsOf(t, err)
		if d.info.Reason != "RATE_LIMITED" || d.message != "Too many failed attempts. Please try again in 2 minutes." ||
			header.Get("Retry-After") != "90" || d.info.Metadata["retry_after"] != "90" || header.Get("RateLimit-Policy") != "5;w=900" {
			t.Errorf("%s: after 5 failures: %v, %v, %v", protocol, err, d.info, header)
		}
		if got := count.keys()["ip/192.0.2.1"]; got != 10 {
			t.Errorf("%s: what was refused counts against the limit for everybody: %d", protocol, got)
		}
		if _, err := f.signInFrom(t, "192.0.2.2", "good", options...); err != nil {
			t.Errorf("%s: a sign-in from elsewhere: %v", protocol, err)
		}
		client := dongbaejulv1connect.NewAuthServiceClient(f.Client(), f.URL, connect.WithInterceptors(setHeader{"X-Forwarded-For": {"192.0.2.1"}}))
		_, err = client.StartBandLogin(t.Context(), &dongbaejulv1.StartBandLoginRequest{RedirectUri: "dongbaejul://auth"})
		if connect.CodeOf(err) != connect.CodeUnimplemented {
			t.Errorf("%s: another call from there: %v", protocol, err)
		}
	}
}

// What cannot be read is an attempt too, and one that failed.
func TestSignInsThatCannotBeReadCount(t *testing.T) {
	f, _ := limited(t, 1000)
	for i := range 6 {
		req, err := http.NewRequestWithContext(t.Context(), "POST",
			f.URL+dongbaejulv1connect.AuthServiceCompleteBandLoginProcedure, strings.NewReader("{"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := f.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if want := map[bool]int{true: http.StatusBadRequest, false: http.StatusTooManyRequests}[i < 5]; res.StatusCode != want {
			t.Errorf("attempt %d: %s, want %d", i+1, res.Status, want)
		}
	}
}

// Everybody behind one address gets in, however many come at once.
func TestACrowdSignsInAtOnce(t *testing.T) {
	f, _ := limited(t, 1000)
	f.complete = signInByCode
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if _, err := f.signInFrom(t, "192.0.2.1", "good"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// A crowd queues: later callers cost no more, and those beyond a bound are refused.
func TestACrowdThatWaitsIsBounded(t *testing.T) {
	f, count := limited(t, 1000)
	let := make(chan struct{})
	f.complete = func(ctx context.Context, code string) (*dongbaejulv1.CompleteBandLoginResponse, error) {
		select {
		case <-let:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return signInByCode(ctx, code)
	}
	const callers = 300
	refused := make(chan error, callers)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			if _, err := f.signInFrom(t, "192.0.2.1", "good"); err != nil {
				refused <- err
			}
		})
	}
	for range callers - 256 {
		if d := detailsOf(t, <-refused); d.info.GetReason() != "RATE_LIMITED" || d.retry.GetRetryDelay().AsDuration() != 5*time.Second {
			t.Errorf("%v, %v", d.info, d.retry)
		}
	}
	close(let)
	all.Wait()
	if len(refused) > 0 {
		t.Errorf("%d more are refused: %v", len(refused), <-refused)
	}
	if count.peeks > 4*callers {
		t.Errorf("the limit was looked at %d times", count.peeks)
	}
}

// Those whose requests come slowly, or not at all, keep nobody from signing in.
func TestStalledSignInsHoldNobodyUp(t *testing.T) {
	f, count := limited(t, 1000)
	f.complete = signInByCode
	ctx, cancel := context.WithCancel(t.Context())
	var stalled sync.WaitGroup
	defer stalled.Wait()
	defer cancel()
	for range 10 {
		body, w := io.Pipe()
		defer w.Close()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.URL+dongbaejulv1connect.AuthServiceCompleteBandLoginProcedure, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {"192.0.2.1"}}
		stalled.Go(func() {
			if res, err := f.Client().Do(req); err == nil {
				res.Body.Close()
			}
		})
	}
	testkit.Eventually(t, "they have arrived", func() bool { return count.keys()["ip/192.0.2.1"] == 10 })
	if _, err := f.signInFrom(t, "192.0.2.1", "good"); err != nil {
		t.Error(err)
	}
}

// Guesses made at once are no more than those made one after another.
func TestGuessesAtOnceAreFew(t *testing.T) {
	f, _ := limited(t, 1000)
	var asked atomic.Int32
	f.complete = func(ctx context.Context, _ string) (*dongbaejulv1.CompleteBandLoginResponse, error) {
		asked.Add(1)
		return signInByCode(ctx, "bad")
	}
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if _, err := f.signInFrom(t, "192.0.2.1", "bad"); err == nil {
				t.Error("admitted")
			}
		})
	}
	all.Wait()
	if asked.Load() != 5 {
		t.Errorf("%d guesses were looked at, want 5", asked.Load())
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
		"procedure": func(l *rpc.Limits) { l.Failures["/x"] = ratelimit.Limit{Requests: 1} },
		"limiter":   func(l *rpc.Limits) { l.Limiter = nil },
	} {
		limits := rpc.NewLimits(&counter{})
		change(limits)
		if _, err := rpc.New(rpc.Config{Log: discard, Authenticator: authenticator{}, Limits: limits}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

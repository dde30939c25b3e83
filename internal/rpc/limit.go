package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ratelimit"
)

// Limiter counts requests, over all processes of the server. It may be used concurrently.
type Limiter interface {
	// Take counts one request for key against the limit, if that allows it. A key is always used with the same limit.
	Take(ctx context.Context, key string, lim ratelimit.Limit) (ratelimit.Result, error)
	// Peek returns what Take would, and counts nothing.
	Peek(ctx context.Context, key string, lim ratelimit.Limit) (ratelimit.Result, error)
}

// Limits is how often calls may be made. A stream is one call.
type Limits struct {
	Limiter Limiter
	// Everybody is for all calls of one user together, and of one address for who is not signed in.
	Everybody ratelimit.Limit
	// Failures are how often calls of single procedures may fail by address, besides Everybody, such as
	// "/dongbaejul.v1.AuthService/RefreshToken". Calls that succeed do not count, nor do those that the server fails.
	Failures map[string]ratelimit.Limit
}

// NewLimits returns the usual limits: 1000 calls in 15 minutes, and 5 failed sign-ins in 15 minutes from one address.
func NewLimits(l Limiter) *Limits {
	return &Limits{
		Limiter:   l,
		Everybody: ratelimit.Limit{Requests: 1000, Per: 15 * time.Minute},
		Failures: map[string]ratelimit.Limit{
			dongbaejulv1connect.AuthServiceCompleteBandLoginProcedure: {Requests: 5, Per: 15 * time.Minute},
		},
	}
}

func (l *Limits) validate() error {
	if l.Limiter == nil {
		return errors.New("rpc: limits without a limiter")
	}
	if !l.Everybody.Valid() {
		return fmt.Errorf("rpc: %+v is not a limit", l.Everybody)
	}
	for procedure, lim := range l.Failures {
		if !lim.Valid() {
			return fmt.Errorf("rpc: %+v of %s is not a limit", lim, procedure)
		}
	}
	return nil
}

var errTooMany = fault.New(fault.Exhausted, "RATE_LIMITED",
	"요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.", "Too many requests. Please try again later.")

// What there can be too many of.
var (
	calls    = fault.Text{Ko: "요청이 너무 많습니다.", En: "Too many requests."}
	failures = fault.Text{Ko: "실패한 시도가 너무 많습니다.", En: "Too many failed attempts."}
)

// tooMany returns errTooMany with the wait, in its text too.
func tooMany(of fault.Text, wait time.Duration) error {
	told := waitText(wait)
	return errTooMany.WithRetryAfter(wait).WithText(
		of.Ko+" "+told.Ko+" 후에 다시 시도해 주세요.", of.En+" Please try again in "+told.En+".")
}

// limiter holds calls to the limits. While counting fails, calls pass: an outage of what counts is not one of the server.
type limiter struct {
	limits   *Limits
	log      *slog.Logger
	attempts attempts
	// away is set from the first failure to the next success.
	away atomic.Bool
}

// take counts the call against the limits it falls under, and answers with the state of the narrowest one. Nothing is
// counted against the limits after one that refuses. It returns the attempt that the call is where failures of its procedure
// are limited, which begins when its request is read and must be ended with the call; nil for none.
func (l *limiter) take(ctx context.Context, x exchange) (*attempt, error) {
	if l == nil || l.limits == nil {
		return nil, nil
	}
	procedure := x.Spec().Procedure
	from := "ip/" + network(clientAddress(ctx, x.Peer().Addr))
	var a *attempt
	if lim, ok := l.limits.Failures[procedure]; ok {
		a = &attempt{limiter: l, key: procedure + "/" + from, lim: lim, response: x.ResponseHeader()}
		if _, err := a.left(ctx); err != nil {
			return nil, err
		}
	}
	if caller, err := identity.From(ctx); err == nil {
		from = "user/" + caller.UserID
	}
	if err := l.count(ctx, x.ResponseHeader(), from, l.limits.Everybody); err != nil {
		return nil, err
	}
	return a, nil
}

func (l *limiter) count(ctx context.Context, response http.Header, key string, lim ratelimit.Limit) error {
	result, err := l.limits.Limiter.Take(ctx, key, lim)
	if !l.counted(ctx, err) {
		return nil
	}
	setLimitHeaders(response, lim, result)
	if result.Allowed {
		return nil
	}
	return tooMany(calls, result.RetryAfter)
}

// counted reports whether counting went well, and logs when that changes.
func (l *limiter) counted(ctx context.Context, err error) bool {
	if err != nil {
		l.failed(ctx, err)
		return false
	}
	if l.away.Load() && l.away.Swap(false) {
		l.log.InfoContext(ctx, "calls are counted again")
	}
	return true
}

// waitText says how long d is, rounded up to what people count in.
func waitText(d time.Duration) fault.Text {
	if d <= time.Minute {
		s := int(math.Ceil(d.Seconds()))
		return fault.Text{Ko: fmt.Sprintf("%d초", s), En: plural(s, "second")}
	}
	minutes := int((d + time.Minute - 1) / time.Minute)
	return fault.Text{Ko: fmt.Sprintf("%d분", minutes), En: plural(minutes, "minute")}
}

// plural is n of something in English.
func plural(n int, unit string) string {
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// failed tells of the first failure in a row. A call that has ended says nothing of who counts.
func (l *limiter) failed(ctx context.Context, err error) {
	if ctx.Err() == nil && !l.away.Swap(true) {
		l.log.WarnContext(ctx, "calls pass uncounted", slog.String("error", err.Error()))
	}
}

// setLimitHeaders tells of the limit in the fields of draft-ietf-httpapi-ratelimit-headers-06, the last one with a field
// for each number, which is what clients know. A narrower limit already told stays.
func setLimitHeaders(h http.Header, lim ratelimit.Limit, result ratelimit.Result) {
	const remaining = "RateLimit-Remaining"
	if told, err := strconv.Atoi(h.Get(remaining)); err == nil && told < result.Remaining {
		return
	}
	h.Set("RateLimit-Limit", strconv.Itoa(lim.Requests))
	h.Set(remaining, strconv.Itoa(result.Remaining))
	h.Set("RateLimit-Reset", seconds(result.Reset))
	h.Set("RateLimit-Policy", fmt.Sprintf("%d;w=%s", lim.Requests, seconds(lim.Per)))
}

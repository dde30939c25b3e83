package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/limit"
)

// Limiter counts requests, over all processes of the server. It may be used concurrently.
type Limiter interface {
	// Take counts one request for key against the limit, if that allows it. A key is always used with the same limit.
	Take(ctx context.Context, key string, lim limit.Limit) (limit.Result, error)
}

// Limits is how often calls may be made. A stream is one call.
type Limits struct {
	Limiter Limiter
	// Everybody is for all calls of one user together, and of one address for who is not signed in.
	Everybody limit.Limit
	// Procedures are for single procedures by address, besides Everybody, such as "/dongbaejul.v1.AuthService/RefreshToken".
	Procedures map[string]limit.Limit
}

// NewLimits gives the usual limits: 1000 calls in 15 minutes, and 5 sign-ins in 15 minutes from one address.
func NewLimits(l Limiter) *Limits {
	return &Limits{
		Limiter:   l,
		Everybody: limit.Limit{Requests: 1000, Per: 15 * time.Minute},
		Procedures: map[string]limit.Limit{
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
	for procedure, lim := range l.Procedures {
		if !lim.Valid() {
			return fmt.Errorf("rpc: %+v of %s is not a limit", lim, procedure)
		}
	}
	return nil
}

var errTooMany = fault.New(fault.Exhausted, "RATE_LIMITED",
	"요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.", "Too many requests. Please try again later.")

// limiter holds calls to the limits. While counting fails, calls pass: an outage of what counts is not one of the server.
type limiter struct {
	limits *Limits
	log    *slog.Logger
	// away is set from the first failure to the next success.
	away atomic.Bool
}

// take counts the call against the limits it falls under, and answers with the state of the narrowest one. Nothing is
// counted against the limits after one that refuses.
func (l *limiter) take(ctx context.Context, x exchange) error {
	if l == nil || l.limits == nil {
		return nil
	}
	procedure := x.Spec().Procedure
	from := "ip/" + network(clientAddress(ctx, x.Peer().Addr))
	if lim, ok := l.limits.Procedures[procedure]; ok {
		if err := l.count(ctx, x.ResponseHeader(), procedure+"/"+from, lim); err != nil {
			return err
		}
	}
	if caller, err := identity.From(ctx); err == nil {
		from = "user/" + caller.UserID
	}
	return l.count(ctx, x.ResponseHeader(), from, l.limits.Everybody)
}

func (l *limiter) count(ctx context.Context, response http.Header, key string, lim limit.Limit) error {
	result, err := l.limits.Limiter.Take(ctx, key, lim)
	if err != nil {
		l.failed(ctx, err)
		return nil
	}
	if l.away.Load() && l.away.Swap(false) {
		l.log.InfoContext(ctx, "calls are counted again")
	}
	setLimitHeaders(response, lim, result)
	if result.Allowed {
		return nil
	}
	wait := waitText(result.RetryAfter)
	return errTooMany.WithRetryAfter(result.RetryAfter).WithText(
		"요청이 너무 많습니다. "+wait.Ko+" 후에 다시 시도해 주세요.", "Too many requests. Please try again in "+wait.En+".")
}

// waitText says how long d is, rounded up to what people count in.
func waitText(d time.Duration) fault.Text {
	if d <= time.Minute {
		s := seconds(d)
		return fault.Text{Ko: s + "초", En: s + " s"}
	}
	minutes := strconv.Itoa(int((d + time.Minute - 1) / time.Minute))
	return fault.Text{Ko: minutes + "분", En: minutes + " min"}
}

// failed tells of the first failure in a row. A call that has ended says nothing of who counts.
func (l *limiter) failed(ctx context.Context, err error) {
	if ctx.Err() == nil && !l.away.Swap(true) {
		l.log.WarnContext(ctx, "calls pass uncounted", slog.String("error", err.Error()))
	}
}

// setLimitHeaders tells of the limit in the fields of draft-ietf-httpapi-ratelimit-headers-06, the last one with a field
// for each number, which is what clients know. A narrower limit already told stays.
func setLimitHeaders(h http.Header, lim limit.Limit, result limit.Result) {
	const remaining = "RateLimit-Remaining"
	if told, err := strconv.Atoi(h.Get(remaining)); err == nil && told < result.Remaining {
		return
	}
	h.Set("RateLimit-Limit", strconv.Itoa(lim.Requests))
	h.Set(remaining, strconv.Itoa(result.Remaining))
	h.Set("RateLimit-Reset", seconds(result.Reset))
	h.Set("RateLimit-Policy", fmt.Sprintf("%d;w=%s", lim.Requests, seconds(lim.Per)))
}

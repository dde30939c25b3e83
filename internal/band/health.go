package band

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Down reports whether Band could not be used at all: it was not reached, or did not answer as Band does, or has refused the
// app. A refusal of one user or of one call is not, and neither is a call that was given up.
func (e *Error) Down() bool {
	switch e.outcome {
	case abandoned:
		return false
	case unsent, lost:
		return true
	case garbled:
		return e.Status != http.StatusTooManyRequests && e.Status != http.StatusUnauthorized
	}
	return e.Refused() || e.Temporary() && !e.RateLimited()
}

// Refused reports whether Band refuses the app itself: its id or secret is wrong, or its quota is used up.
func (e *Error) Refused() bool {
	asToken := strings.HasSuffix(e.Op, tokenPath)
	return e.Code == CodeAppQuota || asToken && (e.Unauthorized() || e.OAuth == "unauthorized_client")
}

// Ping asks Band for the profile of nobody, which it refuses: that counts against no quota. It returns nil if the refusal is
// Band's. It is not observed.
func (c *Client) Ping(ctx context.Context) error {
	r := request{method: http.MethodGet, base: c.cfg.APIURL, path: profilePath, params: url.Values{}}
	got, failure := c.exchange(ctx, r)
	if failure == nil {
		_, failure = got.result()
	}
	if failure == nil || failure.outcome != abandoned && !failure.Down() {
		return nil
	}
	failure.Op = r.op()
	return failure
}

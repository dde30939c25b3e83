package band

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxWait is the longest wait that is believed.
const maxWait = 24 * time.Hour

// get and post call the resource API as the owner of token and return result_data, which may be anything, also nothing.
func (c *Client) get(ctx context.Context, token Secret, path string, params url.Values) (json.RawMessage, error) {
	return c.call(ctx, http.MethodGet, token, path, params)
}

func (c *Client) post(ctx context.Context, token Secret, path string, params url.Values) (json.RawMessage, error) {
	return c.call(ctx, http.MethodPost, token, path, params)
}

func (c *Client) call(ctx context.Context, method string, token Secret, path string, params url.Values) (json.RawMessage, error) {
	withToken := maps.Clone(params)
	if withToken == nil {
		withToken = url.Values{}
	}
	withToken.Set("access_token", token.Reveal())
	var data json.RawMessage
	err := c.attempt(ctx, request{method: method, base: c.cfg.APIURL, path: path, params: withToken}, func(a answer) *Error {
		var failure *Error
		data, failure = a.result()
		return failure
	})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// envelope is every answer of the resource API; the fields beside it are those of an OAuth error, which may come in its place.
type envelope struct {
	Code  *number         `json:"result_code"`
	Data  json.RawMessage `json:"result_data"`
	OAuth *text           `json:"error"`
}

// result returns result_data of a success. The HTTP status is not asked: Band sends errors with 200 too, and decides by result_code.
func (a answer) result() (json.RawMessage, *Error) {
	var e envelope
	if err := json.Unmarshal(a.body, &e); err != nil || e.Code == nil {
		return nil, a.refusal(e)
	}
	if *e.Code == CodeSuccess {
		return e.Data, nil
	}
	return nil, a.refusal(e)
}

// refusal makes an Error of an answer that is no success.
func (a answer) refusal(e envelope) *Error {
	failure := &Error{Status: a.status, RetryAfter: a.retryAfter(), outcome: garbled}
	switch {
	case e.Code != nil && *e.Code != 0 && *e.Code != CodeSuccess:
		failure.Code, failure.outcome = int(*e.Code), answered
		if wait := coolTime(e.Data); wait > 0 {
			failure.RetryAfter = wait
		}
	case e.OAuth != nil && *e.OAuth != "":
		failure.OAuth, failure.outcome = "other", answered
		if word := strings.ToLower(string(*e.OAuth)); slices.Contains(oauthWords, word) {
			failure.OAuth = word
		}
	}
	return failure
}

// coolTime returns what a cool-down's answer says of its length.
func coolTime(data json.RawMessage) time.Duration {
	var wire object[struct {
		CoolTime object[struct {
			ExpiredIn number `json:"expired_in"`
		}] `json:"cool_time"`
	}]
	if json.Unmarshal(data, &wire) != nil {
		return 0
	}
	return seconds(wire.value.CoolTime.value.ExpiredIn)
}

// retryAfter reads the Retry-After header in both of its forms (RFC 9110 section 10.2.3).
func (a answer) retryAfter() time.Duration {
	header := strings.TrimSpace(a.header.Get("Retry-After"))
	if n, ok := parseNumber(header); ok {
		return seconds(n)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(0, time.Until(at)), maxWait)
	}
	return 0
}

func seconds(n number) time.Duration {
	return time.Duration(min(max(0, n), number(maxWait/time.Second))) * time.Second
}

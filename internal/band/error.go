package band

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Result codes of the Open API that callers or this package tell apart; see https://developers.band.us/develop/guide/api/handle_errors.
const (
	CodeSuccess         = 1
	CodeAppQuota        = 1001
	CodeUserQuota       = 1002
	CodeCoolDown        = 1003
	CodeInvalidResponse = 2300
	CodeUnauthorized    = 10401
	CodeForbidden       = 10403
	CodeInvalidMember   = 60100
	CodeNotMember       = 60102
	CodeInvalidBand     = 60200
	CodeNotConnected    = 60203
	CodeAccessDenied    = 60204
	CodePostForeign     = 60401
	CodeNoAlbum         = 60801
)

// codeText is our wording of the published codes. Band's own message is not passed on: it is not documented, may be localised
// and may quote the request.
var codeText = map[int]string{
	211: "invalid parameters", 212: "insufficient parameters", 1001: "quota of the app exceeded", 1002: "quota of the user exceeded",
	1003: "cool-down between calls", 2142: "only leaders may do this", 2300: "invalid response", 3000: "invalid request",
	3001: "too many characters", 3002: "image too large", 3003: "too many images", 10401: "unauthorized", 10403: "forbidden",
	60000: "invalid parameter", 60100: "invalid member", 60101: "not a friend", 60102: "not a member of the band",
	60103: "user not connected to the app", 60104: "user already connected", 60105: "leader of a band with members",
	60106: "reserved to certain members", 60200: "band invalid or not connected", 60201: "already a member", 60202: "too many bands",
	60203: "band of another type or not connected", 60204: "band not opened to the app by the user", 60300: "messages blocked",
	60301: "invalid message format", 60302: "message service failed", 60400: "only certain members may write",
	60401: "post not connected with the app", 60402: "post not editable", 60700: "invalid invitation", 60800: "invalid image URL",
	60801: "no such album",
}

// oauthWords are the values of "error" that this package passes on (RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, and
// Band's own "unauthorized").
var oauthWords = []string{
	"access_denied", "insufficient_scope", "invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "invalid_token",
	"server_error", "temporarily_unavailable", "unauthorized", "unauthorized_client", "unsupported_grant_type",
}

// Error is a call to Band that did not succeed. Its text is made of this package's own words and is safe to log.
type Error struct {
	// Op is the method and path, without parameters.
	Op string
	// Status is the HTTP status, 0 if no answer came.
	Status int
	// Code is Band's result code, 0 if the answer has none.
	Code int
	// OAuth is the token endpoint's error word in lower case, such as "invalid_grant", or "other" for an unknown one; empty
	// if the answer has none.
	OAuth string
	// RetryAfter is how long Band wants the caller to wait (cool_time.expired_in, or the Retry-After header), at most a day; 0
	// if it does not say.
	RetryAfter time.Duration

	write   bool
	outcome outcome
	cause   error // nil, or an error without foreign text; see describe
}

// outcome tells how far an exchange came.
type outcome int

const (
	answered  outcome = iota // Code or OAuth is set
	garbled                  // an answer that is not Band's, such as a gateway's page
	lost                     // sent, but no whole answer came back
	unsent                   // never reached Band
	abandoned                // the caller's context ended, or there was nothing to send
)

// Error names the call, what went wrong, and the codes.
func (e *Error) Error() string {
	var facts []string
	if e.Code != 0 {
		facts = append(facts, fmt.Sprintf("code %d", e.Code))
	}
	if e.Status != 0 {
		facts = append(facts, fmt.Sprintf("HTTP %d", e.Status))
	}
	if e.RetryAfter > 0 {
		facts = append(facts, fmt.Sprintf("retry after %v", e.RetryAfter))
	}
	text := "band: " + e.Op + ": " + e.reason()
	if len(facts) > 0 {
		text += " (" + strings.Join(facts, ", ") + ")"
	}
	return text
}

func (e *Error) reason() string {
	switch {
	case e.Code != 0 && codeText[e.Code] != "":
		return codeText[e.Code]
	case e.Code != 0:
		return "refused with an unpublished code"
	case e.OAuth != "":
		return "refused: " + e.OAuth
	case e.cause != nil:
		return e.cause.Error()
	}
	return "the answer is not Band's"
}

// Unwrap returns what lies behind a failed exchange: context.Canceled, context.DeadlineExceeded (also for the client's own timeout), a
// syscall.Errno, io.ErrUnexpectedEOF or an opaque error; nil if Band answered.
func (e *Error) Unwrap() error { return e.cause }

// RateLimited reports whether Band wants fewer calls: a cool-down, an exhausted quota or HTTP 429.
func (e *Error) RateLimited() bool {
	switch e.Code {
	case CodeAppQuota, CodeUserQuota, CodeCoolDown:
		return true
	}
	return e.Code == 0 && e.Status == http.StatusTooManyRequests
}

// Unauthorized reports whether the credential was not accepted: the access token is missing, wrong or expired or, of the
// token endpoint, the app's own id and secret are wrong. Refreshing the token once, and else asking the user to connect again, is what
// can be done.
func (e *Error) Unauthorized() bool {
	switch {
	case e.Code != 0:
		return e.Code == CodeUnauthorized
	case e.OAuth != "":
		return e.OAuth == "unauthorized" || e.OAuth == "invalid_token" || e.OAuth == "invalid_client"
	}
	return e.Status == http.StatusUnauthorized
}

// InvalidGrant reports whether the token endpoint refused the authorization code or refresh token itself.
func (e *Error) InvalidGrant() bool { return e.OAuth == "invalid_grant" }

// NotMember reports whether the user is not a member of the band.
func (e *Error) NotMember() bool { return e.Code == CodeNotMember || e.Code == CodeInvalidMember }

// BandClosed reports whether the band is not open to this app and user: unknown, not connected, or not among those the user
// allowed on the consent page. Band does not document which of its codes stands for the last.
func (e *Error) BandClosed() bool {
	return e.Code == CodeInvalidBand || e.Code == CodeNotConnected || e.Code == CodeAccessDenied
}

// Temporary reports whether the same call may succeed later: a rate limit, a failed exchange, a server's error or an answer that
// is not Band's. A refusal is not temporary, and neither is a call whose context ended.
func (e *Error) Temporary() bool {
	if e.RateLimited() {
		return true
	}
	switch e.outcome {
	case lost:
		return true
	case unsent:
		return !errors.Is(e.cause, errCertificate)
	case abandoned:
		return false
	case garbled:
		return e.Status < 300 || e.Status >= 500 || e.Status == http.StatusRequestTimeout
	}
	switch {
	case e.Code == CodeInvalidResponse:
		return !e.write // of a removal it is the refusal to remove what another app wrote
	case e.Code != 0:
		return codeText[e.Code] == "" && e.Status >= 500
	}
	return e.OAuth == "server_error" || e.OAuth == "temporarily_unavailable" || (e.OAuth == "other" && e.Status >= 500)
}

// OutcomeUnknown reports whether a call that writes may have been carried out although it failed. Band has no idempotency key, so
// the caller looks for what it wrote before it repeats the call.
func (e *Error) OutcomeUnknown() bool {
	if !e.write {
		return false
	}
	switch e.outcome {
	case lost, abandoned:
		return true
	case unsent:
		return false
	case garbled:
		return e.Status < 300 || e.Status >= 500 || e.Status == http.StatusRequestTimeout
	}
	return e.Code == CodeInvalidResponse || (codeText[e.Code] == "" && e.Status >= 500)
}

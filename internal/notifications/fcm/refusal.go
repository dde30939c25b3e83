package fcm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

// quotaWait is how long FCM asks to wait after "too many" where it does not say how long.
const quotaWait = time.Minute

var (
	errGone = fault.New(fault.NotFound, "PUSH_DEVICE_GONE",
		"알림을 받을 수 없는 기기입니다.", "The device cannot be pushed to any more.")
	errAway = fault.New(fault.Unavailable, "PUSH_UNAVAILABLE",
		"푸시 서버에 연결할 수 없습니다.", "The push service does not answer.")
	errTooMany = fault.New(fault.Exhausted, "PUSH_RATE_LIMITED",
		"푸시 요청이 너무 많습니다.", "The push service takes no more for now.")
	// errAccessToken means that the access token is not taken.
	errAccessToken = errors.New("fcm: the access token is refused")
)

// answer is an error as the API returns it.
type answer struct {
	Error struct {
		Status  string `json:"status"`
		Details []struct {
			// ErrorCode is FCM's own word for the error.
			ErrorCode       string `json:"errorCode"`
			FieldViolations []struct {
				Field string `json:"field"`
			} `json:"fieldViolations"`
		} `json:"details"`
	} `json:"error"`
}

// refusal makes an error of an answer that is not a success.
func refusal(status int, header http.Header, body []byte) error {
	var a answer
	// What is not JSON, as a proxy's page, leaves the status alone to go by.
	_ = json.Unmarshal(body, &a)
	code, fields := a.code()
	cause := fmt.Errorf("fcm: HTTP %d %s %s", status, word(a.Error.Status), word(code))
	switch {
	case code == "UNREGISTERED", code == "SENDER_ID_MISMATCH":
		return errGone.WithCause(cause)
	case code == "INVALID_ARGUMENT" && len(fields) == 0, slices.Contains(fields, "message.token"):
		// The token is not one of FCM's. Where something else is wrong with the message, FCM names the field.
		return errGone.WithCause(cause)
	case status == http.StatusUnauthorized && code != "THIRD_PARTY_AUTH_ERROR":
		return fmt.Errorf("%w: %w", errAccessToken, cause)
	case status == http.StatusTooManyRequests:
		return errTooMany.WithRetryAfter(retryAfter(header, quotaWait)).WithCause(cause)
	case status >= http.StatusInternalServerError:
		return errAway.WithRetryAfter(retryAfter(header, 0)).WithCause(cause)
	}
	return cause
}

// code returns FCM's word for the error, and the fields of the request that are wrong.
func (a answer) code() (code string, fields []string) {
	for _, d := range a.Error.Details {
		if d.ErrorCode != "" {
			code = d.ErrorCode
		}
		for _, v := range d.FieldViolations {
			fields = append(fields, v.Field)
		}
	}
	return code, fields
}

// word returns s where it is an error code: nothing else of an answer is shown.
func word(s string) string {
	for _, r := range s {
		if (r < 'A' || r > 'Z') && r != '_' || len(s) > 40 {
			return "?"
		}
	}
	return s
}

// unreachable makes an error of a request that got no answer. Only the end of the caller's own context is none of the push
// service's.
func unreachable(ctx context.Context, err error) error {
	if cause, ok := errors.AsType[*url.Error](err); ok {
		// Without the address.
		err = cause.Err
	}
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("fcm: %w", err)
	}
	return errAway.WithCause(fmt.Errorf("fcm: %w", err))
}

// retryAfter reads the header of that name: seconds, or a date. otherwise is for where there is none.
func retryAfter(header http.Header, otherwise time.Duration) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return otherwise
}

package band

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

var (
	errCertificate = errors.New("the server's certificate is not trusted")
	errTooLarge    = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	errRequest     = errors.New("the request cannot be built")
)

// request is one call as Band wants it: the parameters in the query of a GET, in the form body of a POST.
type request struct {
	method string
	base   string
	path   string
	params url.Values
	// basic asks for the app's id and secret in the Authorization header.
	basic bool
}

func (r request) op() string { return r.method + " " + r.path }

func (r request) build(ctx context.Context) (*http.Request, error) {
	target, body := r.base+r.path, io.Reader(nil)
	if r.method == http.MethodPost {
		body = strings.NewReader(r.params.Encode())
	} else {
		target += "?" + r.params.Encode()
	}
	built, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, err
	}
	if r.method == http.MethodPost {
		built.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	built.Header.Set("Accept", "application/json")
	built.Header.Set("User-Agent", "dongbaejul")
	return built, nil
}

// answer is the whole of an HTTP answer.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// attempt runs one exchange after another, as the client's policy has it, until read accepts an answer.
func (c *Client) attempt(ctx context.Context, r request, read func(answer) *Error) error {
	once := func(ctx context.Context) error {
		failure := c.observed(ctx, r, read)
		if failure == nil {
			return nil // not a nil *Error in an error
		}
		return failure
	}
	if c.retrying {
		return retry(ctx, once, c.cfg.Wait, func(failure *Error, wait time.Duration) {
			c.cfg.Log.WarnContext(ctx, "retrying a call of Naver Band", slog.Duration("wait", wait), slog.String("error", failure.Error()))
		})
	}
	return once(ctx)
}

func (c *Client) observed(ctx context.Context, r request, read func(answer) *Error) *Error {
	var done func(error)
	if c.cfg.Observe != nil {
		done = c.cfg.Observe(ctx, r.op())
	}
	got, failure := c.exchange(ctx, r)
	if failure == nil {
		failure = read(got)
	}
	if failure != nil {
		failure.Op, failure.write = r.op(), r.method == http.MethodPost
	}
	if done != nil && failure != nil {
		done(failure)
	} else if done != nil {
		done(nil)
	}
	return failure
}

// exchange sends r and reads the answer whole. It uses the transport itself rather than an http.Client, which would follow
// redirects and name the URL in its errors.
func (c *Client) exchange(ctx context.Context, r request) (answer, *Error) {
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := r.build(bounded)
	if err != nil {
		return answer{}, &Error{outcome: abandoned, cause: errRequest}
	}
	if r.basic {
		req.SetBasicAuth(c.cfg.ClientID, c.cfg.ClientSecret.Reveal())
	}
	response, err := c.transport.RoundTrip(req)
	if err != nil {
		return answer{}, failed(ctx, 0, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return answer{}, failed(ctx, response.StatusCode, err)
	}
	if len(body) > maxAnswer {
		return answer{}, &Error{Status: response.StatusCode, outcome: garbled, cause: errTooLarge}
	}
	return answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

// failed makes an Error of a transport's, keeping nothing of its text.
func failed(ctx context.Context, status int, err error) *Error {
	if ctx.Err() != nil {
		return &Error{Status: status, outcome: abandoned, cause: ctx.Err()}
	}
	outcome, cause := describe(err)
	return &Error{Status: status, outcome: outcome, cause: cause}
}

// describe replaces a transport's error by one without foreign text: such an error may quote the URL or the answer.
func describe(err error) (outcome, error) {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return unsent, errors.New("name lookup failed")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return unsent, errCertificate
	}
	reached := lost
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		reached = unsent
	}
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return reached, context.Canceled
	case errors.Is(err, context.DeadlineExceeded), isNet && timeout.Timeout():
		return reached, context.DeadlineExceeded
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return reached, io.ErrUnexpectedEOF
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return reached, errno
	}
	return reached, fmt.Errorf("the exchange failed (%T)", err)
}

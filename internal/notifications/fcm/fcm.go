// Package fcm pushes notifications by the HTTP v1 API of Firebase Cloud Messaging. Everything here leans on one rule: an
// error says by its kind what to do about it, and never shows the device's token, the access token or the notification.
package fcm

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/notifications"
)

const (
	defaultURL = "https://fcm.googleapis.com"
	// httpTimeout is for one request with the default client.
	httpTimeout = 10 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 10
)

// Config is what a Pusher is made with.
type Config struct {
	// Credentials is the key file of a service account that may send messages, in JSON.
	Credentials []byte
	// HTTP sends the requests; nil for a client with a timeout of 10 s.
	HTTP *http.Client
	// URL is the API's address; empty for Google's.
	URL string
}

// Pusher is a notifications.Pusher. It may be used concurrently.
type Pusher struct {
	http   *http.Client
	send   string
	tokens *tokens
}

var _ notifications.Pusher = (*Pusher)(nil)

// New makes a pusher. It fails on credentials that cannot be used, and does not show them.
func New(c Config) (*Pusher, error) {
	account, err := parseAccount(c.Credentials)
	if err != nil {
		return nil, fmt.Errorf("fcm: %w", err)
	}
	client := cmp.Or(c.HTTP, &http.Client{Timeout: httpTimeout})
	base := strings.TrimSuffix(cmp.Or(c.URL, defaultURL), "/")
	return &Pusher{
		http: client, tokens: newTokens(account, client),
		send: base + "/v1/projects/" + url.PathEscape(account.ProjectID) + "/messages:send",
	}, nil
}

// Push implements notifications.Pusher. The same notification again replaces itself on the device.
func (p *Pusher) Push(ctx context.Context, d notifications.Device, n notifications.Worded, badge int) error {
	return p.sendMessage(ctx, newMessage(d, n, badge))
}

// SetBadge implements notifications.Pusher. Only the last badge waits for a device that is off.
func (p *Pusher) SetBadge(ctx context.Context, d notifications.Device, badge int) error {
	return p.sendMessage(ctx, newBadge(d, badge))
}

func (p *Pusher) sendMessage(ctx context.Context, m message) error {
	body, err := json.Marshal(request{m})
	if err != nil {
		return fmt.Errorf("fcm: encode a message: %w", err)
	}
	token, err := p.tokens.get(ctx)
	if err != nil {
		return err
	}
	err = p.post(ctx, token, body)
	if errors.Is(err, errAccessToken) {
		// It was taken back before its time.
		p.tokens.drop(token)
		if token, err = p.tokens.get(ctx); err != nil {
			return err
		}
		err = p.post(ctx, token, body)
	}
	return err
}

func (p *Pusher) post(ctx context.Context, accessToken string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.send, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("fcm: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+accessToken)
	req.Header.Set("Content-Type", "application/json")
	status, header, answer, err := do(p.http, req)
	if err != nil {
		return err
	}
	if status == http.StatusOK {
		return nil
	}
	return refusal(status, header, answer)
}

// do sends a request and reads the answer.
func do(client *http.Client, req *http.Request) (status int, header http.Header, answer []byte, err error) {
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, nil, unreachable(req.Context(), err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return 0, nil, nil, unreachable(req.Context(), err)
	}
	return res.StatusCode, res.Header, answer, nil
}

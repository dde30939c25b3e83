// Package dongbaejul is a client of Dongbaejul's server: every service of the contract as one signed-in user, with tokens
// that renew themselves and streams that come back. Everything here leans on one rule: what a caller has seen is a cursor,
// not a connection, so that whatever is cut is taken up where it was, with nothing missing and nothing twice.
//
//	client, err := dongbaejul.New("https://api.example.com", dongbaejul.WithTokens(dongbaejul.FileTokens(path)))
//	…
//	_, err = client.SignIn(ctx, "", openBrowser)
//	…
//	rooms, err := client.Chat.ListRooms(ctx, &v1.ListRoomsRequest{})
//	…
//	for event, err := range client.Subscribe(cursors).Events(ctx) {
//		…
//	}
//
// An error that the server answered with is a *connect.Error; Explain takes it apart.
package dongbaejul

import (
	"fmt"
	"net/url"
	"strings"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1/dongbaejulv1connect"
)

// Client calls one server as one user. It may be used concurrently. Its services are the generated clients: calls and streams
// carry the user's access token, which is renewed when the server takes it no longer, once however many find out at the same
// time. A call whose context has no deadline is given a minute.
type Client struct {
	Auth          dongbaejulv1connect.AuthServiceClient
	Users         dongbaejulv1connect.UserServiceClient
	Posts         dongbaejulv1connect.PostServiceClient
	Games         dongbaejulv1connect.GameServiceClient
	Chat          dongbaejulv1connect.ChatServiceClient
	Photos        dongbaejulv1connect.PhotoServiceClient
	Notifications dongbaejulv1connect.NotificationServiceClient
	Events        dongbaejulv1connect.EventServiceClient

	settings
	session *session
	streams streams
	// files sends files to where the server wants them, which need not be the server.
	files connect.HTTPClient
	// closeIdle lets go of idle connections; it does nothing where the HTTP client is the caller's.
	closeIdle func()
}

// New makes a client of the server at baseURL, such as "https://api.example.com". Nothing is sent yet. It speaks gRPC unless
// it is told otherwise, over HTTP/2: with TLS at https, without it at http.
func New(baseURL string, options ...Option) (*Client, error) {
	base, err := parseBase(baseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{settings: defaults(), closeIdle: func() {}}
	for _, o := range options {
		o(&c.settings)
	}
	for name, value := range map[string]string{"language": c.language, "program's name": c.userAgent} {
		if !isHeaderValue(value) {
			return nil, fmt.Errorf("the %s %q cannot be sent in a header", name, value)
		}
	}
	c.files = c.http
	if c.http == nil {
		own, files := newHTTPClient(!c.connect), newHTTPClient(false)
		c.http, c.files = own, files
		c.closeIdle = func() {
			own.CloseIdleConnections()
			files.CloseIdleConnections()
		}
	}
	open := c.clientOptions()
	c.session = &session{
		store: c.tokens, retry: c.Retry, notice: c.notice, auth: dongbaejulv1connect.NewAuthServiceClient(c.http, base, open...),
	}
	signed := c.clientOptions(bearer{c.session})
	c.Auth = dongbaejulv1connect.NewAuthServiceClient(c.http, base, signed...)
	c.Users = dongbaejulv1connect.NewUserServiceClient(c.http, base, signed...)
	c.Posts = dongbaejulv1connect.NewPostServiceClient(c.http, base, signed...)
	c.Games = dongbaejulv1connect.NewGameServiceClient(c.http, base, signed...)
	c.Chat = dongbaejulv1connect.NewChatServiceClient(c.http, base, signed...)
	c.Photos = dongbaejulv1connect.NewPhotoServiceClient(c.http, base, signed...)
	c.Notifications = dongbaejulv1connect.NewNotificationServiceClient(c.http, base, signed...)
	c.Events = dongbaejulv1connect.NewEventServiceClient(c.http, base, signed...)
	c.streams = newStreams(c.http, base, signed)
	return c, nil
}

// Close waits for a renewal of the tokens that is under way, since its tokens are lost otherwise, writes tokens again that could
// not be stored, and closes idle connections. Streams end by their own contexts.
func (c *Client) Close() {
	c.session.settle()
	c.closeIdle()
}

// parseBase takes the address of a server, and returns it without a slash at the end.
func parseBase(baseURL string) (string, error) {
	u, err := url.Parse(baseURL)
	switch {
	case err != nil:
		return "", fmt.Errorf("the server's address %q is no URL: %w", baseURL, err)
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return "", fmt.Errorf("the server's address %q must begin with https:// or http://", baseURL)
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return "", fmt.Errorf("the server's address %q may end in a path, and in nothing else", baseURL)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

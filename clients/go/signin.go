package dongbaejul

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// ErrDeclined is why a sign-in ends that the user has declined on Band's page.
var ErrDeclined = errors.New("the sign-in was declined on Band's page")

// shutdownTimeout is how long the browser has to take the last page.
const shutdownTimeout = 5 * time.Second

// SignIn signs somebody in by a browser on this machine, and keeps their tokens. open shows them Band's page; what it does
// must not wait for them. They come back to a port of this machine that is open meanwhile. redirectURI is where: it must be
// one that the server has on its list, as it does this machine's in development, where it may be empty: any free port, at a
// path that nobody else knows. It gives up when ctx ends, with its cause.
func (c *Client) SignIn(ctx context.Context, redirectURI string, open func(ctx context.Context, authURL string) error) (*v1.CompleteBandLoginResponse, error) {
	listener, redirect, err := listen(ctx, redirectURI)
	if err != nil {
		return nil, err
	}
	login, err := c.Auth.StartBandLogin(ctx, &v1.StartBandLoginRequest{RedirectUri: redirect.String()})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	back := &callback{
		path: redirect.Path, state: login.GetState(), done: make(chan signedIn, 1),
		complete: func(code string) (*v1.CompleteBandLoginResponse, error) {
			return c.CompleteSignIn(ctx, code, login.GetState())
		},
	}
	server := &http.Server{Handler: back, ReadHeaderTimeout: shutdownTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		// Not at once, so that the browser gets to see how it ended.
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		_ = server.Shutdown(closing)
	}()
	if err := open(ctx, login.GetAuthUrl()); err != nil {
		return nil, fmt.Errorf("open the browser: %w", err)
	}
	select {
	case result := <-back.done:
		return result.answer, result.err
	case err := <-served:
		return nil, fmt.Errorf("wait for the browser to come back: %w", err)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// listen opens the port that a redirect comes back to.
func listen(ctx context.Context, redirectURI string) (net.Listener, *url.URL, error) {
	// Band returns no state to compare: that the path cannot be guessed shows that who comes back was sent here.
	redirect := &url.URL{Scheme: "http", Host: "127.0.0.1:0", Path: "/" + rand.Text()}
	if redirectURI != "" {
		given, err := url.Parse(redirectURI)
		if err != nil || given.Scheme != "http" || given.Port() == "" || !isLoopback(given.Hostname()) {
			return nil, nil, fmt.Errorf("the redirect URI %q must be http, on this machine (127.0.0.1), with a port", redirectURI)
		}
		redirect = given
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", redirect.Host)
	if err != nil {
		return nil, nil, fmt.Errorf("wait for the browser at %s: %w", redirect.Host, err)
	}
	if redirectURI == "" {
		redirect.Host = listener.Addr().String()
	}
	if redirect.Path == "" {
		redirect.Path = "/"
	}
	return listener, redirect, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// CompleteSignIn completes a sign-in that was begun by Auth.StartBandLogin, when the code came back in another way, and stores
// the tokens. If they cannot be stored, it returns the answer with an error that wraps ErrNotStored: the user is signed in
// until the program ends.
func (c *Client) CompleteSignIn(ctx context.Context, code, state string) (*v1.CompleteBandLoginResponse, error) {
	answer, err := c.Auth.CompleteBandLogin(ctx, &v1.CompleteBandLoginRequest{Code: code, State: state})
	if err != nil {
		return nil, err
	}
	_, err = c.session.replace(ctx, Tokens{
		UserID: answer.GetUser().GetId(), AccessToken: answer.GetAccessToken(), RefreshToken: answer.GetRefreshToken(),
		ExpiresAt: expiry(answer.GetExpiresIn()),
	})
	return answer, err
}

// SignOut deletes the tokens, and then ends the session on the server, or all sessions of the user. The user is signed out here
// whether or not the server answers: an error that wraps ErrNotRevoked says that it did not, one that wraps ErrNotStored that the
// tokens could not be deleted from the store yet. Other errors, such as ErrSignedOut, say that there was nobody to sign out.
func (c *Client) SignOut(ctx context.Context, allDevices bool) error {
	if _, err := c.session.kept(ctx); err != nil {
		return err
	}
	tokens, err := c.session.replace(ctx, Tokens{})
	return errors.Join(err, c.session.revoke(ctx, tokens, allDevices))
}

// UserID returns the id of who is signed in. The server is asked only where the tokens that are kept do not tell.
func (c *Client) UserID(ctx context.Context) (string, error) {
	t, err := c.session.kept(ctx)
	if err != nil || t.UserID != "" {
		return t.UserID, err
	}
	answer, err := c.Auth.VerifyToken(ctx, &v1.VerifyTokenRequest{})
	return answer.GetUser().GetId(), err
}

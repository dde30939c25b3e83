package band

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Grant is the answer of the token endpoint.
type Grant struct {
	AccessToken Secret
	// RefreshToken is zero if Band returns none.
	RefreshToken Secret
	// ExpiresIn is the life of the access token from now on, about ten years in practice; 0 if Band does not say.
	ExpiresIn time.Duration
	// Scopes are those of the app's registration, such as READ_POST.
	Scopes []string
	// UserKey identifies the user who granted, for this app; may be empty, and then [Client.Profile] tells.
	UserKey string
}

// AuthorizeURL returns where the browser is sent to sign in. Band redirects it to redirectURI with a parameter code, or with error
// when the user declines; redirectURI must lie under the address registered for the app and should have no query.
//
// Band documents no state parameter and may not echo it. A state is sent if it is not empty, but the app has to keep it and compare for
// itself.
func (c *Client) AuthorizeURL(redirectURI, state string) string {
	params := url.Values{"response_type": {"code"}, "client_id": {c.cfg.ClientID}, "redirect_uri": {redirectURI}}
	if state != "" {
		params.Set("state", state)
	}
	return c.cfg.AuthURL + "/oauth2/authorize?" + params.Encode()
}

// Exchange trades the authorization code of one redirect for tokens. A code that is wrong, used, too old or made for another redirect
// URI than redirectURI is [Error.InvalidGrant]; wrong credentials of the app are [Error.Unauthorized]. With a client from
// [Client.WithRetry], a repetition after a lost answer may find the code used.
//
// The redirect URI is sent as RFC 6749 §4.1.3 asks for. Band documents neither that it compares it nor that it refuses it, and a
// server passes over parameters that it does not know (§3.2).
func (c *Client) Exchange(ctx context.Context, code, redirectURI string) (Grant, error) {
	params := url.Values{"grant_type": {"authorization_code"}, "code": {code}}
	if redirectURI != "" {
		params.Set("redirect_uri", redirectURI)
	}
	return c.token(ctx, params)
}

// Refresh trades a refresh token for new tokens. Grant.RefreshToken is the one to keep from now on: the old one if Band returns
// no other. A refresh token that is not accepted is [Error.InvalidGrant].
func (c *Client) Refresh(ctx context.Context, refresh Secret) (Grant, error) {
	grant, err := c.token(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh.Reveal()}})
	if err == nil && grant.RefreshToken.IsZero() {
		grant.RefreshToken = refresh
	}
	return grant, err
}

// token calls the token endpoint the way Band documents: a GET with HTTP Basic authentication.
func (c *Client) token(ctx context.Context, params url.Values) (Grant, error) {
	var grant Grant
	r := request{method: http.MethodGet, base: c.cfg.AuthURL, path: tokenPath, params: params, basic: true}
	err := c.attempt(ctx, r, func(a answer) *Error {
		var failure *Error
		grant, failure = a.grant()
		return failure
	})
	if err != nil {
		return Grant{}, err
	}
	return grant, nil
}

type grantWire struct {
	envelope
	AccessToken  text   `json:"access_token"`
	RefreshToken text   `json:"refresh_token"`
	ExpiresIn    number `json:"expires_in"`
	Scope        text   `json:"scope"`
	UserKey      text   `json:"user_key"`
}

// grant reads the token endpoint's answer: an access token is a success, whatever the HTTP status.
func (a answer) grant() (Grant, *Error) {
	var wire grantWire
	if err := json.Unmarshal(a.body, &wire); err != nil || wire.AccessToken == "" {
		return Grant{}, a.refusal(wire.envelope)
	}
	const century = 100 * 365 * 24 * 60 * 60
	return Grant{
		AccessToken:  NewSecret(string(wire.AccessToken)),
		RefreshToken: NewSecret(string(wire.RefreshToken)),
		ExpiresIn:    time.Duration(min(max(0, wire.ExpiresIn), century)) * time.Second,
		Scopes:       strings.Fields(string(wire.Scope)),
		UserKey:      string(wire.UserKey),
	}, nil
}

package auth

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// appRedirect is the app's own scheme, which no web site can be at.
const appRedirect = "dongbaejul://auth"

// redirects are the URIs that a sign-in may end at: those listed, compared whole, so that no code is sent anywhere else.
type redirects struct {
	listed map[string]bool
	// loopback allows this machine too, at any port and path.
	loopback bool
}

// newRedirects takes absolute URIs without user and fragment. In development the app's own and those of this machine
// are allowed as well.
func newRedirects(uris []string, development bool) (redirects, error) {
	r := redirects{listed: make(map[string]bool, len(uris)), loopback: development}
	if development {
		r.listed[appRedirect] = true
	}
	for _, uri := range uris {
		if err := CheckRedirectURI(uri, development); err != nil {
			return redirects{}, fmt.Errorf("redirect URI %q: %w", uri, err)
		}
		_, canonical, _ := parseRedirect(uri)
		r.listed[canonical] = true
	}
	return r, nil
}

// CheckRedirectURI returns why sign-ins must not end at a URI; nil if they may. Browsers run or read from the disk what some
// schemes hold, and http is read, and its code used, by others on the way: outside of development it is for this machine
// only.
func CheckRedirectURI(uri string, development bool) error {
	u, _, err := parseRedirect(uri)
	switch {
	case err != nil:
		return err
	case slices.Contains(schemesOfNoApp, u.Scheme):
		return fmt.Errorf("browsers do not take its scheme for an address of the web or of an app")
	case strings.Contains(u.Host, "*"):
		return fmt.Errorf("it is compared as it is, so an asterisk stands for nothing else")
	case u.Scheme == "http" && !development && !isLoopback(u):
		return fmt.Errorf("http is for this machine only, since others on the way could take the code; it must be https")
	}
	return nil
}

// allow returns uri in the form it is compared in, and whether it is allowed.
func (r redirects) allow(uri string) (string, bool) {
	u, canonical, err := parseRedirect(uri)
	if err != nil {
		return "", false
	}
	return canonical, r.listed[canonical] || r.loopback && isLoopback(u)
}

// schemesOfNoApp are the schemes that browsers, or other programs of every machine, take for something of their own.
var schemesOfNoApp = []string{
	"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source", "ws", "wss", "ftp", "ftps", "mailto", "tel", "sms", "urn",
}

func isLoopback(u *url.URL) bool {
	switch u.Hostname() {
	case "localhost", "127.0.0.1", "::1":
		return u.Scheme == "http" || u.Scheme == "https"
	}
	return false
}

// parseRedirect takes a URI apart and returns the one spelling of it that is compared (RFC 3986 §6.2: scheme and host in
// lower case, no default port, no empty path on the web). It refuses what browsers and servers read differently.
func parseRedirect(uri string) (*url.URL, string, error) {
	if strings.ContainsFunc(uri, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`\"<>^{}|`+"`", c) }) {
		return nil, "", fmt.Errorf("it has a character that must be percent-encoded")
	}
	u, err := url.Parse(uri)
	if err != nil {
		return nil, "", fmt.Errorf("it is not a URI")
	}
	if u.Scheme == "" || u.Host == "" || u.User != nil || strings.Contains(uri, "#") {
		return nil, "", fmt.Errorf("it must have a scheme and a host, and neither user nor fragment")
	}
	u.Host = strings.ToLower(u.Host)
	if u.Scheme == "http" || u.Scheme == "https" {
		if u.Path == "" {
			u.Path = "/"
		}
		if host, port, err := net.SplitHostPort(u.Host); err == nil && (port == "" || port == defaultPort[u.Scheme]) {
			u.Host = host
			if strings.Contains(host, ":") {
				u.Host = "[" + host + "]"
			}
		}
	}
	return u, u.String(), nil
}

var defaultPort = map[string]string{"http": "80", "https": "443"}

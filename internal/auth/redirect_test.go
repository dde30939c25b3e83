package auth

import (
	"net/url"
	"testing"
)

func TestRedirectsAreComparedWhole(t *testing.T) {
	production, err := newRedirects([]string{"dongbaejul://auth", "https://App.example/auth/callback", "https://club.example:443"}, false)
	if err != nil {
		t.Fatal(err)
	}
	development, err := newRedirects(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		uri                     string
		production, development bool
	}{
		{"dongbaejul://auth", true, true},
		{"DONGBAEJUL://AUTH", true, true},
		{"dongbaejul://auth/", false, false},
		{"dongbaejul://auth/more", false, false},
		{"dongbaejul://auth?next=x", false, false},
		{"dongbaejul://auth.evil.example", false, false},
		{"dongbaejul:auth", false, false},
		{"https://app.example/auth/callback", true, false},
		{"HTTPS://APP.example:443/auth/callback", true, false},
		{"https://app.example/auth/callback/", false, false},
		{"https://app.example/auth/callback/../../evil", false, false},
		{"https://app.example/auth/callback?next=https://evil.example", false, false},
		{"https://app.example/auth/callback?", false, false},
		{"https://app.example/auth/callback#", false, false},
		{"https://app.example/auth/callback#fragment", false, false},
		{"https://app.example/auth%2Fcallback", false, false},
		{"https://app.example/AUTH/callback", false, false},
		{"https://app.example:8443/auth/callback", false, false},
		{"http://app.example/auth/callback", false, false},
		{"https://app.example@evil.example/auth/callback", false, false},
		{"https://evil.example\\@app.example/auth/callback", false, false},
		{"https://app.example.evil.example/auth/callback", false, false},
		{"https://app.example./auth/callback", false, false},
		{" https://app.example/auth/callback", false, false},
		{"https://app.example/auth/callback\n", false, false},
		{"https://club.example", true, false},
		{"https://club.example/", true, false},
		{"//app.example/auth/callback", false, false},
		{"/auth/callback", false, false},
		{"", false, false},
		{"http://localhost:5173/any/path", false, true},
		{"https://localhost", false, true},
		{"http://127.0.0.1:49152/", false, true},
		{"http://[::1]:8080/cb", false, true},
		{"http://localhost.evil.example/", false, false},
		{"http://localhost@evil.example/", false, false},
		{"http://evil.example#@localhost/", false, false},
		{"http://127.0.0.1.evil.example/", false, false},
		{"ftp://localhost/", false, false},
		{"javascript://localhost/%0aalert(1)", false, false},
		{"javascript:alert(1)", false, false},
		{"data:text/html,x", false, false},
	} {
		if _, ok := production.allow(tt.uri); ok != tt.production {
			t.Errorf("in production %q is allowed: %v", tt.uri, ok)
		}
		if _, ok := development.allow(tt.uri); ok != tt.development {
			t.Errorf("in development %q is allowed: %v", tt.uri, ok)
		}
	}
}

func TestAListThatCannotBeMeantIsRefused(t *testing.T) {
	for _, uri := range []string{"", "app.example/callback", "https://*.example/한글", "https://app.example/#x", "*"} {
		if _, err := newRedirects([]string{uri}, false); err == nil {
			t.Errorf("%q is taken", uri)
		}
	}
}

// Whatever is allowed leads to a place that is listed, however a URL parser reads it, and its form does not change again.
func FuzzRedirects(f *testing.F) {
	r, err := newRedirects([]string{"https://app.example/callback", appRedirect}, true)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"https://app.example/callback", "http://localhost:1/x?y", "http://[::1%25lo]/", "a://b@c", "HTTP://LOCALHOST:80", "https://", "https://?x", "https://u:p@h/", "https://app.example/callback%",
		"HTTPS://APP.EXAMPLE/callback", "http://localhost:1/\u202e", "http://u@localhost/", `http://localhost\@h/`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		canonical, ok := r.allow(uri)
		if !ok {
			return
		}
		u, err := url.Parse(canonical)
		if err != nil {
			t.Fatalf("%q became %q, which is no URI: %v", uri, canonical, err)
		}
		if host := u.Hostname(); canonical != appRedirect && canonical != "https://app.example/callback" &&
			host != "localhost" && host != "127.0.0.1" && host != "::1" {
			t.Errorf("%q is allowed and leads to %q", uri, canonical)
		}
		if again, ok := r.allow(canonical); !ok || again != canonical {
			t.Errorf("%q became %q, then %q, %v", uri, canonical, again, ok)
		}
	})
}

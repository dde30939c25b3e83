package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

func TestSigningInAndOut(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		person := server.People(t)[0]
		sh := newShell(t, server)
		if r := sh.run(t.Context(), "", "whoami"); r.code != exitSignedOut || !strings.Contains(r.err, "dbj login --server "+server.URL) {
			t.Errorf("before: %+v", r)
		}
		if out := sh.do(t, "login", "--user-key", person.UserKey); !strings.Contains(out, person.Name+"님으로 로그인했습니다") {
			t.Errorf("signing in prints %q", out)
		}
		if out := sh.do(t, "whoami"); !strings.Contains(out, "이름  "+person.Name) || !strings.Contains(out, "역할  회장") {
			t.Errorf("whoami prints %q", out)
		}
		var who struct {
			User struct {
				DisplayName string `json:"display_name"`
			} `json:"user"`
			Permissions []string `json:"permissions"`
		}
		if err := json.Unmarshal([]byte(sh.do(t, "whoami", "-o", "json")), &who); err != nil {
			t.Fatal(err)
		}
		if who.User.DisplayName != person.Name || len(who.Permissions) == 0 {
			t.Errorf("whoami as JSON: %+v", who)
		}
		// The server is remembered.
		elsewhere := &shell{server: server, env: []string{sh.env[0], "DBJ_LANG=en"}}
		if out := elsewhere.do(t, "whoami"); !strings.Contains(out, "role    admin") || !strings.Contains(out, server.URL) {
			t.Errorf("without the server's address: %q", out)
		}
		if out := elsewhere.do(t, "logout"); out != "Signed out.\n" {
			t.Errorf("signing out prints %q", out)
		}
		if r := elsewhere.run(t.Context(), "", "whoami"); r.code != exitSignedOut || !strings.HasSuffix(r.err, "→  dbj login\n") {
			t.Errorf("after: %+v", r)
		}
		if r := sh.run(t.Context(), "", "login", "--user-key", "nobody"); r.code != exitNotFound {
			t.Errorf("as nobody: %+v", r)
		}
	})
}

// Without a simulated key a browser goes to the page whose address is printed, and comes back to this machine.
func TestSigningInByABrowser(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		person := server.People(t)[0]
		for _, args := range [][]string{nil, {"--redirect-uri", "http://" + testkit.FreeAddr(t) + "/callback"}} {
			sh := newShell(t, server)
			login := sh.start(t, append([]string{"login", "--no-browser"}, args...)...)
			var address string
			for address == "" {
				if line := strings.TrimSpace(login.from(t, login.told)); strings.HasPrefix(line, "http") {
					address = line
				}
			}
			if err := consent(t.Context(), address, person.UserKey); err != nil {
				t.Fatal(err)
			}
			if line := login.next(t); !strings.HasPrefix(line, person.Name+"님으로 로그인했습니다") {
				t.Errorf("it prints %q", line)
			}
			sh.do(t, "whoami")
		}
		sh := newShell(t, server)
		if r := sh.run(t.Context(), "", "login", "--redirect-uri", "https://example.com/"); r.code != exitFailed || !strings.Contains(r.err, "127.0.0.1") {
			t.Errorf("at another machine: %+v", r)
		}
	})
}

// Who does not come back from Band's page in time is told so, and not that the server is away.
func TestASignInThatTakesTooLong(t *testing.T) {
	t.Parallel()
	server := settings()[0].start(t)
	d := newShell(t, server).begun(t, flags{lang: "en"})
	ctx, end := context.WithCancelCause(t.Context())
	_, err := d.client.SignIn(ctx, "", func(context.Context, string) error { end(d.tooLate()); return nil })
	if f := d.explain(err); f.code != exitFailed || f.message != "nobody signed in within ten minutes" || f.hint != "dbj login --server "+server.URL {
		t.Errorf("%v: %+v", err, f)
	}
}

// What is kept is its owner's, and says nothing of what another server gave out.
func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	server := settings()[0].start(t)
	sh := signedIn(t, server, 0)
	folder := strings.TrimPrefix(sh.env[0], "XDG_CONFIG_HOME=")
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		if mode := info.Mode().Perm(); path != folder && runtime.GOOS != "windows" && mode&0o077 != 0 {
			t.Errorf("%s has mode %v", path, mode)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	other := settings()[0].start(t)
	if r := sh.run(t.Context(), "", "whoami", "--server", other.URL); r.code != exitSignedOut {
		t.Errorf("at another server: %+v", r)
	}
	sh.do(t, "whoami")
}

func TestASessionThatWasEndedElsewhere(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		one, other := signedIn(t, server, 0), signedIn(t, server, 0)
		other.do(t, "logout", "--all-devices")
		for range 2 {
			if r := one.run(t.Context(), "", "members"); r.code != exitSignedOut || !strings.Contains(r.err, "dbj login") {
				t.Errorf("got %+v", r)
			}
		}
	})
}

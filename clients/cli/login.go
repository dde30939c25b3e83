package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cli/browser"
	"github.com/spf13/cobra"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// signInTimeout is how long Band's page may take: as long as the server knows of the sign-in.
const signInTimeout = 10 * time.Minute

func (d *dbj) login() *cobra.Command {
	var userKey, redirectURI string
	var noBrowser bool
	c := &cobra.Command{
		Use:   "login",
		Short: "Sign in with Naver Band",
		Long:  loginHelp,
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeoutCause(c.Context(), signInTimeout, d.tooLate())
			defer cancel()
			open := func(ctx context.Context, authURL string) error {
				if userKey != "" {
					return consent(ctx, authURL, userKey)
				}
				d.status.say("브라우저에서 로그인하세요:\n\n  %s\n", "Sign in by this page:\n\n  %s\n", authURL)
				if !noBrowser {
					go d.openBrowser(authURL)
				}
				return nil
			}
			answer, err := d.client.SignIn(ctx, redirectURI, open)
			if err != nil {
				return err
			}
			if err := d.config.remember(); err != nil {
				return fmt.Errorf("remember the server: %w", err)
			}
			if d.format != asTable {
				return d.document(answer.GetUser())
			}
			return d.line("%s님으로 로그인했습니다 (%s).", "Signed in as %s (%s).", clean(answer.GetUser().GetDisplayName()), d.config.server)
		},
	}
	c.Flags().StringVar(&userKey, "user-key", "", "sign in as this member of a simulated Band, without a browser; keys are at /bandsim/members")
	c.Flags().StringVar(&redirectURI, "redirect-uri", "", "the address on this machine that the browser returns to")
	c.Flags().BoolVar(&noBrowser, "no-browser", false, "only print the page's address")
	return c
}

// tooLate is why a sign-in ends after signInTimeout. The bare deadline would be taken for that of a server that is away.
func (d *dbj) tooLate() error {
	return &refused{
		code: exitFailed, ko: "10분 안에 아무도 로그인하지 않았습니다.", en: "nobody signed in within ten minutes", hint: d.signInHint(),
	}
}

// openBrowser shows a page to the person, who has its address as well.
func (d *dbj) openBrowser(address string) {
	// What browsers have to say is nothing to look at.
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	if err := browser.OpenURL(address); err != nil {
		d.status.say("브라우저를 열지 못했습니다. 위 주소를 직접 여세요.", "No browser could be opened: open the address above yourself.")
	}
}

// consent does what a member's browser does at a simulated Band.
func consent(ctx context.Context, authURL, userKey string) error {
	u, err := url.Parse(authURL)
	if err != nil || !strings.Contains(u.Path, "/bandsim/") {
		return &refused{
			code: exitFailed, ko: "--user-key는 시뮬레이터에서만 쓸 수 있습니다. 이 서버는 실제 밴드를 사용합니다.",
			en: "--user-key is for a simulated Band, and this server has the real one.", hint: "dbj login",
		}
	}
	query := u.Query()
	query.Set("user_key", userKey)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.Request.URL.Path == u.Path {
		// It was not sent on to where it comes back.
		return notFound(fmt.Sprintf("시뮬레이터에 user_key가 %q인 회원이 없습니다.", userKey),
			fmt.Sprintf("the simulated Band has no member with the user_key %q", userKey), "curl "+u.Scheme+"://"+u.Host+"/bandsim/members")
	}
	return nil
}

func (d *dbj) logout() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "logout",
		Short: "Sign out, and forget the tokens",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			err := d.client.SignOut(c.Context(), all)
			if errors.Is(err, dongbaejul.ErrNotRevoked) && !errors.Is(err, dongbaejul.ErrNotStored) && !all {
				return d.line("이 기기에서 로그아웃했어요. 서버에 연결하지 못해 세션이 서버에는 남아 있어요.",
					"Signed out here. The server could not be reached, so the session has not ended there.")
			}
			if err != nil {
				return err
			}
			return d.line("로그아웃했습니다.", "Signed out.")
		},
	}
	c.Flags().BoolVar(&all, "all-devices", false, "end every session of yours, not only this one")
	return c
}

func (d *dbj) whoami() *cobra.Command {
	return &cobra.Command{
		Use:   "whoami",
		Short: "Show who is signed in, and what they may do",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			answer, err := ask(c.Context(), d, d.client.Auth.VerifyToken, &v1.VerifyTokenRequest{})
			if err != nil {
				return err
			}
			if d.format != asTable {
				return d.document(answer)
			}
			user, text := answer.GetUser(), d.lang.text
			return d.fields(
				row{text("이름", "name"), user.GetDisplayName()},
				row{text("역할", "role"), d.lang.called(user.GetRole())},
				row{text("급수", "skill"), d.lang.called(user.GetSkillLevel())},
				row{text("권한", "may"), strings.Join(answer.GetPermissions(), ", ")},
				row{"id", user.GetId()},
				row{text("서버", "server"), d.config.server},
			)
		},
	}
}

const loginHelp = `Signs in with Naver Band: a browser opens Band's page, and returns to a port of this machine.

In development the server takes any port. In production it takes only the addresses listed in AUTH_REDIRECT_URIS: pass one
of them, such as http://127.0.0.1:8765/callback, with --redirect-uri.

The tokens are kept in the configuration's folder, readable by you only, and renew themselves.

A server in development has a simulated Band, in which everybody may sign in as any member without a browser: by --user-key and
the member's user_key. The simulator lists its members with their keys at /bandsim/members, such as
http://localhost:3000/bandsim/members.`

package dongbaejul_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// visit goes to a page, and returns what it says.
func visit(ctx context.Context, address string) (status int, page string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

func redirectOf(t *testing.T, authURL string) *url.URL {
	t.Helper()
	u, err := url.Parse(authURL)
	if err != nil {
		t.Fatal(err)
	}
	redirect, err := url.Parse(u.Query().Get("redirect_uri"))
	if err != nil {
		t.Fatal(err)
	}
	return redirect
}

func TestSignInByABrowser(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	store := dongbaejul.MemoryTokens(dongbaejul.Tokens{})
	client := newClient(t, server.URL, dongbaejul.WithTokens(store), dongbaejul.WithUserAgent("a test/1"))
	person := server.People(t)[0]
	var status int
	var page string
	answer, err := client.SignIn(t.Context(), "", func(ctx context.Context, authURL string) (err error) {
		status, page, err = visit(ctx, authURL+"&user_key="+url.QueryEscape(person.UserKey))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer.GetUser().GetDisplayName() != person.Name {
		t.Errorf("signed in as %s, want %s", answer.GetUser().GetDisplayName(), person.Name)
	}
	if status != http.StatusOK || !strings.Contains(page, person.Name) {
		t.Errorf("the browser sees %d: %s", status, page)
	}
	kept := load(t, store)
	if kept.UserID != answer.GetUser().GetId() || kept.RefreshToken != answer.GetRefreshToken() || kept.ExpiresAt.IsZero() {
		t.Errorf("kept %+v", kept)
	}
	sessions, err := client.Auth.ListSessions(t.Context(), &v1.ListSessionsRequest{})
	if err != nil || len(sessions.GetSessions()) != 1 || sessions.GetSessions()[0].GetDevice() != "a test/1" {
		t.Errorf("sessions %v, %v", sessions, err)
	}
}

func TestASignInThatIsDeclined(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	client := newClient(t, server.URL)
	var page string
	_, err := client.SignIn(t.Context(), "", func(ctx context.Context, authURL string) (err error) {
		_, page, err = visit(ctx, authURL+"&deny=1")
		return err
	})
	if !errors.Is(err, dongbaejul.ErrDeclined) || !strings.Contains(page, "로그인하지 못했습니다") {
		t.Errorf("got %v, and the browser sees %s", err, page)
	}
}

// Who guesses where the browser comes back to cannot make somebody sign in as another, nor end their sign-in.
func TestWhatDoesNotBelongToASignInIsPassedOver(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	client := newClient(t, server.URL)
	person := server.People(t)[0]
	answer, err := client.SignIn(t.Context(), "", func(ctx context.Context, authURL string) error {
		redirect := redirectOf(t, authURL)
		forged := *redirect
		forged.RawQuery = "code=somebodys&state=another"
		elsewhere := *redirect
		elsewhere.Path = "/"
		elsewhere.RawQuery = "code=somebodys"
		for _, u := range []url.URL{forged, elsewhere} {
			if status, _, err := visit(ctx, u.String()); err != nil || status != http.StatusNotFound {
				t.Errorf("%s answers %d, %v", u.String(), status, err)
			}
		}
		if err := simulatedBrowser(person.UserKey)(ctx, authURL); err != nil {
			return err
		}
		if status, _, err := visit(ctx, redirect.String()); err == nil && status != http.StatusGone {
			t.Errorf("a second visit gets %d", status)
		}
		return nil
	})
	if err != nil || answer.GetUser().GetDisplayName() != person.Name {
		t.Errorf("got %v, %v", answer.GetUser(), err)
	}
}

func TestASignInAtARegisteredAddress(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String() + "/callback"
	client := newClient(t, server.URL)
	if _, err := client.SignIn(t.Context(), address, simulatedBrowser("")); err == nil {
		t.Error("signed in at a port that is taken")
	}
	listener.Close()
	if _, err := client.SignIn(t.Context(), address, simulatedBrowser(server.People(t)[0].UserKey)); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{"https://127.0.0.1:1/", "http://example.com:1/", "http://127.0.0.1/", "dongbaejul://auth", "%"} {
		if _, err := client.SignIn(t.Context(), wrong, simulatedBrowser("")); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

func TestASignInThatIsGivenUp(t *testing.T) {
	t.Parallel()
	server := apptest.Start(t)
	client := newClient(t, server.URL)
	ctx, cancel := context.WithCancelCause(t.Context())
	tooLate := errors.New("too late")
	_, err := client.SignIn(ctx, "", func(context.Context, string) error { cancel(tooLate); return nil })
	if !errors.Is(err, tooLate) {
		t.Errorf("got %v", err)
	}
	broken := errors.New("no browser")
	if _, err := client.SignIn(t.Context(), "", func(context.Context, string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

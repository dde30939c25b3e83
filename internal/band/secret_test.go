package band_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

// leaks reports whether text has one of the test's credentials, as it is or as it stands in a URL.
func leaks(text string) bool {
	for _, secret := range []string{testToken, testSecret} {
		if strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) || strings.Contains(text, url.PathEscape(secret)) {
			return true
		}
	}
	return strings.Contains(text, "access_token=") || strings.Contains(text, "://")
}

// shown is everything a value can turn into on its way to a log.
func shown(t *testing.T, value any) []string {
	t.Helper()
	var texts []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, value))
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
	if encoded, err := json.Marshal(value); err == nil {
		texts = append(texts, string(encoded))
	}
	return append(texts, log.String())
}

func TestSecretsDoNotShow(t *testing.T) {
	token := band.NewSecret(testToken)
	type inside struct {
		Exported   band.Secret
		unexported band.Secret
		pointer    *band.Secret
	}
	client := clientOf(t, always(200, "{}"))
	for name, value := range map[string]any{
		"a secret":   token,
		"a pointer":  &token,
		"a struct":   inside{token, token, &token},
		"a slice":    []band.Secret{token},
		"a map":      map[string]any{"k": inside{token, token, &token}},
		"a grant":    band.Grant{AccessToken: token, RefreshToken: token},
		"a config":   band.Config{ClientSecret: band.NewSecret(testSecret)},
		"a client":   client,
		"a client's": *client.WithRetry(),
	} {
		for _, text := range shown(t, value) {
			hex := fmt.Sprintf("%x", testToken)
			if strings.Contains(text, testToken) || strings.Contains(text, testSecret) || strings.Contains(strings.ToLower(text), hex) {
				t.Errorf("%s shows itself: %s", name, text)
			}
		}
	}
	if token.Reveal() != testToken || token.IsZero() {
		t.Error("a secret does not reveal itself when asked")
	}
	if zero := band.NewSecret(""); !zero.IsZero() || zero.Reveal() != "" {
		t.Error("an empty secret is not the zero Secret")
	}
}

// echo answers as a server might that quotes the request back wherever it can.
func echo(status int, form string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		asked := r.URL.String() + "?" + r.Form.Encode()
		w.Header().Set("Location", "http://"+r.Host+asked)
		w.WriteHeader(status)
		quoted, err := json.Marshal(asked + " " + testToken)
		if err != nil {
			return
		}
		fmt.Fprintf(w, form, quoted)
	})
}

func TestErrorsDoNotQuote(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	bases := map[string]string{"nobody listens": dead.URL, "no such host": "http://nothing.invalid"}
	for name, handler := range map[string]http.Handler{
		"message":       echo(200, `{"result_code":211,"result_data":{"message":%s,"detail":{"error":%[1]s}}}`),
		"code as text":  echo(200, `{"result_code":%s,"result_data":%[1]s}`),
		"OAuth word":    echo(400, `{"error":%s,"error_description":%[1]s}`),
		"page":          echo(502, `<html>%s</html>`),
		"redirect":      echo(302, `%s`),
		"broken answer": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { breakOff(w, r, testToken) }),
	} {
		server := httptest.NewServer(handler)
		defer server.Close()
		bases[name] = server.URL
	}
	for name, base := range bases {
		t.Run(name, func(t *testing.T) {
			var observed []error
			transport := &http.Transport{Proxy: nil}
			defer transport.CloseIdleConnections()
			c, err := band.New(band.Config{
				ClientID: "club", ClientSecret: band.NewSecret(testSecret), AuthURL: base, APIURL: base, HTTP: &http.Client{Transport: transport},
				Observe: func(_ context.Context, op string) func(error) {
					if leaks(op) {
						t.Errorf("Observe is told %q", op)
					}
					return func(err error) { observed = append(observed, err) }
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			for call, do := range everyCall(c) {
				err := do(t.Context())
				if err == nil {
					t.Errorf("%s succeeds", call)
				}
				for _, text := range shown(t, failure(t, err)) {
					if leaks(text) {
						t.Errorf("%s: %s", call, text)
					}
				}
				for cause := err; cause != nil; {
					if leaks(cause.Error()) {
						t.Errorf("%s has the cause %q", call, cause)
					}
					wrapped, ok := cause.(interface{ Unwrap() error })
					if !ok {
						break
					}
					cause = wrapped.Unwrap()
				}
			}
			if len(observed) != len(everyCall(c)) {
				t.Errorf("%d exchanges were observed of %d", len(observed), len(everyCall(c)))
			}
		})
	}
}

// breakOff answers with something that is not HTTP and closes the connection.
func breakOff(w http.ResponseWriter, _ *http.Request, text string) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer connection.Close()
	if tcp, ok := connection.(*net.TCPConn); ok {
		fmt.Fprintf(tcp, "HTTP/9 %s\r\n", text)
	}
}

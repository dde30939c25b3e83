package webpush

import (
	"errors"
	"net/http"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/publicnet"
)

// Whatever leads to an inside address, no connection is made to it.
func TestTheClientConnectsToNoInsideAddress(t *testing.T) {
	client := newClient()
	for _, url := range []string{"https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://[::127.0.0.1]/", "https://[fec0::1]/", "https://169.254.169.254/latest/meta-data", "https://0.0.0.0/", "https://1.1.1.1:8443/"} {
		res, err := client.Post(url, "", nil)
		if err == nil {
			_ = res.Body.Close()
		}
		if !errors.Is(err, publicnet.ErrInside) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if proxy := client.Transport.(*http.Transport).Proxy; proxy != nil {
		t.Error("a proxy of the environment is used")
	}
}

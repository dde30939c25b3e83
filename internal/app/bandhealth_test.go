package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/band"
)

// scripted is a Band that answers as a test says, and counts how often it was asked.
type scripted struct {
	answer atomic.Value
	asked  atomic.Int32
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked.Add(1)
	body, _ := s.answer.Load().(string)
	if body == "" {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func TestHealthOfBandIsWhatCallsSay(t *testing.T) {
	const unauthorized, quota, profile = `{"result_code":10401}`, `{"result_code":1001}`, `{"result_code":1,"result_data":{"user_key":"u"}}`
	synctest.Test(t, func(t *testing.T) {
		server := &scripted{}
		client, health, err := newBandClient(band.Config{ClientID: "c", HTTP: &http.Client{Transport: server}})
		if err != nil {
			t.Fatal(err)
		}
		asks := func(well bool, asked int32) {
			t.Helper()
			before := server.asked.Load()
			for range 3 {
				if err := health.probe(t.Context()); (err == nil) != well {
					t.Errorf("health says %v", err)
				}
			}
			if got := server.asked.Load() - before; got != asked {
				t.Errorf("Band was asked %d times for it, want %d", got, asked)
			}
		}
		call := func(answer string) {
			server.answer.Store(answer)
			_, _ = client.Profile(t.Context(), band.NewSecret("token"))
		}
		// Before the first call it is asked, once a minute.
		server.answer.Store(unauthorized)
		asks(true, 1)
		// A call is believed at once.
		call("")
		asks(false, 0)
		call(profile)
		asks(true, 0)
		// A refusal of the user is an answer.
		call("<html>")
		asks(false, 0)
		call(unauthorized)
		asks(true, 0)
		// Nobody has called for a while.
		server.answer.Store("<html>")
		time.Sleep(bandAge)
		asks(false, 1)
		server.answer.Store(unauthorized)
		time.Sleep(bandAge)
		asks(true, 1)
		// Where it is the app that is refused, being there says nothing.
		call(quota)
		server.answer.Store(unauthorized)
		time.Sleep(2 * bandAge)
		asks(false, 0)
		call(profile)
		asks(true, 0)
		// What was given up says nothing.
		gone, leave := context.WithCancel(t.Context())
		leave()
		server.answer.Store("")
		_, _ = client.Profile(gone, band.NewSecret("token"))
		asks(true, 0)
	})
}

// What answers under Band's address, but is not Band, is not well.
func TestHealthOfWhatIsNotBand(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	part, err := newBandPart(Config{BandClientID: "c", BandClientSecret: band.NewSecret("s"), BandKey: "k", BandAPIURL: other.URL, BandAuthURL: other.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := part.probe(t.Context()); err == nil {
		t.Error("another server is taken for Band")
	}
	simulated, err := newBandPart(Config{Environment: Development, PublicURL: "http://localhost:3000"})
	if err != nil {
		t.Fatal(err)
	}
	if err := simulated.probe(t.Context()); err != nil {
		t.Errorf("the simulator: %v", err)
	}
}

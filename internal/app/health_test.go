package app

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"

	"github.com/dongbaejul/dongbaejul/internal/fault"
)

func TestHealthOverHTTP(t *testing.T) {
	b := testBackend(t, Services{})
	b.Checks = []Check{
		{Name: "sqlite", Required: true, Probe: func(context.Context) error { return nil }},
		{Name: "band_api", Probe: func(context.Context) error { return errors.New("dial 10.0.0.7: secret") }},
	}
	s := serve(t, testConfig(), b)
	s.token = ""
	body := s.do(t, "GET", "/health", "").json(t)
	if body["status"] != "OK" || body["version"] != "v1.2.3" || body["services"] != nil {
		t.Errorf("%v", body)
	}
	if at, err := time.Parse(time.RFC3339, body["timestamp"].(string)); err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("timestamp %v", body["timestamp"])
	}
	if uptime, ok := body["uptime"].(float64); !ok || uptime < 0 || uptime > 60 {
		t.Errorf("uptime %v", body["uptime"])
	}
	got := s.do(t, "GET", "/health/detailed", "")
	body = got.json(t)
	services := body["services"].(map[string]any)
	sqlite, band := services["sqlite"].(map[string]any), services["band_api"].(map[string]any)
	if got.StatusCode != http.StatusOK || body["status"] != "OK" || sqlite["status"] != "OK" || sqlite["error"] != nil {
		t.Errorf("%s %s", got.Status, got.body)
	}
	if band["status"] != "ERROR" || band["error"] != "unavailable" {
		t.Errorf("band_api %v", band)
	}
	s.do(t, "POST", "/health", "").wantError(t, http.StatusMethodNotAllowed, connect.CodeUnimplemented)
}

func TestHealthFollowsTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		var asked atomic.Int32
		h := newHealth("v1", []Check{{Name: "sqlite", Required: true, Probe: func(context.Context) error {
			asked.Add(1)
			if away.Load() {
				return fault.New(fault.Unavailable, "AWAY", "저장소", "the store is away")
			}
			return nil
		}}}, testConfig().Log)
		status := func() grpchealth.Status {
			t.Helper()
			got, err := h.Check(t.Context(), &grpchealth.CheckRequest{})
			if err != nil {
				t.Fatal(err)
			}
			return got.Status
		}
		for range 100 {
			if status() != grpchealth.StatusServing {
				t.Fatal("not serving")
			}
		}
		if asked.Load() != 1 {
			t.Errorf("the store was asked %d times within a second", asked.Load())
		}
		away.Store(true)
		time.Sleep(probeAge)
		if status() != grpchealth.StatusNotServing {
			t.Error("serving without a store")
		}
		if reason := publicReason(h.answers[0]); reason != "the store is away" {
			t.Errorf("it says %q", reason)
		}
		away.Store(false)
		time.Sleep(probeAge)
		if status() != grpchealth.StatusServing {
			t.Error("not serving with a store")
		}
		h.stop()
		if status() != grpchealth.StatusNotServing {
			t.Error("serving while stopping")
		}
	})
}

// What a part knows of itself counts at once, and its good answer of a moment ago does not.
func TestHealthBelievesAPartThatKnowsOfTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var full atomic.Bool
		trouble := func() error {
			if full.Load() {
				return errors.New("disk full")
			}
			return nil
		}
		probe := func(context.Context) error { return trouble() }
		h := newHealth("v1", []Check{{Name: "sqlite", Required: true, Probe: probe, Trouble: trouble}}, testConfig().Log)
		if !h.serving(h.probe(t.Context())) {
			t.Fatal("not serving")
		}
		full.Store(true)
		if h.serving(h.probe(t.Context())) {
			t.Error("serving on a full disk")
		}
	})
}

func TestHealthDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHealth("v1", []Check{{Name: "sqlite", Required: true, Probe: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}}, testConfig().Log)
		began := time.Now()
		answers := h.probe(t.Context())
		if took := time.Since(began); took != probeTimeout || h.serving(answers) {
			t.Errorf("after %s: %v", took, answers)
		}
		if reason := publicReason(answers[0]); reason != "no answer within 2s" {
			t.Errorf("it says %q", reason)
		}
	})
}

func TestHealthWithoutItsDatabase(t *testing.T) {
	b := testBackend(t, Services{})
	b.Checks = []Check{{Name: "sqlite", Required: true, Probe: func(context.Context) error { return errors.New("disk full") }}}
	s := serve(t, testConfig(), b)
	got := s.do(t, "GET", "/health/detailed", "")
	if body := got.json(t); got.StatusCode != http.StatusInternalServerError || body["status"] != "ERROR" {
		t.Errorf("%s %s", got.Status, got.body)
	}
	if got := s.do(t, "GET", "/health", ""); got.StatusCode != http.StatusOK {
		t.Errorf("/health: %s", got.Status)
	}
}

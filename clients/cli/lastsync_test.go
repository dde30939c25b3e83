package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/band/bandsim"
)

// A sync that Band refuses says why, and how old the copy of the Band is.
func TestARefusedSyncSaysWhenTheLastWas(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		sim := bandsim.New(bandsim.Options{Prefix: "/bandsim"})
		var refuses atomic.Bool
		remote := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if refuses.Load() {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(w, `{"result_code": 10401, "result_data": {}}`)
				return
			}
			sim.ServeHTTP(w, r)
		}))
		t.Cleanup(remote.Close)
		leader := sim.Members()[0].UserKey
		server := s.start(t, func(c *app.Config) {
			c.BandClientID, c.BandClientSecret = bandsim.DefaultClientID, band.NewSecret(bandsim.DefaultClientSecret)
			c.BandKey, c.BandAPIURL, c.BandAuthURL = sim.BandKey(), remote.URL+"/bandsim", remote.URL+"/bandsim"
			c.AdminBandUserKeys = []string{leader}
		})
		sh := newShell(t, server)
		sh.do(t, "login", "--user-key", leader)
		sh.do(t, "sync")
		refuses.Store(true)
		for _, args := range [][]string{{"sync"}, {"sync", "--watch"}} {
			r := sh.run(t.Context(), "", args...)
			if r.code != exitFailed || !strings.Contains(plain(r.err), "마지막 동기화: 2026-11-25 19:00 KST\n") || !strings.Contains(r.err, "BAND_") {
				t.Errorf("dbj %s: %+v", strings.Join(args, " "), r)
			}
			if r.out != "" {
				t.Errorf("dbj %s prints %s", strings.Join(args, " "), r.out)
			}
		}
	})
}

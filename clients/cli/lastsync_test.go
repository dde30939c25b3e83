package main

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// A sync that Band refuses says why, and how old the copy of the Band is.
func TestARefusedSyncSaysWhenTheLastWas(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		var refuses atomic.Bool
		sh := leaderBehind(t, s, func(band http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if refuses.Load() {
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(http.StatusUnauthorized)
					_, _ = io.WriteString(w, `{"result_code": 10401, "result_data": {}}`)
					return
				}
				band.ServeHTTP(w, r)
			}
		})
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

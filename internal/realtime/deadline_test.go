package realtime_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// deadlines is an answer that notes whether its write deadline has passed before it was moved on: HTTP/2 ends a stream then,
// whether or not something is being written.
type deadlines struct {
	http.ResponseWriter
	mu     sync.Mutex
	set    int
	at     time.Time
	passed bool
}

func (d *deadlines) SetWriteDeadline(at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.passed = d.passed || d.set > 0 && time.Now().After(d.at)
	d.set, d.at = d.set+1, at
	return nil
}

func TestAQuietStreamKeepsBeforeItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClub()
		c.streams.Heartbeat, c.streams.WriteTimeout = time.Minute, 30*time.Second
		answer := &deadlines{ResponseWriter: httptest.NewRecorder()}
		ctx := realtime.WithDeadlines(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)).Context()
		s := c.serve(ctx, "phone", time.Now().Add(time.Hour), &roomFeed{})
		time.Sleep(10 * time.Minute)
		c.streams.Leave()
		<-s.ended
		if answer.set < 10 || answer.passed {
			t.Errorf("the deadline was moved on %d times in ten minutes, too late: %v", answer.set, answer.passed)
		}
	})
}

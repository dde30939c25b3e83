package realtime_test

import (
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/realtime/realtimetest"
)

func TestHubKeepsTheContract(t *testing.T) {
	realtimetest.Buses(t, func(*testing.T) realtimetest.Club {
		hub := realtime.NewHub()
		return realtimetest.Club{Here: hub, There: hub}
	})
}

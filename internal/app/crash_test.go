package app_test

import (
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
)

// A server that is killed under load loses nothing that was answered, and a stream that comes back gets each message once
// and in order. Writers repeat what was not answered, as clients do, and that doubles nothing.
func TestAKilledServerLosesNothing(t *testing.T) {
	const kills, between = 3, 150
	server := apptest.StartProcess(t)
	tr := startTraffic(t, []*apptest.Server{&server.Server}, 6, 3, 2)
	for range kills {
		tr.await(t, between)
		server.Kill()
		server.Run(t)
	}
	tr.await(t, between)
	tr.end(t)
}

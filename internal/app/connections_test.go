package app_test

import (
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/app"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/redisconn/redistest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

var connectionLine = regexp.MustCompile(`level=(\w+) msg="((?:MongoDB|Redis) connect[^"]*)"`)

// connectionLines returns the lines that log has about connections to system, each as its level and its message.
func connectionLines(log *testkit.Log, system string) (lines []string) {
	for _, m := range connectionLine.FindAllStringSubmatch(log.String(), -1) {
		if strings.HasPrefix(m[2], system) {
			lines = append(lines, m[1]+" "+m[2])
		}
	}
	return lines
}

// Nobody calls the server and nobody asks for its health: each connection is logged when it comes, goes and comes back, once.
func TestConnectionsAreLoggedWhenTheyChange(t *testing.T) {
	t.Parallel()
	in := apptest.SharedSetting(t)
	database, redis := apptest.StartDatabase(t), redistest.Start(t)
	in.MongoURI, in.RedisURL = apptest.WithHost(t, in.MongoURI, database.Addr), redis.URL()
	linked, toDatabase, toRedis := in.Through(t)
	var log testkit.Log
	apptest.StartIn(t, linked, func(cfg *app.Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })

	want := map[string][]string{"MongoDB": {"INFO MongoDB connected"}, "Redis": {"INFO Redis connected"}}
	logged := func(what string) {
		t.Helper()
		testkit.Eventually(t, what+" is logged", func() bool {
			for system, lines := range want {
				if len(connectionLines(&log, system)) < len(lines) {
					return false
				}
			}
			return true
		})
	}
	logged("that they are connected")
	for _, outage := range []struct {
		name       string
		begin, end func()
	}{
		{"stopped", func() { database.Stop(); redis.Kill() }, func() { database.Start(t); redis.Run() }},
		{"cut", func() { toDatabase.Cut(); toRedis.Cut() }, func() { toDatabase.Restore(); toRedis.Restore() }},
	} {
		outage.begin()
		for system := range want {
			want[system] = append(want[system], "WARN "+system+" connection lost")
		}
		logged(outage.name)
		outage.end()
		for system := range want {
			want[system] = append(want[system], "WARN "+system+" connection restored")
		}
		logged("that it is over")
	}
	for system, lines := range want {
		if got := connectionLines(&log, system); strings.Join(got, "\n") != strings.Join(lines, "\n") {
			t.Errorf("%s: logged %q, not %q", system, got, lines)
		}
	}
	if t.Failed() {
		t.Log(log.String())
	}
}

// A server that stops closes its connections; they are not lost.
func TestClosingIsNotLogged(t *testing.T) {
	t.Parallel()
	var log testkit.Log
	s := apptest.StartIn(t, apptest.SharedSetting(t), func(cfg *app.Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	testkit.Eventually(t, "both are connected", func() bool {
		return len(connectionLines(&log, "MongoDB"))+len(connectionLines(&log, "Redis")) == 2
	})
	s.Stop()
	if got := append(connectionLines(&log, "MongoDB"), connectionLines(&log, "Redis")...); len(got) != 2 {
		t.Errorf("logged %q", got)
	}
}

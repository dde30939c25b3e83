package compose_test

import (
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"sync"
	"testing"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/app/apptest"
	"github.com/dongbaejul/dongbaejul/internal/testkit"
)

// The product as docker-compose.yml starts it, but for addresses: one of its two processes is stopped while members write and read.
// No call fails, and every stream has every message once and in order.
func TestOneOfTwoProcessesIsStopped(t *testing.T) {
	t.Parallel()
	const readers, messages = 4, 400
	one, two, proxy := testkit.FreeAddr(t), testkit.FreeAddr(t), testkit.FreeAddr(t)
	environ := composed(t, proxy)
	first := startServer(t, environ, one)
	startServer(t, environ, two)
	startCaddyAt(t, proxy, one, two)

	through := &apptest.Server{URL: "http://" + proxy}
	club := through.Club(t, readers+1, apptest.ConnectBinary)
	room := club[0].Group(t, club[1:]...).GetId()
	var reading sync.WaitGroup
	for _, m := range club[1:] {
		reading.Go(func() { readAll(t, m, room, messages) })
	}
	ended := make(chan error, 1)
	for i := range messages {
		if i == messages/4 {
			go func() { ended <- first.Stop() }()
		}
		if i == messages*3/4 {
			// The rest is for the process that is left.
			if err := <-ended; err != nil {
				t.Errorf("the process that was stopped: %v", err)
			}
		}
		req := &v1.SendMessageRequest{RoomId: room, TempId: fmt.Sprint(i), Content: fmt.Sprint(i)}
		if _, err := club[0].Chat.SendMessage(t.Context(), req); err != nil {
			t.Errorf("message %d: %v", i, err)
		}
	}
	reading.Wait()
}

// readAll reads a room's messages until there are that many, on a new stream where one ends, and fails on one that is not the next.
func readAll(t *testing.T, m *apptest.Member, room string, messages int) {
	seq, next := int64(0), 0
	for next < messages {
		stream := m.Subscribe(t, &v1.SubscribeRequest{Rooms: []*v1.RoomCursor{{RoomId: room, Seq: seq}}})
		for e := range stream.Events() {
			message := e.GetMessage()
			if message == nil || message.GetContent() == "" {
				continue
			}
			if got := message.GetContent(); got != fmt.Sprint(next) {
				t.Errorf("got message %s, want %d", got, next)
				return
			}
			seq, next = message.GetSeq(), next+1
			if next == messages {
				stream.Cut()
				return
			}
		}
	}
}

// composed is the environment of the processes in docker-compose.yml, with what the test has in the place of the containers.
func composed(t *testing.T, proxy string) map[string]string {
	t.Helper()
	environ := make(map[string]string)
	defaults := regexp.MustCompile(`\$\{[A-Z_]+:-([^{}]*)\}`)
	asked := regexp.MustCompile(`\$\{[A-Z_]+:\?[^{}]*\}`)
	for name, value := range services(t)["api1"].Environment {
		value = asked.ReplaceAllString(value, "development")
		for defaults.MatchString(value) {
			value = defaults.ReplaceAllString(value, "$1")
		}
		environ[name] = value
	}
	in := apptest.SharedSetting(t)
	environ["MONGODB_URI"], environ["REDIS_URL"], environ["REDIS_PREFIX"] = in.MongoURI, in.RedisURL, in.RedisPrefix
	environ["TRUSTED_PROXIES"] = "127.0.0.1"
	environ["PUBLIC_URL"] = "http://" + proxy
	environ["LOG_LEVEL"] = "warn"
	return environ
}

// startServer runs a process of the server at an address until the test ends.
func startServer(t *testing.T, environ map[string]string, address string) *testkit.Program {
	t.Helper()
	_, port, _ := net.SplitHostPort(address)
	process := exec.Command(apptest.Binary(t))
	for name, value := range environ {
		process.Env = append(process.Env, name+"="+value)
	}
	process.Env = append(process.Env, "PORT="+port, "DATA_DIR="+t.TempDir())
	process.Stdout, process.Stderr = t.Output(), t.Output()
	running := testkit.Run(t, process, healthy(address))
	t.Cleanup(running.Kill)
	return running
}

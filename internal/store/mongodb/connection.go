package mongodb

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/description"
)

var errNoPrimary = errors.New("no server is the primary")

// connection logs when the servers can be written to, no longer, and again. The driver reports what it finds out about them, which
// it does also while nobody calls. It may be used concurrently.
type connection struct {
	log *slog.Logger

	mu sync.Mutex
	// logging is set between a successful Open and Close.
	logging bool
	// writable is whether the driver knows a server that can be written to, and others whether it knows any other.
	writable, others bool
	// failures are the last heartbeats of servers that failed, by address.
	failures map[string]error
	// lostAt is when the connection was lost, zero while it is not.
	lostAt time.Time
}

func newConnection(log *slog.Logger) *connection {
	return &connection{log: log, failures: make(map[string]error)}
}

// monitor returns what the driver reports to.
func (c *connection) monitor() *event.ServerMonitor {
	return &event.ServerMonitor{
		TopologyDescriptionChanged: func(e *event.TopologyDescriptionChangedEvent) { c.changed(e.NewDescription.Servers) },
		ServerHeartbeatSucceeded:   func(e *event.ServerHeartbeatSucceededEvent) { c.heartbeat(e.ConnectionID, nil) },
		ServerHeartbeatFailed:      func(e *event.ServerHeartbeatFailedEvent) { c.heartbeat(e.ConnectionID, e.Failure) },
	}
}

// opened starts the log: everything before it is reported by Open's error.
func (c *connection) opened(hosts []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logging = true
	c.log.Info("MongoDB connected", slog.String("hosts", strings.Join(hosts, ",")))
	c.update()
}

// close ends the log: the connections that the store closes are not lost.
func (c *connection) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logging = false
}

func (c *connection) changed(servers []event.ServerDescription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writable = slices.ContainsFunc(servers, isWritable)
	c.others = slices.ContainsFunc(servers, func(s event.ServerDescription) bool {
		return s.Kind != description.ServerKind(description.Unknown).String() && !isWritable(s)
	})
	c.update()
}

var writableKinds = []string{
	description.ServerKindRSPrimary.String(), description.ServerKindStandalone.String(), description.ServerKindMongos.String(),
	description.ServerKindLoadBalancer.String(),
}

func isWritable(s event.ServerDescription) bool {
	return slices.Contains(writableKinds, s.Kind)
}

// heartbeat records how a server answered. connectionID begins with the server's address.
func (c *connection) heartbeat(connectionID string, err error) {
	address, _, _ := strings.Cut(connectionID, "[")
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		delete(c.failures, address)
		return
	}
	c.failures[address] = err
	c.update()
}

// update logs a change. A server that a call could not reach is unknown to the driver until the heartbeat that follows at once: only
// that tells a lost connection from a call's own failure. A server that answers and is not the primary needs none.
func (c *connection) update() {
	switch {
	case !c.logging:
	case c.writable && !c.lostAt.IsZero():
		c.log.Warn("MongoDB connection restored", slog.Duration("after", time.Since(c.lostAt).Round(time.Millisecond)))
		c.lostAt = time.Time{}
	case !c.writable && c.lostAt.IsZero() && (c.others || len(c.failures) > 0):
		c.lostAt = time.Now()
		c.log.Warn("MongoDB connection lost", slog.String("error", c.reason().Error()))
	}
}

func (c *connection) reason() error {
	if c.others {
		return errNoPrimary
	}
	for _, err := range c.failures {
		return err
	}
	return errAway
}

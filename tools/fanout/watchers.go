package main

import (
	"context"
	"fmt"
	"sync"
)

// watchers are open streams, of the server's users and to its processes in turn.
type watchers struct {
	counts
	ctx      context.Context
	cancel   context.CancelFunc
	server   *server
	protocol protocol
	n        int
	reading  sync.WaitGroup
}

func watch(ctx context.Context, s *server, p protocol) *watchers {
	w := &watchers{server: s, protocol: p}
	w.ctx, w.cancel = context.WithCancel(ctx)
	return w
}

// open opens more streams and waits until each has its first frame.
func (w *watchers) open(more int) error {
	processes := w.server.processes()
	for range more {
		body, err := w.protocol.open(w.ctx, processes[w.n%len(processes)], w.server.users[w.n%len(w.server.users)])
		if err != nil {
			return fmt.Errorf("open stream %d: %w", w.n, err)
		}
		w.n++
		w.reading.Go(func() {
			defer body.Close()
			w.read(body)
		})
	}
	return w.waitHellos(w.ctx, w.n)
}

func (w *watchers) stop() {
	w.cancel()
	w.reading.Wait()
}

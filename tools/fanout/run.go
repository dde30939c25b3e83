package main

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// senders is how many clients send at once while the streams are saturated, and pace what is sent for the latency.
const (
	senders = 8
	pace    = 20
)

type starter struct {
	name string
	// start runs the server, with these variables in its environment.
	start starting
}

type result struct {
	perSecond float64
	// cpu is the server's CPU time for each delivery, sending and storing included.
	cpu time.Duration
	// batch is how many events a frame held.
	batch    float64
	p50, p99 time.Duration
	// idle is the server's memory for each stream that waits, in bytes.
	idle float64
}

func run(ctx context.Context, start starter, p protocol, n int, length time.Duration) (r result, err error) {
	if r.idle, err = idle(ctx, start, p, n); err != nil {
		return r, err
	}
	s, err := start.start(ctx)
	if err != nil {
		return r, err
	}
	defer s.stop()
	w := watch(ctx, s, p)
	defer w.stop()
	if err := w.open(n); err != nil {
		return r, err
	}
	if r.p50, r.p99, err = latency(ctx, s, &w.counts, n, length); err != nil {
		return r, err
	}
	err = saturate(ctx, s, &w.counts, n, length, &r)
	return r, err
}

// latency sends at a steady pace and returns how long deliveries took.
func latency(ctx context.Context, s *server, c *counts, n int, length time.Duration) (p50, p99 time.Duration, err error) {
	c.keepLatencies(true)
	tick := time.NewTicker(time.Second / pace)
	defer tick.Stop()
	want := c.events.Load()
	for end := time.Now().Add(length); time.Now().Before(end); {
		<-tick.C
		if err := s.send(ctx, s.users[0]); err != nil {
			return 0, 0, err
		}
		want += int64(n)
	}
	if err := c.waitEvents(ctx, want); err != nil {
		return 0, 0, err
	}
	all := c.keepLatencies(false)
	slices.Sort(all)
	return all[len(all)/2], all[len(all)*99/100], nil
}

// saturate sends as fast as the server takes it, and counts until everything is delivered.
func saturate(ctx context.Context, s *server, c *counts, n int, length time.Duration, r *result) error {
	cpu, err := s.cpu()
	if err != nil {
		return err
	}
	start, events, frames := time.Now(), c.events.Load(), c.frames.Load()
	var sent atomic.Int64
	var sending sync.WaitGroup
	failed := make(chan error, senders)
	for i := range senders {
		sending.Go(func() {
			for time.Since(start) < length {
				// At most a second's worth ahead of the slowest stream, so that what is measured is delivery.
				if sent.Load()*int64(n) > c.events.Load()-events+int64(n)*500 {
					time.Sleep(time.Millisecond)
					continue
				}
				if err := s.send(ctx, s.users[i]); err != nil {
					failed <- err
					return
				}
				sent.Add(1)
			}
		})
	}
	sending.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	if err := c.waitEvents(ctx, events+sent.Load()*int64(n)); err != nil {
		return err
	}
	took := time.Since(start)
	used, err := s.cpu()
	if err != nil {
		return err
	}
	delivered := c.events.Load() - events
	r.perSecond = float64(delivered) / took.Seconds()
	r.cpu = (used - cpu) / time.Duration(max(delivered, 1))
	r.batch = float64(delivered) / float64(max(c.frames.Load()-frames, 1))
	return nil
}

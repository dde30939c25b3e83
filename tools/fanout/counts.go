package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// counts are what all streams have received.
type counts struct {
	frames, events atomic.Int64
	// hellos are the first frames of streams.
	hellos atomic.Int64

	measuring atomic.Bool
	mu        sync.Mutex
	latencies []time.Duration
}

// Field numbers of the contract: SubscribeResponse.events, Event.message, Message.content. Decoding no more than these
// keeps the clients from taking the server's CPU.
const (
	eventsField  = 1
	messageField = 4
	contentField = 6
)

// read counts the frames of a stream until it ends. Connect and gRPC frame alike: a byte of flags, the length, the message.
func (c *counts) read(r io.Reader) {
	in := bufio.NewReaderSize(r, 16<<10)
	var head [5]byte
	var frame []byte
	for first := true; ; first = false {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return
		}
		size := int(binary.BigEndian.Uint32(head[1:]))
		if cap(frame) < size {
			frame = make([]byte, size)
		}
		frame = frame[:size]
		if _, err := io.ReadFull(in, frame); err != nil {
			return
		}
		if first {
			c.hellos.Add(1)
		}
		if n := c.messages(frame); n > 0 {
			c.frames.Add(1)
			c.events.Add(int64(n))
		}
	}
}

// messages counts the chat messages in a response.
func (c *counts) messages(response []byte) int {
	n := 0
	each(response, eventsField, func(event []byte) {
		each(event, messageField, func(message []byte) {
			n++
			if c.measuring.Load() {
				each(message, contentField, c.latency)
			}
		})
	})
	return n
}

// latency notes how long ago content, the time it was sent, was.
func (c *counts) latency(content []byte) {
	sent, err := strconv.ParseInt(string(content), 10, 64)
	if err != nil {
		return
	}
	took := time.Duration(time.Now().UnixNano() - sent)
	c.mu.Lock()
	c.latencies = append(c.latencies, took)
	c.mu.Unlock()
}

func (c *counts) keepLatencies(keep bool) []time.Duration {
	c.measuring.Store(keep)
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.latencies
	c.latencies = nil
	return all
}

// each calls f with every length-delimited field of this number.
func each(b []byte, number protowire.Number, f func([]byte)) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return
		}
		b = b[n:]
		if num == number && typ == protowire.BytesType {
			v, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return
			}
			f(v)
			b = b[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
			return
		}
		b = b[n:]
	}
}

func (c *counts) waitHellos(ctx context.Context, n int) error {
	return wait(ctx, "hellos", int64(n), &c.hellos)
}

func (c *counts) waitEvents(ctx context.Context, n int64) error {
	return wait(ctx, "deliveries", n, &c.events)
}

func wait(ctx context.Context, what string, n int64, have *atomic.Int64) error {
	deadline := time.After(2 * time.Minute)
	for have.Load() < n {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			return fmt.Errorf("%d of %d %s came", have.Load(), n, what)
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

package sharedtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Cacher keeps what is slow to make.
type Cacher interface {
	Get(ctx context.Context, group, key string, make func(context.Context) ([]byte, error)) ([]byte, error)
	Renew(ctx context.Context, group string)
}

// Caches are how a twin makes caches that share what they keep, if several do.
type Caches struct {
	Open    func() Cacher
	Several bool
	// TTL is how long a value is kept, and Pass lets time pass.
	TTL  time.Duration
	Pass func(time.Duration)
}

// Cache holds a twin to its contract. with runs one case: it calls run with how to make fresh caches.
func Cache(t *testing.T, with func(t *testing.T, run func(*testing.T, Caches))) {
	for name, run := range map[string]func(*testing.T, Caches){
		"made once, then kept":                           keptOnce,
		"a group is made again":                          madeAnew,
		"what is made while it is renewed is old":        renewedWhileMade,
		"those who ask at once share the making":         sharedMaking,
		"what fails is not kept":                         failed,
		"values have an end":                             hasAnEnd,
		"groups and keys are apart, whatever is in them": keysApart,
	} {
		t.Run(name, func(t *testing.T) { with(t, run) })
	}
}

// maker makes values that count up.
type maker struct{ made atomic.Int32 }

func (m *maker) make(context.Context) ([]byte, error) {
	return fmt.Append(nil, "value ", m.made.Add(1)), nil
}

func wantValue(t *testing.T, c Cacher, group, key string, make func(context.Context) ([]byte, error), want string) {
	t.Helper()
	got, err := c.Get(t.Context(), group, key, make)
	if err != nil || string(got) != want {
		t.Errorf("%s of %s is %q, %v, want %q", key, group, got, err, want)
	}
}

// both returns two caches that share, or the same one twice.
func (c Caches) both() (here, there Cacher) {
	here = c.Open()
	if c.Several {
		return here, c.Open()
	}
	return here, here
}

func keptOnce(t *testing.T, c Caches) {
	here, there := c.both()
	var m maker
	for range 3 {
		wantValue(t, here, "g", "k", m.make, "value 1")
		wantValue(t, there, "g", "k", m.make, "value 1")
	}
	large := bytes.Repeat([]byte("x"), 100_000)
	for range 2 {
		wantValue(t, here, "g", "large", func(context.Context) ([]byte, error) { return large, nil }, string(large))
	}
	wantValue(t, here, "g", "empty", func(context.Context) ([]byte, error) { return []byte{}, nil }, "")
	wantValue(t, there, "g", "empty", m.make, "")
}

func madeAnew(t *testing.T, c Caches) {
	here, there := c.both()
	var m maker
	for round := range 5 {
		want := fmt.Sprint("value ", round+1)
		wantValue(t, here, "g", "k", m.make, want)
		wantValue(t, there, "g", "k", m.make, want)
		there.Renew(t.Context(), "another")
		wantValue(t, here, "g", "k", m.make, want)
		there.Renew(t.Context(), "g")
	}
}

// A value whose making began before a renewal is given to who asked before, and to nobody after.
func renewedWhileMade(t *testing.T, c Caches) {
	here, there := c.both()
	var m maker
	wantValue(t, here, "g", "k", func(ctx context.Context) ([]byte, error) {
		there.Renew(ctx, "g")
		return []byte("old"), nil
	}, "old")
	wantValue(t, here, "g", "k", m.make, "value 1")
	wantValue(t, there, "g", "k", m.make, "value 1")
}

func sharedMaking(t *testing.T, c Caches) {
	here := c.Open()
	var m maker
	let := make(chan struct{})
	var all sync.WaitGroup
	var asked sync.WaitGroup
	for range 50 {
		asked.Add(1)
		all.Go(func() {
			asked.Done()
			wantValue(t, here, "g", "k", func(ctx context.Context) ([]byte, error) {
				<-let
				return m.make(ctx)
			}, "value 1")
		})
	}
	asked.Wait()
	close(let)
	all.Wait()
	if n := m.made.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
}

func failed(t *testing.T, c Caches) {
	here := c.Open()
	broken := errors.New("broken")
	if got, err := here.Get(t.Context(), "g", "k", func(context.Context) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("%q, %v", got, err)
	}
	wantValue(t, here, "g", "k", new(maker).make, "value 1")
}

func hasAnEnd(t *testing.T, c Caches) {
	here := c.Open()
	var m maker
	wantValue(t, here, "g", "k", m.make, "value 1")
	c.Pass(c.TTL)
	wantValue(t, here, "g", "k", m.make, "value 2")
}

func keysApart(t *testing.T, c Caches) {
	here := c.Open()
	var m maker
	names := []struct{ group, key string }{{"a", "b"}, {"a", "b:c"}, {"a", ""}, {"", "a"}, {"a", "*"}, {"가", "나"}, {"a", "c"}}
	for i, name := range names {
		wantValue(t, here, name.group, name.key, m.make, fmt.Sprint("value ", i+1))
	}
	for i, name := range names {
		wantValue(t, here, name.group, name.key, m.make, fmt.Sprint("value ", i+1))
	}
}

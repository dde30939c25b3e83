package imageproxy

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/picture"
	"github.com/dongbaejul/dongbaejul/internal/publicnet"
)

const (
	// makeTimeout is how long it may take to fetch a picture or to make one of another width of it, once it is its turn.
	makeTimeout = time.Minute
	// goneAge is how long a picture that cannot be served is not asked for again, failedAge one whose server has failed, and
	// failures how many of them are remembered.
	goneAge, failedAge = 10 * time.Minute, 20 * time.Second
	failures           = 10_000
)

var errNotKept = errors.New("the original is not kept")

// made is a picture in memory.
type made struct {
	kind picture.Type
	data []byte
}

// flight is a picture that is being made for all callers who ask for it at once.
type flight struct {
	ctx    context.Context
	cancel context.CancelFunc
	// callers wait for it, and begun has a place in memory: both under Proxy.mu.
	callers int
	begun   bool
	// made and err are set when done is closed.
	done chan struct{}
	made made
	err  error
}

type flightKey struct{}

// once makes a picture for all callers who ask for it at once. What was begun goes on when they leave: the next will ask for the same.
// What still waits for its turn ends, so that those who ask next do not wait for pictures that nobody wants any more.
func (p *Proxy) once(ctx context.Context, name, id string, prepare func(context.Context) (made, error)) (made, error) {
	if failed, ok := p.failures.Get(name); ok && p.cfg.Clock().Before(failed.until) {
		return made{}, failed.err
	}
	f := p.join(name, id, prepare)
	select {
	case <-f.done:
		return f.made, f.err
	case <-ctx.Done():
		p.leave(name, f)
		return made{}, ctx.Err()
	}
}

func (p *Proxy) join(name, id string, prepare func(context.Context) (made, error)) *flight {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.flights[name]; ok {
		f.callers++
		return f
	}
	f := &flight{callers: 1, done: make(chan struct{})}
	f.ctx, f.cancel = context.WithCancel(context.WithValue(p.ctx, flightKey{}, f))
	p.flights[name] = f
	p.making.Go(func() {
		defer close(f.done)
		defer f.cancel()
		f.made, f.err = recovered(f.ctx, prepare)
		if f.err != nil {
			f.err = p.failed(f, name, id, f.err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.forget(name, f)
	})
	return f
}

func (p *Proxy) leave(name string, f *flight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.callers--; f.callers == 0 && !f.begun {
		p.forget(name, f)
		f.cancel()
	}
}

// forget must be called with mu locked. The next caller of this name starts another flight.
func (p *Proxy) forget(name string, f *flight) {
	if p.flights[name] == f {
		delete(p.flights, name)
	}
}

// abandoned reports whether nobody waited for a flight before it was begun.
func (p *Proxy) abandoned(f *flight) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return f.callers == 0 && !f.begun
}

// reserve waits for a place in memory. With it the flight of ctx begins, and must end within makeTimeout.
func (p *Proxy) reserve(ctx context.Context) (release func(), err error) {
	if release, err = p.cfg.Codec.Reserve(ctx); err != nil {
		return nil, err
	}
	f, ok := ctx.Value(flightKey{}).(*flight)
	if !ok {
		return release, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.callers == 0 && !f.begun {
		release()
		return nil, context.Canceled
	}
	if !f.begun {
		f.begun = true
		end := time.AfterFunc(makeTimeout, f.cancel)
		context.AfterFunc(f.ctx, func() { end.Stop() })
	}
	return release, nil
}

// recovered turns a panic into an error: it is in a goroutine of its own, where it would end the server.
func recovered(ctx context.Context, prepare func(context.Context) (made, error)) (m made, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return prepare(ctx)
}

// failed returns what a caller is told, and remembers it for a while.
func (p *Proxy) failed(f *flight, name, id string, err error) error {
	var refused *picture.Error
	told, age := errUnavailable.WithRetryAfter(failedAge), failedAge
	switch {
	case p.ctx.Err() != nil, p.abandoned(f):
		// The server closes, or nobody waits: both say nothing about the picture.
		return errUnavailable.WithCause(err)
	case fault.KindOf(err) != 0:
		// It was remembered and logged where it was noticed first.
		return err
	case errors.As(err, &refused), errors.Is(err, errGone), errors.Is(err, errHost), errors.Is(err, publicnet.ErrInside), errors.Is(err, errTooLarge),
		errors.Is(err, errRedirects):
		told, age = errNotFound, goneAge
	}
	told = told.WithCause(err)
	p.failures.Add(name, failure{err: told, until: p.cfg.Clock().Add(age)})
	p.cfg.Log.WarnContext(f.ctx, "cannot serve a picture", "picture_id", id, "error", err)
	return told
}

// keep caches what was made, while a place for it is reserved: it is written to the disk, which takes a while.
func (p *Proxy) keep(ctx context.Context, id, name string, m made) {
	if err := p.cache.put(name, m.kind, m.data); err != nil {
		p.cfg.Log.WarnContext(ctx, "cannot cache a picture", "picture_id", id, "error", err)
	}
}

// fetched fetches and cleans a picture, and returns what use makes of it.
func (p *Proxy) fetched(ctx context.Context, at location, use func(cleaned made) (made, error)) (m made, err error) {
	err = p.fetcher.fetch(ctx, at.url, func(data []byte) error {
		cleaned, err := p.cfg.Codec.Clean(ctx, data)
		if err == nil {
			m, err = use(made{kind: cleaned.Type, data: cleaned.Data})
		}
		return err
	})
	return m, err
}

// original fetches a picture, cleans it and keeps it.
func (p *Proxy) original(ctx context.Context, id string, at location) (made, error) {
	return p.fetched(ctx, at, func(cleaned made) (made, error) {
		p.keep(ctx, id, variant{}.name(at), cleaned)
		return cleaned, nil
	})
}

// narrow makes a variant of the original that is kept, and keeps it. It waits for the original without a place: originals need one.
func (p *Proxy) narrow(ctx context.Context, id string, at location, v variant) (made, error) {
	original := variant{}.name(at)
	if !p.cache.has(original) {
		if _, err := p.once(ctx, original, id, func(ctx context.Context) (made, error) { return p.original(ctx, id, at) }); err != nil {
			return made{}, err
		}
	}
	m, err := p.narrowKept(ctx, id, at, v)
	if errors.Is(err, errNotKept) {
		// The disk is full or has lost it. What the others have got is not used: it would wait for a place in memory.
		return p.fetched(ctx, at, func(cleaned made) (made, error) { return p.variant(ctx, id, at, v, cleaned) })
	}
	return m, err
}

// narrowKept makes a variant of the original that is kept, or returns errNotKept.
func (p *Proxy) narrowKept(ctx context.Context, id string, at location, v variant) (made, error) {
	release, err := p.reserve(ctx)
	if err != nil {
		return made{}, err
	}
	defer release()
	data, kind, err := p.cache.read(variant{}.name(at))
	if err != nil {
		return made{}, errNotKept
	}
	return p.variant(ctx, id, at, v, made{kind: kind, data: data})
}

// variant makes a variant of the original, for which a place is reserved, and keeps it.
func (p *Proxy) variant(ctx context.Context, id string, at location, v variant, original made) (made, error) {
	narrowed := original
	if info, err := picture.Look(original.data); err != nil || v.webp || info.Width > v.width || info.Frames > 1 {
		encoded, err := p.cfg.Codec.Variant(ctx, original.data, v.width, v.webp)
		if err != nil {
			return made{}, err
		}
		narrowed = made{kind: encoded.Type, data: encoded.Data}
	}
	p.keep(ctx, id, v.name(at), narrowed)
	return narrowed, nil
}

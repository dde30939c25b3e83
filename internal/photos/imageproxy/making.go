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
	// makeTimeout is how long it may take to fetch a picture and to make one of another width of it.
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

// once makes a picture for all who ask for it at once. It goes on when they leave: the next will ask for the same.
func (p *Proxy) once(ctx context.Context, name, id string, prepare func(context.Context) (made, error)) (made, error) {
	if failed, ok := p.failures.Get(name); ok && p.cfg.Clock().Before(failed.until) {
		return made{}, failed.err
	}
	p.making.Add(1)
	results := p.flights.DoChan(name, func() (any, error) {
		ctx, cancel := context.WithTimeout(p.ctx, makeTimeout)
		defer cancel()
		m, err := recovered(ctx, prepare)
		if err != nil {
			return nil, p.failed(ctx, name, id, err)
		}
		return m, nil
	})
	select {
	case r := <-results:
		p.making.Done()
		m, _ := r.Val.(made)
		return m, r.Err
	case <-ctx.Done():
		go func() {
			<-results
			p.making.Done()
		}()
		return made{}, ctx.Err()
	}
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
func (p *Proxy) failed(ctx context.Context, name, id string, err error) error {
	var refused *picture.Error
	told, age := errUnavailable.WithRetryAfter(failedAge), failedAge
	switch {
	case p.ctx.Err() != nil:
		// The server closes, which says nothing about the picture.
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
	p.cfg.Log.WarnContext(ctx, "cannot serve a picture", "picture_id", id, "error", err)
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
	release, err := p.cfg.Codec.Reserve(ctx)
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

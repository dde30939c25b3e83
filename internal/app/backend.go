package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"connectrpc.com/connect"

	"github.com/dongbaejul/dongbaejul/clients/web"
	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/photos/imageproxy"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
	"github.com/dongbaejul/dongbaejul/internal/store"
)

// limitKeys bounds the users and addresses whose requests are counted at once.
const limitKeys = 100_000

// newBackend makes the services and what they work with.
func newBackend(ctx context.Context, cfg Config) (_ Backend, err error) {
	var closing closers
	defer func() {
		if err != nil {
			err = errors.Join(err, closing.close())
		}
	}()
	p, err := newParts(ctx, cfg, &closing)
	if err != nil {
		return Backend{}, err
	}
	services, gate, err := p.services(ctx, cfg, &closing)
	if err != nil {
		return Backend{}, err
	}
	chain, err := rpc.New(rpc.Config{Log: cfg.Log, Authenticator: gate, Limits: p.limits(cfg)})
	if err != nil {
		return Backend{}, err
	}
	closing.after(chain.Close)
	handlers, err := pages(web.Files())
	if err != nil {
		return Backend{}, err
	}
	maps.Copy(handlers, p.band.handlers)
	if handlers[imageproxy.Path+"{id}/{signature}"], err = p.pictures(cfg, &closing); err != nil {
		return Backend{}, err
	}
	if !p.files.Signs() {
		handlers[photos.UploadPath] = unary(putOnly(http.HandlerFunc(p.uploads.Receive)))
	}
	if err := p.enter(ctx); err != nil {
		return Backend{}, fmt.Errorf("make this process known to the others: %w", err)
	}
	return Backend{
		Services: services,
		Chain:    chain,
		Options:  []connect.HandlerOption{realtime.Codecs()},
		Checks:   append(p.checks, storeCheck(cfg, p.store), Check{Name: "band_api", Probe: p.band.probe}),
		Handlers: handlers,
		Leave:    p.streams.Leave,
		Close:    closing.close,
	}, nil
}

// storeCheck asks the store, and believes what it knows of itself.
func storeCheck(cfg Config, s store.Store) Check {
	check := Check{Name: storeName(cfg), Probe: s.Ping, Required: true}
	if knowing, ok := s.(interface{ Trouble() error }); ok {
		check.Trouble = knowing.Trouble
	}
	return check
}

func (p processes) limits(cfg Config) *rpc.Limits {
	if !cfg.RateLimit {
		return nil
	}
	return rpc.NewLimits(p.limiter)
}

// closers are closed in the reverse of their order.
type closers []func() error

func (c *closers) add(f func() error) { *c = append(*c, f) }

// after adds what cannot fail.
func (c *closers) after(f func()) { c.add(func() error { f(); return nil }) }

func (c *closers) close() error {
	var errs []error
	for i := len(*c) - 1; i >= 0; i-- {
		errs = append(errs, (*c)[i]())
	}
	return errors.Join(errs...)
}

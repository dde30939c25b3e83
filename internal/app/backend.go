package app

import (
	"context"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/rpc"
)

// newBackend makes what stands behind the HTTP surface: the contract without an implementation.
func newBackend(_ context.Context, cfg Config) (Backend, error) {
	chain, err := rpc.New(rpc.Config{Log: cfg.Log, Authenticator: nobody{}})
	if err != nil {
		return Backend{}, err
	}
	return Backend{Chain: chain, Leave: func() {}, Close: func() error { return nil }}, nil
}

// nobody knows no token.
type nobody struct{}

func (nobody) Authenticate(context.Context, string) (identity.Caller, error) {
	return identity.Caller{}, fault.Unauthenticated
}

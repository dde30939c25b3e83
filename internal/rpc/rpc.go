// Package rpc is what every call passes on its way to a service and back: it is named, logged, recovered, authenticated,
// counted, cleaned and validated, and its error given the form it has on the wire. Everything here leans on one rule: an
// interceptor is one function for unary calls and for streams, so that neither can be forgotten.
package rpc

import (
	"errors"
	"log/slog"
	"math"
	"slices"
	"time"

	"connectrpc.com/connect"
)

const (
	// readMax is the most a message may have, in bytes, unpacked.
	readMax = 4 << 20
	// compressMin is what an answer must have to be packed, in bytes: a smaller one fits into a packet as it is.
	compressMin = 1 << 10
)

// Config is what a chain is made of.
type Config struct {
	// Log gets one line a call, and the causes that callers are not told; see LogHandler. Required.
	Log *slog.Logger
	// Authenticator knows the tokens. Required.
	Authenticator Authenticator
	// Limits are off when nil.
	Limits *Limits
	// Timeout is how long a unary call may take, 30 s when 0, and Timeouts are for the procedures that take another time,
	// such as "/dongbaejul.v1.UserService/SyncBandMembers". EventService.Poll has 60 s.
	Timeout  time.Duration
	Timeouts map[string]time.Duration
	// Outermost go around everything here, and see errors with the code they have on the wire: tracing and metrics.
	Outermost []connect.Interceptor
}

// Chain is what calls pass. It may be used for any number of handlers.
type Chain struct {
	report              report
	open, authenticated []connect.HandlerOption
}

// New makes a chain. It fails where the configuration lacks something, or a rule of the contract cannot be evaluated.
func New(cfg Config) (*Chain, error) {
	if cfg.Log == nil || cfg.Authenticator == nil {
		return nil, errors.New("rpc: a log and an authenticator are required")
	}
	if cfg.Limits != nil {
		if err := cfg.Limits.validate(); err != nil {
			return nil, err
		}
	}
	validated, err := validation()
	if err != nil {
		return nil, err
	}
	limits := &limiter{limits: cfg.Limits, log: cfg.Log}
	c := &Chain{report: report{log: cfg.Log}}
	open := interceptor{
		report: c.report, timeouts: newTimeouts(cfg.Timeout, cfg.Timeouts),
		admit: []admission{limits.admit}, inspect: []inspection{text(), validated},
	}
	authenticated := open
	authenticated.admit = []admission{authenticate(cfg.Authenticator, limits), limits.admit}
	c.open = options(cfg.Outermost, &open)
	c.authenticated = options(cfg.Outermost, &authenticated)
	return c, nil
}

// Open gives the options of handlers that anybody may call.
func (c *Chain) Open() []connect.HandlerOption { return slices.Clone(c.open) }

// Authenticated gives the options of handlers that only somebody may call: identity.From gives the caller in them.
func (c *Chain) Authenticated() []connect.HandlerOption { return slices.Clone(c.authenticated) }

func options(outermost []connect.Interceptor, own *interceptor) []connect.HandlerOption {
	return []connect.HandlerOption{
		connect.WithInterceptors(append(slices.Clone(outermost), own)...),
		connect.WithReadMaxBytes(readMax),
		connect.WithConditionalHandlerOptions(func(spec connect.Spec) []connect.HandlerOption {
			if spec.StreamType == connect.StreamTypeUnary {
				return []connect.HandlerOption{connect.WithCompressMinBytes(compressMin)}
			}
			// The messages of a stream are small and many: packing them costs more than it saves.
			return []connect.HandlerOption{connect.WithCompressMinBytes(math.MaxInt)}
		}),
	}
}

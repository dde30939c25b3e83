// Package rpc is what every call passes on its way to a service and back: it is named, authenticated and counted by its
// header, read up to a bound, logged, recovered, cleaned and validated, and its error given the form it has on the wire.
// Everything here leans on one rule: a gate or an interceptor is one function for unary calls and for streams, so that
// neither can be forgotten.
package rpc

import (
	"errors"
	"log/slog"
	"math"
	"slices"
	"time"

	"connectrpc.com/connect"

	dongbaejulv1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/lograte"
)

// compressMin is what an answer must have to be packed, in bytes: a smaller one fits into a packet as it is.
const compressMin = 1 << 10

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
	// Outermost go around the calls that are let in, and see errors with the code they have on the wire: tracing and metrics.
	Outermost []connect.Interceptor
}

// Chain is what calls pass. It may be used for any number of handlers. Close writes the log lines that were counted.
type Chain struct {
	report        report
	limits        *limiter
	authenticator Authenticator
	readMax       sizes
	// reads are the procedures that have no effects, and may be called by GET.
	reads               map[string]bool
	large               *turns
	open, authenticated []connect.HandlerOption
}

// Close ends what the chain holds, after the last call has ended.
func (c *Chain) Close() { c.report.refusals.Close() }

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
	pkg := dongbaejulv1.File_dongbaejul_v1_common_proto.Package()
	c := &Chain{
		readMax: sizesOf(pkg), reads: readsOf(pkg), large: newTurns(largeBodies),
		limits: &limiter{limits: cfg.Limits, log: cfg.Log}, authenticator: cfg.Authenticator,
	}
	c.report = report{log: cfg.Log, refusals: lograte.New(cfg.Log, time.Minute), readMax: c.readMax}
	own := &interceptor{
		report: c.report, timeouts: newTimeouts(cfg.Timeout, cfg.Timeouts), inspect: []inspection{cleaning(), validated},
	}
	open := &gate{report: c.report, timeouts: own.timeouts, limits: c.limits}
	authenticated := *open
	authenticated.authenticator = cfg.Authenticator
	c.open = c.options(open, append(slices.Clone(cfg.Outermost), own))
	c.authenticated = c.options(&authenticated, append(slices.Clone(cfg.Outermost), own))
	return c, nil
}

// Open returns the options of handlers that anybody may call.
func (c *Chain) Open() []connect.HandlerOption { return slices.Clone(c.open) }

// Authenticated returns the options of handlers that only somebody may call: identity.From returns the caller in them.
func (c *Chain) Authenticated() []connect.HandlerOption { return slices.Clone(c.authenticated) }

func (c *Chain) options(g *gate, interceptors []connect.Interceptor) []connect.HandlerOption {
	return []connect.HandlerOption{
		connect.WithRequestGate(g.pass),
		connect.WithInterceptors(interceptors...),
		packing(),
		connect.WithConditionalHandlerOptions(func(spec connect.Spec) []connect.HandlerOption {
			// The messages of a stream are small and many: packing them costs more than it saves.
			least := math.MaxInt
			if spec.StreamType == connect.StreamTypeUnary {
				least = compressMin
			}
			return []connect.HandlerOption{connect.WithCompressMinBytes(least), connect.WithReadMaxBytes(c.readMax.of(spec.Procedure))}
		}),
	}
}

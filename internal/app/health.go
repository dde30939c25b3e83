package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/rest"
)

const (
	// probeTimeout is how long a part may take to say that it is well.
	probeTimeout = 2 * time.Second
	// probeAge is how long what the parts said is believed: whoever asks, and anybody may, they are asked once a second.
	probeAge = time.Second
)

// Check is a part that the server leans on.
type Check struct {
	// Name is what /health/detailed calls it, such as "sqlite".
	Name string
	// Probe asks the part. It is called once a second at most, and should not cost anything that is counted.
	Probe func(context.Context) error
	// Trouble is what the part knows to be wrong without being asked; nil for a part that knows nothing. It is called whenever
	// health is asked, so that an answer that was good a moment ago is not believed.
	Trouble func() error
	// Required tells that the server can do nothing without it.
	Required bool
}

// health knows whether the server can serve. It may be used concurrently.
type health struct {
	version  string
	started  time.Time
	checks   []Check
	log      *slog.Logger
	stopping atomic.Bool

	mu      sync.Mutex
	askedAt time.Time
	// answers are those of the checks, in their order.
	answers []error
}

func newHealth(version string, checks []Check, log *slog.Logger) *health {
	return &health{version: version, started: time.Now(), checks: checks, log: log, answers: make([]error, len(checks))}
}

// stop makes the server unready for good.
func (h *health) stop() { h.stopping.Store(true) }

// probe returns what each part answers, at most probeAge old. Those who ask at once wait for the same answers, so that one
// of them hanging up must not end the asking.
func (h *health) probe(ctx context.Context) []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.askedAt) < probeAge && !h.changed() {
		return h.answers
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
	defer cancel()
	answers := make([]error, len(h.checks))
	var asked sync.WaitGroup
	for i, check := range h.checks {
		asked.Go(func() { answers[i] = check.Probe(ctx) })
	}
	asked.Wait()
	for i, err := range answers {
		if err != nil && h.answers[i] == nil {
			h.log.WarnContext(ctx, "health check failed", slog.String("part", h.checks[i].Name), slog.String("error", err.Error()))
		}
	}
	h.answers, h.askedAt = answers, time.Now()
	return answers
}

// changed reports whether a part that answered well knows of trouble since.
func (h *health) changed() bool {
	for i, check := range h.checks {
		if check.Trouble != nil && h.answers[i] == nil && check.Trouble() != nil {
			return true
		}
	}
	return false
}

// serving reports whether the server can serve, by what its parts answer.
func (h *health) serving(answers []error) bool {
	for i, err := range answers {
		if err != nil && h.checks[i].Required {
			return false
		}
	}
	return !h.stopping.Load()
}

// Check implements gRPC's health service, for the server as a whole and for each service of the contract.
func (h *health) Check(ctx context.Context, request *grpchealth.CheckRequest) (*grpchealth.CheckResponse, error) {
	if request.Service != "" && !isContractService(request.Service) {
		return nil, connect.NewError(connect.CodeNotFound, fmt.Errorf("unknown service %s", request.Service))
	}
	if !h.serving(h.probe(ctx)) {
		return &grpchealth.CheckResponse{Status: grpchealth.StatusNotServing}, nil
	}
	return &grpchealth.CheckResponse{Status: grpchealth.StatusServing}, nil
}

func isContractService(name string) bool {
	for _, service := range contractServices() {
		if string(service.FullName()) == name {
			return true
		}
	}
	return false
}

// healthReport is what /health and /health/detailed answer.
type healthReport struct {
	// Status is "OK" or "ERROR".
	Status    string    `json:"status"`
	Timestamp time.Time `json:"timestamp"`
	// Uptime is in seconds.
	Uptime   float64               `json:"uptime"`
	Version  string                `json:"version"`
	Services map[string]partReport `json:"services,omitempty"`
}

type partReport struct {
	Status string `json:"status"`
	Error  string `json:"error,omitempty"`
}

func (h *health) report(ok bool) healthReport {
	return healthReport{
		Status: statusWord(ok), Timestamp: time.Now().UTC().Truncate(time.Millisecond),
		Uptime: time.Since(h.started).Truncate(time.Millisecond).Seconds(), Version: h.version,
	}
}

func statusWord(ok bool) string {
	if ok {
		return "OK"
	}
	return "ERROR"
}

// simple answers GET /health: whether this process takes requests. It asks no part, since starting a process again does not
// help a part that is away.
func (h *health) simple(w http.ResponseWriter, r *http.Request) {
	if h.stopping.Load() {
		writeJSON(w, r, http.StatusServiceUnavailable, h.report(false))
		return
	}
	writeJSON(w, r, http.StatusOK, h.report(true))
}

// detailed answers GET /health/detailed: how each part is.
func (h *health) detailed(w http.ResponseWriter, r *http.Request) {
	answers := h.probe(r.Context())
	serving := h.serving(answers)
	report := h.report(serving)
	report.Services = make(map[string]partReport, len(h.checks))
	for i, check := range h.checks {
		report.Services[check.Name] = partReport{Status: statusWord(answers[i] == nil), Error: publicReason(answers[i])}
	}
	status := http.StatusOK
	if !serving {
		status = http.StatusInternalServerError
	}
	writeJSON(w, r, status, report)
}

// publicReason is what anybody may know of an error; the log has all of it.
func publicReason(err error) string {
	if err == nil {
		return ""
	}
	if told, ok := errors.AsType[*fault.Error](err); ok {
		return told.Text.En
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", probeTimeout)
	}
	return "unavailable"
}

func writeJSON(w http.ResponseWriter, r *http.Request, status int, body any) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		rest.RefuseMethod(w, r, []string{http.MethodGet, http.MethodHead})
		return
	}
	text, err := json.Marshal(body)
	if err != nil {
		rest.Refuse(w, r, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", rest.JSONType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// Who has hung up reads no answer either.
	_, _ = w.Write(text)
}

// contractServiceNames are what reflection tells of.
func contractServiceNames() []string {
	var names []string
	for _, service := range contractServices() {
		names = append(names, string(service.FullName()))
	}
	return append(names, grpchealth.HealthV1ServiceName)
}

package bandsim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// count notes a call of a path of the API.
func (s *Simulator) count(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[path]++
}

// fault is a way in which a call that reads can fail.
type fault int

const (
	faultTooMany      fault = iota // HTTP 429 with Retry-After
	faultTooManyBare               // HTTP 429 without
	faultCoolDown                  // code 1003 with cool_time
	faultCoolDownBare              // code 1003 without
	faultInvalid                   // code 2300
	faultGateway                   // HTTP 502 and a page
	faultUnavailable               // HTTP 503 and a page
	faultServer                    // HTTP 500 without a body
	faultPage                      // HTTP 200 and a page
	faultCut                       // an answer that breaks off
	faultReset                     // no answer
	faultSlow                      // an answer that comes late
	faultKinds
)

// roll decides whether a call fails, and how.
func (s *Simulator) roll(f Faults) (kind fault, wait int, fails bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Rate <= 0 || s.faults.Float64() >= f.Rate {
		return 0, 0, false
	}
	kind = fault(s.faults.IntN(int(faultKinds)))
	if kind == faultSlow && f.Slow == 0 {
		kind = faultReset
	}
	return kind, 1 + s.faults.IntN(9), true
}

// fail lets a call that reads fail as Knobs.Faults says, and reports whether it did.
func (s *Simulator) fail(w http.ResponseWriter, r *http.Request, called endpoint, path string, k Knobs) bool {
	kind, wait, fails := s.roll(k.Faults)
	if !fails {
		return false
	}
	seconds := time.Duration(wait) * time.Second
	switch kind {
	case faultTooMany:
		coolingDown(Knobs{CoolDownAnswer: CoolDown429}, seconds).write(w)
	case faultTooManyBare:
		reply{status: http.StatusTooManyRequests, raw: "Too Many Requests\n", contentType: "text/plain; charset=UTF-8"}.write(w)
	case faultCoolDown:
		coolingDown(Knobs{CoolDownAnswer: CoolDownTimed}, seconds).write(w)
	case faultCoolDownBare:
		coolingDown(Knobs{CoolDownAnswer: CoolDownUntimed}, seconds).write(w)
	case faultInvalid:
		refuse(codeInvalidResponse).write(w)
	case faultGateway:
		page(http.StatusBadGateway).write(w)
	case faultUnavailable:
		page(http.StatusServiceUnavailable).write(w)
	case faultServer:
		w.WriteHeader(http.StatusInternalServerError)
	case faultPage:
		page(http.StatusOK).write(w)
	case faultCut:
		cut(w, s.answer(called, r, path, k))
	case faultSlow:
		sleep(r.Context(), k.Faults.Slow)
		return false
	default:
		panic(http.ErrAbortHandler)
	}
	return true
}

// cut writes the first half of an answer and ends the connection.
func cut(w http.ResponseWriter, a reply) {
	body, err := json.Marshal(map[string]any{"result_code": max(a.code, 1), "result_data": a.data})
	if err == nil {
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(max(a.status, http.StatusOK))
		_, _ = w.Write(body[:len(body)/2]) // the connection ends in any case
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
	}
	panic(http.ErrAbortHandler)
}

package app

import "net/http"

// step is done about a request before it is served. It returns the request to go on with, or nil where it has answered.
type step func(w http.ResponseWriter, r *http.Request) *http.Request

// after does the steps in a row and serves then: what is nested stays on the stack of a stream for as long as it is open.
func after(steps []step, next http.Handler) http.Handler { return &row{steps, next} }

type row struct {
	steps []step
	next  http.Handler
}

func (h *row) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	left := false
	for _, do := range h.steps {
		if r = do(w, r); r == nil {
			return
		}
		if body, limited := r.Body.(*timedBody); limited && !left {
			left = true
			defer body.leave()
		}
	}
	h.next.ServeHTTP(w, r)
}

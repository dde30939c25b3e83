package main

import "context"

const (
	// littleGarbage is for the server whose memory is measured: a tenth of what it holds, so that what the process has is close
	// to what it needs. Its CPU time says nothing.
	littleGarbage = "GOGC=10"
	// uncounted is the part of the streams with which comes what the process needs once.
	uncounted = 10
)

// idle returns the server's memory for each stream before anything is sent, in bytes: what the process has more of with n
// streams open than with a tenth of them.
func idle(ctx context.Context, start starter, p protocol, n int) (float64, error) {
	s, err := start.start(ctx, littleGarbage)
	if err != nil {
		return 0, err
	}
	defer s.stop()
	w := watch(ctx, s, p)
	defer w.stop()
	first := n / uncounted
	if err := w.open(first); err != nil {
		return 0, err
	}
	before, err := s.memory()
	if err != nil {
		return 0, err
	}
	if err := w.open(n - first); err != nil {
		return 0, err
	}
	after, err := s.memory()
	return float64(after-before) / float64(n-first), err
}

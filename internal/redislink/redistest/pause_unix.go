//go:build unix

package redistest

import "syscall"

// Pause stops it as it is: its connections stay open, and nothing answers.
func (s *Server) Pause() { s.running.Signal(s.t, syscall.SIGSTOP) }

// Resume lets it go on.
func (s *Server) Resume() { s.running.Signal(s.t, syscall.SIGCONT) }

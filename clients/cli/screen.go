package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// screen keeps some lines at the end of a terminal. It may be used concurrently.
type screen struct {
	out io.Writer

	mu    sync.Mutex
	lines []string
}

// draw puts other lines in the place of those that are there.
func (s *screen) draw(lines []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.erase() + strings.Join(lines, "\n") + "\n"
	s.lines = lines
	_, err := io.WriteString(s.out, text)
	return err
}

// above writes a line above the others.
func (s *screen) above(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.erase() + line + "\n"
	if len(s.lines) > 0 {
		text += strings.Join(s.lines, "\n") + "\n"
	}
	_, _ = io.WriteString(s.out, text)
}

// erase goes back to the first line and clears the terminal from there.
func (s *screen) erase() string {
	if len(s.lines) == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\x1b[J", len(s.lines))
}

// height is that of the terminal, in lines.
func height(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if _, lines, err := term.GetSize(int(f.Fd())); err == nil {
			return lines
		}
	}
	return 24
}

package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
)

// status tells people, not programs, what is going on. It may be used concurrently.
type status struct {
	out  io.Writer
	lang lang

	mu sync.Mutex
	// log is where lines go while something else is drawn; nil while nothing is.
	log func(line string)
	// told is the last trouble that was told of; empty since all is well.
	told string
}

func (s *status) say(ko, en string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(ko, en, args...)
}

func (s *status) write(ko, en string, args ...any) {
	line := fmt.Sprintf(s.lang.text(ko, en), args...)
	if s.log != nil {
		s.log(line)
		return
	}
	_, _ = fmt.Fprintln(s.out, line)
}

// logTo sends lines elsewhere for a while; nil brings them back.
func (s *status) logTo(log func(line string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = log
}

// away tells of a server that does not answer, or asks for time: once for each reason.
func (s *status) away(err error, wait time.Duration) {
	message := clean(dongbaejul.Explain(err).Message)
	s.mu.Lock()
	defer s.mu.Unlock()
	if message == s.told {
		return
	}
	s.told = message
	s.write("%s\n%s 뒤에 다시 시도합니다.", "%s\nTrying again in %s.", message, wait.Round(100*time.Millisecond))
}

// back tells that it does again.
func (s *status) back() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told != "" {
		s.told = ""
		s.write("다시 연결되었습니다.", "Connected again.")
	}
}

// Package offstack does deep work on a stack of its own. Everything here leans on one rule: what waits for long should have done
// little. A goroutine's stack grows to what was done on it at the deepest, and shrinks only when it is used for less than a
// quarter; a stream that has read the database before it waits would hold that much for as long as it is open.
package offstack

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
)

// Panic is what a panic on the other goroutine was.
type Panic struct {
	Value any
	// Stack is where it happened, as of debug.Stack.
	Stack []byte
}

// Error implements error.
func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Do runs f on a goroutine of its own and waits for it to end: what f has done is seen by who called. A panic of f is one of
// Do, with a *Panic; http.ErrAbortHandler, by which handlers cut a connection, stays itself.
func Do(f func()) {
	var panicked any
	ended, done := false, make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			switch value := recover(); value {
			case nil:
			case http.ErrAbortHandler:
				panicked = value
			default:
				panicked = &Panic{Value: value, Stack: debug.Stack()}
			}
		}()
		f()
		ended = true
	}()
	<-done
	if panicked != nil {
		panic(panicked)
	}
	if !ended {
		runtime.Goexit()
	}
}

package rpc

import (
	"net/http"
	"runtime/debug"

	"github.com/dongbaejul/dongbaejul/internal/offstack"
)

// caught makes an error of a panic, while that is being recovered from. http.ErrAbortHandler goes on its way: it is how a
// handler cuts the connection.
func caught(panicked any) error {
	if panicked == any(http.ErrAbortHandler) {
		panic(panicked)
	}
	if p, ok := panicked.(*offstack.Panic); ok {
		return p
	}
	return &offstack.Panic{Value: panicked, Stack: debug.Stack()}
}

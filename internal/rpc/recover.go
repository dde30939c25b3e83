package rpc

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
)

// panicError is a panic that was caught.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// catch makes a panic an error. http.ErrAbortHandler goes on its way: it is how a handler cuts the connection.
func catch(ctx context.Context, _ exchange, next func(context.Context) error) (err error) {
	defer func() {
		switch value := recover(); value {
		case nil:
		case http.ErrAbortHandler:
			panic(value)
		default:
			err = &panicError{value: value, stack: debug.Stack()}
		}
	}()
	return next(ctx)
}

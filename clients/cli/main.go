// Command cli is dbj, the club on a command line: its members, notice board, games and chat, live, and an export of all of it.
// It is built on clients/go as any program may be, and knows nothing of the server but the contract.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], system{env: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}))
}

package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
)

// Exit codes of dbj. Scripts may rely on them; `dbj help exit-codes` lists them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitSignedOut   = 3
	exitDenied      = 4
	exitNotFound    = 5
	exitAway        = 6
	exitIncomplete  = 7
	exitInterrupted = 130
)

func exitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "Exit codes of dbj",
		Long:  exitHelp,
	}
}

// failure is what a person is told of a command that failed.
type failure struct {
	code    int
	message string
	// details are more of it, a line each; hint is what to do.
	details []string
	hint    string
}

// refused is a failure that dbj itself decides on.
type refused struct {
	code   int
	ko, en string
	hint   string
}

func (r *refused) Error() string { return r.en }

func notFound(ko, en, hint string) error {
	return &refused{code: exitNotFound, ko: ko, en: en, hint: hint}
}

// explain finds what to tell of an error.
func (d *dbj) explain(err error) failure {
	if !d.began {
		if own, ok := errors.AsType[*refused](err); ok {
			return failure{code: own.code, message: d.lang.text(own.ko, own.en), hint: "dbj help"}
		}
		message := err.Error()
		if d.lang == korean {
			message = koreanMistake(message)
		}
		return failure{code: exitUsage, message: message, hint: "dbj help"}
	}
	if own, ok := errors.AsType[*refused](err); ok {
		return failure{code: own.code, message: d.lang.text(own.ko, own.en), hint: own.hint}
	}
	p := dongbaejul.Explain(err)
	f := failure{code: codeOf(err, p), message: p.Message, details: details(p)}
	if f.message == "" || p.Reason == "" {
		// What was being done says more where it is not the server that says it.
		f.message = err.Error()
	}
	switch {
	case errors.Is(err, dongbaejul.ErrDeclined):
		f.message = d.lang.text("밴드에서 동의하지 않아 로그인하지 못했습니다.", "The sign-in was declined on Band's page.")
	case errors.Is(err, dongbaejul.ErrSignedOut):
		if p.Reason == "" {
			f.message = d.lang.text("로그인되어 있지 않습니다.", "Nobody is signed in.")
		}
		f.hint = d.signInHint()
	case f.code == exitAway && p.Reason == "":
		f.message = fmt.Sprintf(d.lang.text("서버에 연결할 수 없습니다 (%s): %s", "The server cannot be reached (%s): %s"), d.config.server, p.Message)
		f.hint = d.lang.text("주소가 맞는지 확인하세요: --server 또는 DBJ_SERVER", "is the address right? --server or DBJ_SERVER")
	case p.RetryAfter > 0:
		f.hint = fmt.Sprintf(d.lang.text("%s 후에 다시 시도하세요", "try again in %s"), p.RetryAfter.Round(time.Second))
	}
	return f
}

func (d *dbj) signInHint() string {
	if d.config.server == firstOf(d.config.saved.Server, defaultServer) {
		return "dbj login"
	}
	return "dbj login --server " + d.config.server
}

func codeOf(err error, p dongbaejul.Problem) int {
	switch p.Code {
	case connect.CodeUnauthenticated:
		return exitSignedOut
	case connect.CodePermissionDenied:
		return exitDenied
	case connect.CodeNotFound:
		return exitNotFound
	case connect.CodeUnavailable, connect.CodeDeadlineExceeded:
		return exitAway
	}
	if dongbaejul.Temporary(err) && p.Reason == "" {
		return exitAway
	}
	return exitFailed
}

// details are what a person may pass on to who can help.
func details(p dongbaejul.Problem) []string {
	var lines []string
	for _, field := range p.Fields {
		if field.GetDescription() != p.Message {
			lines = append(lines, field.GetField()+": "+field.GetDescription())
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Meta)) {
		// How long to wait is a hint, and the key of a message says nothing to people.
		if key != "retry_after" && key != "temp_id" {
			lines = append(lines, key+": "+p.Meta[key])
		}
	}
	if p.Reason != "" {
		lines = append(lines, p.Reason+", request "+p.RequestID)
	}
	return lines
}

func (f failure) write(w io.Writer) {
	var text strings.Builder
	message := cleanLines(strings.TrimSpace(f.message))
	fmt.Fprintf(&text, "dbj: %s\n", message[0])
	for _, line := range append(message[1:], f.details...) {
		fmt.Fprintf(&text, "     %s\n", clean(line))
	}
	if f.hint != "" {
		fmt.Fprintf(&text, "  →  %s\n", clean(f.hint))
	}
	_, _ = io.WriteString(w, text.String())
}

const exitHelp = `dbj exits with

    0  when it has done what it was told
    1  when it failed, such as when the server refused
    2  when the command line was wrong
    3  when nobody is signed in, or no longer: dbj login
    4  when the member may not do this
    5  when there is no such thing, or not for this member
    6  when the server could not be reached, or was away
    7  when it has done it but for a part, such as pictures of an export
  130  when it was interrupted`

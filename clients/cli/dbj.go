package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"
	"google.golang.org/protobuf/proto"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
)

// system is what the process was started with.
type system struct {
	env            []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// dbj is one run of the program.
type dbj struct {
	system
	config config
	printer
	// began is set when the command line is known to be right.
	began  bool
	client *dongbaejul.Client
	// status shows what people, not programs, want to know of what is going on.
	status *status
}

// run does what the command line says, and returns the exit code.
func run(ctx context.Context, args []string, s system) int {
	d := &dbj{system: s, status: &status{out: s.stderr}}
	d.lang = langOf(args, s.env)
	command := d.root()
	command.SetArgs(args)
	command.SetIn(s.stdin)
	command.SetOut(s.stdout)
	command.SetErr(s.stderr)
	if d.lang == korean {
		// After the writers are set, since the commands of cobra's own keep them.
		translate(command)
	}
	err := checkText(args)
	if err == nil {
		err = command.ExecuteContext(ctx)
	}
	if d.client != nil {
		d.client.Close()
	}
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	f := d.explain(err)
	f.write(s.stderr)
	return f.code
}

// checkText refuses what no request can hold.
func checkText(args []string) error {
	for _, arg := range args {
		if !utf8.ValidString(arg) {
			return &refused{code: exitUsage, ko: fmt.Sprintf("UTF-8이 아닙니다: %q", arg), en: fmt.Sprintf("%q is not UTF-8.", arg)}
		}
	}
	return nil
}

// begin reads the configuration and makes the client, before a command runs.
func (d *dbj) begin(flags flags) (err error) {
	if d.config, err = loadConfig(d.env, flags); err != nil {
		return err
	}
	d.printer = printer{out: d.stdout, format: d.config.format, lang: d.config.lang, width: width(d.stdout)}
	d.status.lang = d.lang
	d.client, err = dongbaejul.New(d.config.server,
		dongbaejul.WithTokens(dongbaejul.FileTokens(d.config.tokensPath())),
		dongbaejul.WithLanguage(string(d.lang)),
		dongbaejul.WithUserAgent("dbj/"+programVersion()),
		dongbaejul.WithNotice(d.status.away),
	)
	d.began = err == nil
	return err
}

// ask calls the server, again for a while when it does not answer. It is for reads, and for what carries a key of its own.
func ask[Req, Res proto.Message](ctx context.Context, d *dbj, call func(context.Context, Req) (Res, error), req Req) (res Res, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.wait)
	defer cancel()
	err = d.client.Retry(ctx, func(ctx context.Context) error {
		res, err = call(ctx, req)
		return err
	})
	if !dongbaejul.Temporary(err) {
		d.status.back()
	}
	return res, err
}

// isTerminal reports whether a person is at the other end.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is that of the terminal; 0 where there is none.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return 0
}

// Tenure is the command line of the library.
//
//	tenure sim          plays a story of joins, crashes and loads through planners
//	tenure sim tables   compares planners in fixed scenarios
//
// The exit code is 0 if all went well, 1 if something failed, 2 if the command line or a
// file makes no sense, and 130 if it was interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/urfave/cli/v3"

	"github.com/tenure-go/tenure/internal/replay"
)

const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as shells have it: 128 and the number of the signal
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// usageError is what the user has to change.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usagef makes one.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run is the whole program. An error becomes one line on stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return (&app{ours: replay.Tenure(), stdin: os.Stdin, stdout: &output{Writer: stdout}, stderr: stderr}).run(ctx, args)
}

// app is the program with what it works on.
type app struct {
	ours   replay.Planner // the planner that is held to its promises
	stdin  io.Reader
	stdout *output
	stderr io.Writer
}

func (a *app) run(ctx context.Context, args []string) int {
	err := a.root().Run(ctx, append([]string{"tenure"}, args...))
	if err == nil {
		err = a.stdout.err
	}
	var usage usageError
	var exit cli.ExitCoder // of the help, for a command that it does not know
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		_, _ = fmt.Fprintln(a.stderr, "tenure: interrupted")
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &exit):
		_, _ = fmt.Fprintf(a.stderr, "tenure: %v; see tenure help\n", err)
		return exitUsage
	}
	_, _ = fmt.Fprintf(a.stderr, "tenure: %v\n", err)
	return exitFailed
}

// output keeps the first error, so that what prints need not look at each line.
type output struct {
	io.Writer
	err error
}

// Write implements io.Writer.
func (o *output) Write(text []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.Writer.Write(text)
	o.err = err
	return n, err
}

// root is the command with all below it.
func (a *app) root() *cli.Command {
	c := &cli.Command{
		Name:           "tenure",
		Usage:          "share out partitions, and see what comes of it",
		Writer:         a.stdout,
		ErrWriter:      a.stderr,
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // run decides
		Commands:       []*cli.Command{a.simCommand()},
		Action:         noSuchCommand,
	}
	refuse(c)
	return c
}

// refuse makes usage errors of a command and all below it one line.
func refuse(c *cli.Command) {
	c.OnUsageError = func(_ context.Context, _ *cli.Command, err error, _ bool) error { return usageError{err} }
	for _, below := range c.Commands {
		refuse(below)
	}
}

// noSuchCommand shows the help, or says that there is no such command.
func noSuchCommand(_ context.Context, c *cli.Command) error {
	if name := c.Args().First(); name != "" {
		return usagef("there is no command %q", name)
	}
	return cli.ShowRootCommandHelp(c)
}

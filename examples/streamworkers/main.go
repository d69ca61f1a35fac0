// Streamworkers splits a stream among processes: each line is counted exactly
// once and in order, whatever happens to the workers.
//
//	go run ./examples/streamworkers demo
//
// shows it whole: a real etcd server, or the store of -backend, a producer, workers
// of which one is killed and one asked to stop, and the proof at the end. The parts
// are commands, too:
//
//	streamworkers produce -dir logs -key user events.ndjson  # or -generate 10000 -rate 500
//	streamworkers work    -dir logs -backend etcd://localhost:2379  # as often as you like
//	streamworkers owners  -backend etcd://localhost:2379
//	streamworkers verify  -dir logs -backend etcd://localhost:2379
//
// Each store has such an address: see the function URL of its package.
//
// The log is a directory of files, one per partition. A worker saves, in one
// record under its token, the position in the log together with the results up
// to there: that is what makes "exactly once" out of "at least once". SIGTERM
// makes a worker hand over what it owns; a second signal ends it at once.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/tenure-go/tenure/membership"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "streamworkers:", err)
		os.Exit(1)
	}
}

// run runs one command.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	command := ""
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	switch command {
	case "produce":
		return runProduce(ctx, args, in, out)
	case "work":
		return runWork(ctx, args, in, out)
	case "owners":
		return runOwners(ctx, args, out)
	case "verify":
		return runVerify(ctx, args, out)
	case "demo":
		return runDemo(ctx, args, out)
	}
	return errors.New("say what to do: produce, work, owners, verify or demo; each explains its flags with -h")
}

func runProduce(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	flags := newFlags("produce")
	dir := dirFlag(flags)
	field := flags.String("key", "user", "the `field` of a line that decides its partition")
	partitions := flags.Int("partitions", 12, "number of partitions")
	generate := flags.Int("generate", 0, "make up that many lines instead of reading a file or standard input")
	rate := flags.Int("rate", 0, "made-up lines per second, 0 for no limit")
	_ = flags.Parse(args) // it exits

	var from source = newReader("standard input", in)
	switch {
	case flags.NArg() > 1, flags.NArg() == 1 && *generate != 0:
		return fmt.Errorf("produce takes one file or -generate, not %v", flags.Args())
	case *generate < 0 || *rate < 0:
		return fmt.Errorf("-generate is %d and -rate is %d, they must not be negative", *generate, *rate)
	case *generate > 0:
		from = newGenerator(*generate, *rate)
	case flags.NArg() == 1:
		file, err := os.Open(flags.Arg(0))
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // it was only read
		from = newReader(flags.Arg(0), file)
	}
	lines, err := produce(ctx, *dir, *field, *partitions, from)
	log.New(out, "", 0).Printf("%d lines added to %d partitions in %s", lines, *partitions, *dir)
	return err
}

func runWork(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	flags := newFlags("work")
	address, dir, group := backendFlag(flags), dirFlag(flags), groupFlag(flags)
	name := flags.String("name", fmt.Sprintf("worker-%d", os.Getpid()), "the worker's name")
	ttl := flags.Duration("ttl", 5*time.Second, "how long a crash can stay unnoticed")
	tied := flags.Bool("tied", false, "leave when standard input ends, as it does with the process that started this one")
	_ = flags.Parse(args) // it exits

	if *tied {
		tie, cancel := context.WithCancel(ctx)
		defer cancel()
		ctx = tie
		go func() { // ends with its input, or with the process
			_, _ = io.Copy(io.Discard, in)
			cancel()
		}()
	}
	store, closeStore, err := openStore(ctx, *address)
	if err != nil {
		return err
	}
	defer closeStore() //nolint:errcheck // the program ends, whatever it says
	w := &worker{
		backend: store, dir: *dir, group: *group,
		config: membership.Config{Name: *name, TTL: *ttl},
		events: &events{out: out, member: *name},
	}
	return w.run(ctx)
}

func runOwners(ctx context.Context, args []string, out io.Writer) error {
	flags := newFlags("owners")
	address, group := backendFlag(flags), groupFlag(flags)
	_ = flags.Parse(args) // it exits

	store, closeStore, err := openStore(ctx, *address)
	if err != nil {
		return err
	}
	defer closeStore() //nolint:errcheck // the program ends, whatever it says
	return owners(ctx, store, *group, out)
}

func runVerify(ctx context.Context, args []string, out io.Writer) error {
	flags := newFlags("verify")
	address, dir, group := backendFlag(flags), dirFlag(flags), groupFlag(flags)
	_ = flags.Parse(args) // it exits

	store, closeStore, err := openStore(ctx, *address)
	if err != nil {
		return err
	}
	defer closeStore() //nolint:errcheck // the program ends, whatever it says
	found, err := verify(ctx, store, *dir, *group)
	log.New(out, "", 0).Print(found)
	if err == nil && found.behind > 0 {
		err = errors.New("not every line is counted yet")
	}
	return err
}

func newFlags(command string) *flag.FlagSet {
	return flag.NewFlagSet("streamworkers "+command, flag.ExitOnError)
}

func backendFlag(flags *flag.FlagSet) *string {
	return flags.String("backend", "etcd://localhost:2379?namespace=examples", "the store's `address`")
}

func dirFlag(flags *flag.FlagSet) *string {
	return flags.String("dir", "logs", "the `directory` of the log")
}

func groupFlag(flags *flag.FlagSet) *string {
	return flags.String("group", "streamworkers", "the workers' group")
}

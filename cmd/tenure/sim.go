package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/tenure-go/tenure/internal/replay"
	"github.com/tenure-go/tenure/internal/rivals"
	"github.com/tenure-go/tenure/internal/rivals/scenario"
	"github.com/tenure-go/tenure/internal/trace"
)

func (a *app) simCommand() *cli.Command {
	kinds, about := trace.Kinds()
	var list strings.Builder
	for i, kind := range kinds {
		fmt.Fprintf(&list, "\n  %-10s %s", kind, about[i])
	}
	return &cli.Command{
		Name:  "sim",
		Usage: "play a story of joins, crashes and loads through planners",
		UsageText: "tenure sim [-generate KIND] [-partitions N] [-members N] [-seed N] [-write FILE]\n" +
			"tenure sim -trace FILE\n" +
			"tenure sim tables",
		Description: "Plays a trace through the planner of this library and through the ways in which\n" +
			"other systems share out partitions, and measures each: what moves, against the\n" +
			"least that had to; how even the group is over time; how long partitions have no\n" +
			"owner. The same trace gives the same figures. The exit code is 1 if our planner\n" +
			"broke a promise.\n\nKinds of traces:" + list.String(),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "trace", Usage: "play the trace in `FILE`, or - for standard input"},
			&cli.StringFlag{Name: "generate", Value: "deploy", Usage: "make a trace of this `KIND`"},
			&cli.IntFlag{Name: "partitions", Value: 1024, Usage: "`NUMBER` of partitions of a trace that is made"},
			&cli.IntFlag{Name: "members", Value: 32, Usage: "`NUMBER` of members at its start"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`NUMBER` that its chances come from"},
			&cli.StringFlag{Name: "write", Usage: "keep the trace that was made in `FILE`"},
			&cli.StringFlag{Name: "against", Value: "all", Usage: "`NAMES` of rivals, or how they begin, joined by commas; all; none"},
			&cli.StringFlag{Name: "chart", Usage: "draw what happened into `FILE`, which ends in .svg or .png"},
			&cli.BoolFlag{Name: "times", Value: true, Usage: "print the time that planning took, which is another one each time"},
		},
		Action: a.sim,
		Commands: []*cli.Command{{
			Name:        "tables",
			Usage:       "compare planners in fixed scenarios",
			UsageText:   "tenure sim tables",
			Description: "Prints the tables of joins, leaves, churn and restarts that the documentation shows.",
			Action:      a.simTables,
		}},
	}
}

// sim plays one trace.
func (a *app) sim(ctx context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return usagef("%q is not expected after sim", c.Args().First())
	}
	planners, err := a.choose(c.String("against"))
	if err != nil {
		return err
	}
	format, err := chartFormat(c.String("chart"))
	if err != nil {
		return err
	}
	tr, title, err := a.story(c)
	if err != nil {
		return err
	}
	results, err := playAll(ctx, tr, planners, newProgress(a.stderr))
	if err != nil {
		return err
	}
	if file := c.String("chart"); file != "" {
		picture, err := drawChart(title, tr, results, format)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, picture, 0o644); err != nil {
			return err
		}
	}
	return report(a.stdout, title, tr, results, c.Bool("times"))
}

// story reads or makes the trace, and gives it a title.
func (a *app) story(c *cli.Command) (*trace.Trace, string, error) {
	file, kind := c.String("trace"), c.String("generate")
	if file != "" {
		if c.IsSet("generate") {
			return nil, "", usagef("give either -trace FILE or -generate KIND")
		}
		for _, name := range []string{"partitions", "members", "seed", "write"} {
			if c.IsSet(name) {
				return nil, "", usagef("-%s goes with -generate, not with -trace", name)
			}
		}
		tr, err := a.readTrace(file)
		return tr, file, err
	}
	spec := trace.Spec{Kind: kind, Partitions: c.Int("partitions"), Members: c.Int("members"), Seed: c.Uint64("seed")}
	tr, err := trace.Generate(spec)
	if err != nil {
		return nil, "", usageError{err}
	}
	if file := c.String("write"); file != "" {
		err = writeTrace(file, tr)
	}
	return tr, fmt.Sprintf("%s, seed %d", kind, spec.Seed), err
}

func (a *app) readTrace(file string) (*trace.Trace, error) {
	in := a.stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, usageError{err}
		}
		defer func() { _ = opened.Close() }() // it was only read
		in = opened
	}
	tr, err := trace.Parse(in)
	if err != nil {
		return nil, usagef("%s: %w", file, err)
	}
	return tr, nil
}

func writeTrace(file string, tr *trace.Trace) error {
	out, err := os.Create(file)
	if err != nil {
		return usageError{err}
	}
	return errors.Join(tr.Write(out), out.Close())
}

// choose returns our planner and the rivals whose names begin with one of those given.
func (a *app) choose(against string) ([]replay.Planner, error) {
	planners := []replay.Planner{a.ours}
	if against == "none" {
		return planners, nil
	}
	wanted := strings.Split(against, ",")
	met := make([]bool, len(wanted))
	var known []string
	for _, s := range rivals.All() {
		if s.Name == planners[0].Name {
			continue
		}
		known = append(known, short(s.Name))
		chosen := against == "all"
		for i, begin := range wanted {
			if begin != "" && strings.HasPrefix(short(s.Name), short(begin)) {
				chosen, met[i] = true, true
			}
		}
		if chosen {
			planners = append(planners, replay.Rival(s))
		}
	}
	for i, begin := range wanted {
		if against != "all" && !met[i] {
			return nil, usagef("no rival is called %q; there are %s, all and none", begin, strings.Join(known, ", "))
		}
	}
	return planners, nil
}

// short is a name as one word that needs no quotes on a command line.
func short(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

func playAll(ctx context.Context, tr *trace.Trace, planners []replay.Planner, progress *progress) ([]*replay.Result, error) {
	var results []*replay.Result
	for i, p := range planners {
		result, err := replay.Play(ctx, tr, p, func(at time.Duration) {
			progress.say("sim: %s, %d of %d, at %v of %v", p.Name, i+1, len(planners), at, tr.End)
		})
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

// simTables prints the tables of the fixed scenarios. Once the context is done no strategy
// has a plan any more, so that they come to an end, and nothing is printed.
func (a *app) simTables(ctx context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return usagef("%q is not expected after tables", c.Args().First())
	}
	strategies := rivals.All()
	for i, s := range strategies {
		strategies[i].Plan = func(g rivals.Group) []int32 {
			if ctx.Err() != nil {
				return nil
			}
			return s.Plan(g)
		}
	}
	p := newProgress(a.stderr)
	err := scenario.Tables(untilDone{ctx, a.stdout}, strategies, func(done, total int) {
		p.say("sim: %d of %d runs", done, total)
	})
	if done := context.Cause(ctx); done != nil {
		return done
	}
	return err
}

// untilDone is a writer that fails once the context is done.
type untilDone struct {
	ctx context.Context
	io.Writer
}

// Write implements io.Writer.
func (w untilDone) Write(text []byte) (int, error) {
	if err := context.Cause(w.ctx); err != nil {
		return 0, err
	}
	return w.Writer.Write(text)
}

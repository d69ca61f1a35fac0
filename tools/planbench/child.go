package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime/metrics"
	"slices"
	"time"

	"github.com/tenure-go/tenure/internal/rivals"
	"github.com/tenure-go/tenure/rebalance"
)

// A client plans in a child process, so that one that takes too long or too much memory
// can be ended, and leaves nothing behind that slows down the next one.

// childArgument is the first argument of a child; then come client, change and size.
const childArgument = "plan-with-client"

// Limits of one cell of a client. The time includes making and encoding the group.
const (
	clientTime   = 30 * time.Second
	clientMemory = 4 << 30
)

// answer is what a child prints.
type answer struct {
	Client, Ours time.Duration // median times, taken in turns
	Moves        int
	Even         bool
	TooMuch      bool   // it needs more than clientMemory
	Error        string // why there are no figures
}

// ask runs a child. late: it did not finish in this time.
func ask(most time.Duration, c client, in cell) (a answer, late bool, err error) {
	program, err := os.Executable()
	if err != nil {
		return a, false, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	command := exec.CommandContext(ctx, program, childArgument, c.name, in.change, in.size.name)
	command.Stderr = os.Stderr
	output, err := command.Output()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return a, true, nil
	case err != nil:
		return a, false, fmt.Errorf("%s, %v: %w", c.name, in, err)
	}
	if err := json.Unmarshal(output, &a); err != nil {
		return a, false, fmt.Errorf("%s, %v: its child printed %q: %w", c.name, in, output, err)
	}
	if a.Error != "" {
		return a, false, fmt.Errorf("%s, %v: %s", c.name, in, a.Error)
	}
	return a, false, nil
}

// child is the program of a child, which may use so many bytes. It returns the status to
// exit with.
func child(arguments []string, w io.Writer, most uint64) int {
	print := func(a answer) int {
		if err := json.NewEncoder(w).Encode(a); err != nil {
			return 1
		}
		return 0
	}
	result := make(chan answer, 1)
	go func() { // ends with the process
		a, err := answerFor(arguments)
		if err != nil {
			a.Error = err.Error()
		}
		result <- a
	}()
	parent := os.Getppid()
	for tick := time.Tick(100 * time.Millisecond); ; {
		select {
		case a := <-result:
			return print(a)
		case <-tick:
			if os.Getppid() != parent { // killed, it cannot end this process any more
				return 1
			}
			if memory() > most {
				return print(answer{TooMuch: true})
			}
		}
	}
}

// memory is what this process has from the operating system.
func memory() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() - sample[1].Value.Uint64()
}

// answerFor measures a client, in turns with our planner.
func answerFor(arguments []string) (answer, error) {
	c, in, err := parse(arguments)
	if err != nil {
		return answer{}, err
	}
	input, err := in.input()
	if err != nil {
		return answer{}, err
	}
	random := rand.New(rand.NewPCG(seed, 3))
	var before kafkaGroup
	var after assignment
	medians, err := inTurns(cellTime, 1, planning(input), func() (func() error, error) {
		before = newKafkaGroup(groupOf(shuffle(input, random)))
		plan, err := c.prepare(before)
		return func() (err error) {
			after, err = plan()
			return err
		}, err
	})
	if err != nil {
		return answer{}, err
	}
	owner, err := before.owners(after)
	if err != nil {
		return answer{}, err
	}
	return answer{
		Ours: medians[0], Client: medians[1],
		Moves: moves(before.group.Owner, owner), Even: even(owner, len(input.Members)) == nil,
	}, nil
}

func parse(arguments []string) (c client, in cell, err error) {
	if len(arguments) != 3 {
		return c, in, fmt.Errorf("%d arguments; give client, change and size", len(arguments))
	}
	i := slices.IndexFunc(clients, func(c client) bool { return c.name == arguments[0] })
	j := slices.IndexFunc(sizes, func(s size) bool { return s.name == arguments[2] })
	if i < 0 || j < 0 || !slices.Contains(changes, arguments[1]) {
		return c, in, fmt.Errorf("no such cell: %q", arguments)
	}
	return clients[i], cell{size: sizes[j], change: arguments[1]}, nil
}

// groupOf gives names to the members.
func groupOf(in rebalance.Input) rivals.Group {
	members := make([]rivals.Member, len(in.Members))
	for i := range members {
		members[i].Name = fmt.Sprintf("member-%05d", i)
	}
	return rivals.Group{Members: members, Owner: in.Owner}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/partitions"
)

// proof is what verify found.
type proof struct {
	partitions int
	counted    int64 // lines that were counted once and in order
	behind     int64 // lines of the log that are not counted yet
}

func (p proof) String() string {
	if p.behind > 0 {
		return fmt.Sprintf("%d lines in %d partitions counted once and in order, %d not yet", p.counted, p.partitions, p.behind)
	}
	return fmt.Sprintf("%d lines in %d partitions, each counted once and in order", p.counted, p.partitions)
}

// verify works out the results again from the logs, and compares them with what
// the workers saved. An error names every partition in which a line was lost,
// counted twice, or counted out of order.
func verify(ctx context.Context, b backends.Backend, dir, group string) (proof, error) {
	n, err := countLogs(dir)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s has no logs", dir)
	}
	p := proof{partitions: n}
	for i := range n {
		partition := strconv.Itoa(i)
		data, _, readErr := partitions.ReadPosition(ctx, b, group, partition)
		if readErr != nil {
			return p, readErr
		}
		counted, behind, checkErr := check(logPath(dir, partition), data)
		p.counted += counted
		p.behind += behind
		err = errors.Join(err, checkErr)
	}
	return p, err
}

// check compares one saved result with its log.
func check(path string, data []byte) (counted, behind int64, err error) {
	saved, err := parseResult(data)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	log, err := openTail(path, 0, 0)
	if err != nil {
		return 0, 0, err
	}
	defer log.close() //nolint:errcheck // it was only read
	again := result{Counts: map[string]int64{}}
	for {
		lines, err := log.next(batch)
		if err != nil {
			return 0, 0, err
		}
		if len(lines) == 0 {
			break
		}
		for _, line := range lines {
			if again.Line < saved.Line {
				again.add(line)
			}
		}
	}
	if !again.equal(saved) {
		return 0, 0, fmt.Errorf("%s: the saved result is not that of the first %d lines of %d", path, saved.Line, log.line)
	}
	return saved.Line, log.line - saved.Line, nil
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// maxInput is the longest line of input, in bytes.
const maxInput = 16 << 10

// source gives the lines to produce.
type source interface {
	name() string
	// next returns the next line, or io.EOF. It calls flush before it waits.
	next(ctx context.Context, flush func() error) ([]byte, error)
}

// reader is a source that reads a file or standard input.
type reader struct {
	file string
	in   *bufio.Reader
}

func newReader(file string, in io.Reader) *reader {
	return &reader{file, bufio.NewReaderSize(in, maxInput)}
}

func (r *reader) name() string { return r.file }

func (r *reader) next(_ context.Context, flush func() error) ([]byte, error) {
	if r.in.Buffered() == 0 {
		if err := flush(); err != nil {
			return nil, err
		}
	}
	line, err := r.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, fmt.Errorf("the line is longer than %d bytes", maxInput)
	case errors.Is(err, io.EOF) && len(line) > 0: // the last line may lack its end
		return line, nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// generator is a source of made-up page views.
type generator struct {
	total, rate int // lines, and lines per second; rate 0 is as fast as it can
	made        int
	begun       time.Time
	random      *rand.Rand
}

func newGenerator(total, rate int) *generator {
	return &generator{total: total, rate: rate, begun: time.Now(), random: rand.New(rand.NewPCG(1, 2))}
}

func (g *generator) name() string { return "generator" }

func (g *generator) next(ctx context.Context, flush func() error) ([]byte, error) {
	if g.made == g.total {
		return nil, io.EOF
	}
	if g.rate > 0 {
		due := g.begun.Add(time.Duration(g.made) * time.Second / time.Duration(g.rate))
		if wait := time.Until(due); wait > 0 {
			if err := flush(); err != nil {
				return nil, err
			}
			_ = sleep(ctx, max(wait, 20*time.Millisecond)) // the loop asks ctx
		}
	}
	g.made++
	return fmt.Appendf(nil, `{"user":"user-%d","page":%d}`, g.random.IntN(40), g.made), nil
}

// sleep waits for d, or until ctx is done and returns its cause.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

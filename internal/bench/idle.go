package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
)

// idle measures what a claim costs that is held and does nothing, on the store
// in memory.
func idle(ctx context.Context, _ *rig) ([]row, error) {
	const n = 10000
	var rows []row
	for _, style := range []string{"callbacks", "pull"} {
		node, err := membership.Join(ctx, memory.New(), membership.Config{Name: "a"})
		if err != nil {
			return nil, err
		}
		small, few, err := hold(ctx, node, style, 1)
		if err != nil {
			return nil, err
		}
		large, many, err := hold(ctx, node, style, n)
		if err != nil {
			return nil, err
		}
		rows = append(rows,
			row{"bytes per idle claim, " + style + ", store included", fmt.Sprintf("%.0f", float64(large-small)/n), "", "", "", false},
			row{"goroutines per idle claim, " + style, fmt.Sprintf("%.4f", float64(many-few)/n), "", "", "", false})
		if err := node.Leave(ctx); err != nil {
			return nil, err
		}
	}
	check, plain, err := checks(ctx)
	if err != nil {
		return nil, err
	}
	return append(rows, row{"Check", fmt.Sprintf("%d ns", check), fmt.Sprintf("Err of a plain context %d ns", plain), "", "", false}), nil
}

// hold owns n partitions and returns the memory and the goroutines in use.
func hold(ctx context.Context, node *membership.Node, style string, n int) (bytes int64, goroutines int, err error) {
	var owned atomic.Int64
	cfg := counting(fmt.Sprint(style, n), n, &owned)
	if style == "pull" {
		cfg.OnAcquire, cfg.OnLost = nil, nil
	}
	g, err := partitions.Join(ctx, node, cfg)
	if err != nil {
		return 0, 0, err
	}
	if style == "pull" {
		go pull(ctx, g, func(*partitions.Claim) { owned.Add(1) })
	}
	if err := waitFor(ctx, &owned, int64(n)); err != nil {
		return 0, 0, err
	}
	pause(ctx, time.Second)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse), runtime.NumGoroutine(), nil
}

// checks measures Claim.Check beside the Err of a plain context, in nanoseconds.
func checks(ctx context.Context) (check, plain int64, err error) {
	node, err := membership.Join(ctx, memory.New(), membership.Config{Name: "a"})
	if err != nil {
		return 0, 0, err
	}
	g, err := partitions.Join(ctx, node, partitions.Config{Group: "check", Partitions: partitions.Count(1), Debounce: 10 * time.Millisecond})
	if err != nil {
		return 0, 0, err
	}
	acquired := make(chan *partitions.Claim, 1)
	go pull(ctx, g, func(c *partitions.Claim) { acquired <- c })
	claim := <-acquired
	lost := false
	check = perCall(func() { lost = lost || claim.Check() != nil })
	background, cancel := context.WithCancel(ctx)
	defer cancel()
	plain = perCall(func() { lost = lost || background.Err() != nil })
	if lost {
		return 0, 0, errors.New("the claim was lost while it was checked")
	}
	return check, plain, node.Leave(ctx)
}

// pull tells of each claim that is acquired, and returns each that ends.
func pull(ctx context.Context, g *partitions.Group, acquired func(*partitions.Claim)) {
	for {
		changes, err := g.Changes(ctx)
		if err != nil {
			return
		}
		for _, c := range changes {
			if c.Kind == partitions.Acquired {
				acquired(c.Claim)
			} else {
				c.Claim.Return()
			}
		}
	}
}

// perCall is how many nanoseconds a call takes.
func perCall(f func()) int64 {
	const calls = 5_000_000
	begun := time.Now()
	for range calls {
		f()
	}
	return time.Since(begun).Nanoseconds() / calls
}

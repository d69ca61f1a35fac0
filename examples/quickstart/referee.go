package main

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"sync"

	"github.com/tenure-go/tenure/membership/claim"
)

// referee notes by itself who works on what; it never asks the library.
type referee struct {
	mu       sync.Mutex
	working  map[string]string // by partition: the member, if any
	tokens   map[string]claim.Token
	changed  chan struct{} // closed and replaced at each change
	starts   int
	overlaps int
	pieces   int
}

func newReferee() *referee {
	return &referee{working: map[string]string{}, tokens: map[string]claim.Token{}, changed: make(chan struct{})}
}

// start notes that a member begins to work on a partition. While another one
// has not stopped, or under a token that is not larger than all before, this is an
// overlap.
func (r *referee) start(member, partition string, token claim.Token) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.working[partition] != "" || token <= r.tokens[partition] {
		r.overlaps++
	}
	r.working[partition] = member
	r.tokens[partition] = max(token, r.tokens[partition])
	r.starts++
	r.change()
}

// piece notes one piece of work. If another member has started, or has worked
// under a larger token, this is an overlap.
func (r *referee) piece(member, partition string, token claim.Token) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.working[partition] != member || token < r.tokens[partition] {
		r.overlaps++
	}
	r.tokens[partition] = max(token, r.tokens[partition])
	r.pieces++
}

// stop notes that a member has stopped working on a partition.
func (r *referee) stop(member, partition string, _ claim.Token) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.working[partition] == member {
		delete(r.working, partition)
	}
	r.change()
}

// dead notes that a member can no longer work on anything.
func (r *referee) dead(member string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.working, func(_, who string) bool { return who == member })
	r.change()
}

// change wakes those who wait. The caller holds mu.
func (r *referee) change() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// look returns who works on what, and a channel that is closed when that
// changes.
func (r *referee) look() (map[string]string, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.working), r.changed
}

// waitShared waits until the members, and nobody else, work on all partitions
// in equal shares.
func (r *referee) waitShared(ctx context.Context, members []string) error {
	for {
		working, changed := r.look()
		if shared(working, members) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("the members %v do not share all partitions: %v: %w", members, working, ctx.Err())
		}
	}
}

func shared(working map[string]string, members []string) bool {
	count := map[string]int{}
	for _, member := range working {
		count[member]++
	}
	if len(working) != partitionCount || len(count) != len(members) {
		return false
	}
	for _, member := range members {
		if count[member] != partitionCount/len(members) {
			return false
		}
	}
	return true
}

// owned returns how many partitions are being worked on.
func (r *referee) owned() int {
	working, _ := r.look()
	return len(working)
}

func (r *referee) verdict() (overlaps, pieces, starts int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.overlaps, r.pieces, r.starts
}

// partitionName is the name that partitions.Count gives to partition i.
func partitionName(i int) string { return strconv.Itoa(i) }

package everystore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/everystore"
	"github.com/tenure-go/tenure/internal/testutil/stands"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
)

// patience is how long a test waits for what must come, on a busy machine.
const patience = 2 * time.Minute

// open opens the store of a stand by its address, with further parameters such as
// "namespace=a". Each caller has a client of its own.
func open(t *testing.T, stand *stands.Stand, parameters string) backends.Backend {
	t.Helper()
	address := stand.Address
	if parameters != "" {
		separator := "?"
		if strings.Contains(address, "?") {
			separator = "&"
		}
		address += separator + parameters
	}
	store, closeStore, err := everystore.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closeStore(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return store
}

// ttlOf returns a short TTL that the store allows and that a restart of its server does
// not use up.
func ttlOf(store backends.Backend) time.Duration {
	return max(store.Capabilities().MinTTL, 6*time.Second)
}

// stint is one member's work on one partition.
type stint struct {
	member, partition string
	token             uint64
	from, to          time.Time // to is zero while it works
	why               error     // why it ended
}

func (s stint) String() string {
	return fmt.Sprintf("%s worked on %q for %v: %v", s.member, s.partition, s.to.Sub(s.from).Round(time.Millisecond), s.why)
}

// fleet is some members of one group, and what they have done.
type fleet struct {
	t       *testing.T
	group   string
	names   []string // of the partitions
	mu      sync.Mutex
	stints  []*stint
	changed chan struct{} // closed and replaced at each change
}

func newFleet(t *testing.T, group string, partitionNames ...string) *fleet {
	return &fleet{t: t, group: group, names: partitionNames, changed: make(chan struct{})}
}

// join starts a member that works until the test ends.
func (f *fleet) join(store backends.Backend, name string) {
	f.t.Helper()
	node, err := membership.Join(f.t.Context(), store, membership.Config{Name: name, TTL: ttlOf(store)})
	if err != nil {
		f.t.Fatalf("join: %v", err)
	}
	_, err = partitions.Join(f.t.Context(), node, partitions.Config{
		Group: f.group, Partitions: partitions.List(f.names...), Debounce: 100 * time.Millisecond,
		OnAcquire: func(ctx context.Context, c *partitions.Claim) error { return f.work(ctx, name, c) },
	})
	if err != nil {
		f.t.Fatalf("join the group: %v", err)
	}
	f.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := node.Leave(ctx); err != nil {
			f.t.Errorf("%s leaves: %v", name, err)
		}
	})
}

// work is one stint. It ends as soon as it may not go on.
func (f *fleet) work(ctx context.Context, member string, c *partitions.Claim) error {
	s := &stint{member: member, partition: c.Partition(), token: uint64(c.Token()), from: time.Now()}
	f.note(func() { f.stints = append(f.stints, s) })
	<-ctx.Done()
	f.note(func() { s.to, s.why = time.Now(), context.Cause(ctx) })
	return nil
}

func (f *fleet) note(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.changed)
	f.changed = make(chan struct{})
}

// owners returns who works on what now.
func (f *fleet) owners() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	owners := map[string]string{}
	for _, s := range f.stints {
		if s.to.IsZero() {
			owners[s.partition] = s.member
		}
	}
	return owners
}

// await waits until ok, which is asked after each change.
func (f *fleet) await(what string, ok func() bool) {
	f.t.Helper()
	deadline := time.After(patience)
	for {
		f.mu.Lock()
		changed := f.changed
		f.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			f.t.Fatalf("not within %v: %s; now %v", patience, what, f.owners())
		}
	}
}

// awaitShared waits until every partition is worked on, by all of n members evenly.
func (f *fleet) awaitShared(n int) {
	f.t.Helper()
	f.await(fmt.Sprintf("%d partitions shared by %d members", len(f.names), n), func() bool {
		of := map[string]int{}
		owners := f.owners()
		for _, member := range owners {
			of[member]++
		}
		least := len(f.names)
		for _, count := range of {
			least = min(least, count)
		}
		return len(owners) == len(f.names) && len(of) == n && least == len(f.names)/n
	})
}

// ended returns the stints that have ended by now.
func (f *fleet) ended() []stint {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []stint
	for _, s := range f.stints {
		if !s.to.IsZero() {
			all = append(all, *s)
		}
	}
	return all
}

// judge fails the test if two members worked on a partition at one time, or if a later
// one had no larger token.
func (f *fleet) judge() {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	stints := slices.Clone(f.stints)
	slices.SortStableFunc(stints, func(a, b *stint) int { return a.from.Compare(b.from) })
	last := map[string]*stint{}
	for _, s := range stints {
		before := last[s.partition]
		last[s.partition] = s
		switch {
		case before == nil:
		case before.to.IsZero() || before.to.After(s.from):
			f.t.Errorf("%q: %s began while %s worked", s.partition, s.member, before.member)
		case s.token <= before.token:
			f.t.Errorf("%q: %s has token %d after %s had %d", s.partition, s.member, s.token, before.member, before.token)
		}
	}
}

// lostOnly returns an error unless every stint ended because its claim was lost.
func lostOnly(stints []stint) error {
	for _, s := range stints {
		if !errors.Is(s.why, membership.ErrLost) {
			return fmt.Errorf("%s stopped working on %q because of %w, want ErrLost", s.member, s.partition, s.why)
		}
	}
	return nil
}

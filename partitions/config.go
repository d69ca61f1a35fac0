package partitions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions/plan"
	"github.com/tenure-go/tenure/rebalance"
)

// Defaults of Config.
const (
	DefaultDrainTimeout  = 30 * time.Second
	DefaultDebounce      = 500 * time.Millisecond
	DefaultDiscoverEvery = 30 * time.Second
	DefaultMaxFailures   = 3
	DefaultRetry         = time.Second
)

// maxGroup is the longest name of a group, in bytes, and maxGroupEscaped that of its
// form in keys, which leaves room for the name of the coordinator's election.
const (
	maxGroup        = 100
	maxGroupEscaped = 240
)

// Source says which partitions a group has. Build it with Count, List or
// Discover.
type Source struct {
	count    int
	names    []string
	discover func(context.Context) ([]string, error)
}

// Count is a fixed set of n partitions called "0" to n-1.
func Count(n int) Source { return Source{count: n} }

// List is a fixed set of named partitions. A name is UTF-8, not empty, and has at most
// backends.MaxSegmentBytes when it is escaped for a key.
func List(names ...string) Source { return Source{names: slices.Clone(names)} }

// Discover is a set that f finds out; the group's coordinator calls it every
// Config.DiscoverEvery and changes the group to what it returns: new names join,
// missing ones are retired. An error changes nothing.
func Discover(f func(context.Context) ([]string, error)) Source { return Source{discover: f} }

// Stuck says what happens when a callback does not return within DrainTimeout
// of being asked to.
type Stuck uint8

// The policies for stuck callbacks. In each case an event reports them and the
// other partitions are not disturbed.
const (
	// StuckKeep holds the claim and goes on renewing until the callback
	// returns. It is the default.
	StuckKeep Stuck = iota
	// StuckAbandon treats the claim as lost: its contexts end and it is handed
	// over although the callback still runs. Only the token protects then.
	StuckAbandon
	// StuckExit ends the process with status 1, so that a supervisor starts it
	// again and the claims expire.
	StuckExit
)

// Config says how a node takes part in a group. Group and Partitions are
// required.
type Config struct {
	// Group is the group's name, 1 to 100 bytes of UTF-8, and at most 240
	// when it is escaped for a key (backends.Escape).
	Group string
	// Partitions says which partitions there are. The group's own record wins
	// over it once the group exists; a difference is reported as an event.
	Partitions Source
	// OnAcquire is called when this node owns a partition, in a goroutine of
	// its own. It may return nil at once or work until ctx is done. An error
	// or a panic is a failure of this node on this partition. With a nil
	// OnAcquire the group is used through Group.Claims and Group.Changes.
	OnAcquire func(ctx context.Context, c *Claim) error
	// OnLost is called exactly once for every OnAcquire, after that has
	// returned; why wraps membership.ErrRevoked (still held: ctx is open and
	// the position can be saved), membership.ErrLost (already gone), or the
	// failure of OnAcquire. May be nil.
	OnLost func(ctx context.Context, c *Claim, why error)
	// OnPrepare is called as soon as a plan gives this node a partition that it
	// does not own yet: time to warm up, without any authority. ctx ends when
	// the partition arrives or will not come. May be nil.
	OnPrepare func(ctx context.Context, partition string)

	// Capacity is this member's share relative to others; default 1.
	Capacity int
	// MaxPartitions is the most that this member takes; 0 means no limit.
	MaxPartitions int
	// DrainTimeout is how long a callback may take to return after it was
	// asked to; default 30 s. After it the callback counts as stuck.
	DrainTimeout time.Duration
	// OnStuck is what happens then; default StuckKeep.
	OnStuck Stuck
	// Debounce is how long joins are collected before the group is balanced;
	// default 500 ms. Under constant change it is stretched to five times
	// that. Leaves and deaths do not wait for it.
	Debounce time.Duration
	// DiscoverEvery is how often a Discover source is asked; default 30 s.
	DiscoverEvery time.Duration
	// Retry is the first pause after a failed callback, doubling; default 1 s.
	Retry time.Duration
	// MaxFailures is after how many failures in a row this member refuses the
	// partition for a while, so that another gets it; default 3.
	MaxFailures int
}

func (c Config) withDefaults() Config {
	c.Capacity = cmp.Or(c.Capacity, 1)
	c.DrainTimeout = cmp.Or(c.DrainTimeout, DefaultDrainTimeout)
	c.Debounce = cmp.Or(c.Debounce, DefaultDebounce)
	c.DiscoverEvery = cmp.Or(c.DiscoverEvery, DefaultDiscoverEvery)
	c.Retry = cmp.Or(c.Retry, DefaultRetry)
	c.MaxFailures = cmp.Or(c.MaxFailures, DefaultMaxFailures)
	return c
}

// ErrInvalidConfig is membership.ErrInvalidConfig: a setting is out of its
// limits.
var ErrInvalidConfig = membership.ErrInvalidConfig

func (c Config) validate() error {
	var problems []error
	bad := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf("%w: "+format, append([]any{ErrInvalidConfig}, args...)...))
		}
	}
	bad(len(c.Group) > 0 && len(c.Group) <= maxGroup, "Group has %d bytes, it needs 1 to %d", len(c.Group), maxGroup)
	bad(len(backends.Escape(c.Group)) <= maxGroupEscaped, "Group has %d bytes when it is escaped for a key, the limit is %d", len(backends.Escape(c.Group)), maxGroupEscaped)
	bad(utf8.ValidString(c.Group), "Group %.40q is not valid UTF-8", c.Group)
	bad(c.Capacity > 0 && c.Capacity <= maxCapacity, "Capacity is %d, it must be 1 to %d", c.Capacity, maxCapacity)
	bad(c.MaxPartitions >= 0, "MaxPartitions is %d, it must not be negative", c.MaxPartitions)
	bad(c.DrainTimeout > 0, "DrainTimeout is %v, it must be positive", c.DrainTimeout)
	bad(c.OnStuck <= StuckExit, "OnStuck is %d, it must be one of the policies", c.OnStuck)
	bad(c.Debounce > 0, "Debounce is %v, it must be positive", c.Debounce)
	bad(c.DiscoverEvery > 0, "DiscoverEvery is %v, it must be positive", c.DiscoverEvery)
	bad(c.Retry > 0, "Retry is %v, it must be positive", c.Retry)
	bad(c.MaxFailures > 0, "MaxFailures is %d, it must be positive", c.MaxFailures)
	bad(c.OnAcquire != nil || c.OnLost == nil, "OnLost is set without OnAcquire")
	if err := c.Partitions.validate(); err != nil {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

const maxCapacity = rebalance.MaxCapacity

func (s Source) validate() error {
	kinds := 0
	for _, set := range []bool{s.count != 0, s.names != nil, s.discover != nil} {
		if set {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return fmt.Errorf("%w: Partitions must be one of Count (at least 1), List and Discover", ErrInvalidConfig)
	case s.count < 0 || s.count > plan.MaxPartitions:
		return fmt.Errorf("%w: Partitions is Count(%d), it must be 1 to %d", ErrInvalidConfig, s.count, plan.MaxPartitions)
	}
	return checkNames(s.names)
}

// checkNames returns an error for names that make no keys, or that are listed
// twice.
func checkNames(names []string) error {
	if len(names) > plan.MaxPartitions {
		return fmt.Errorf("%w: %d partitions, the limit is %d", ErrInvalidConfig, len(names), plan.MaxPartitions)
	}
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return fmt.Errorf("%w: partition %q is listed twice", ErrInvalidConfig, name)
		}
		seen[name] = true
		if name == "" {
			return fmt.Errorf("%w: a partition's name is empty", ErrInvalidConfig)
		}
		// The group's record is JSON, which would make one name of all such bytes.
		if !utf8.ValidString(name) {
			return fmt.Errorf("%w: partition %.40q is not valid UTF-8", ErrInvalidConfig, name)
		}
		if _, err := backends.NewKey(name); err != nil {
			return fmt.Errorf("%w: partition %.40q: %w", ErrInvalidConfig, name, err)
		}
	}
	return nil
}

// names returns the partitions of the source, asking a discovery.
func (s Source) resolve(ctx context.Context) (plan.Spec, error) {
	spec := plan.Spec{Protocol: plan.Protocol, MinProtocol: plan.OldestProtocol, Count: s.count, Names: s.names}
	if s.discover == nil {
		return spec, nil
	}
	names, err := s.discover(ctx)
	if err != nil {
		return plan.Spec{}, fmt.Errorf("partitions: discover: %w", err)
	}
	if err := checkNames(names); err != nil {
		return plan.Spec{}, fmt.Errorf("partitions: discover: %w", err)
	}
	spec.Names = append([]string{}, names...)
	return spec, nil
}

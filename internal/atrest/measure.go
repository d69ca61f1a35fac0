package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/everystore"
	"github.com/tenure-go/tenure/internal/testutil/stands"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
)

const (
	members = 2
	window  = 3 // TTLs over which is counted
)

// measure returns how much each member of a group of n partitions sends per TTL. The
// group stays in the store, and its name is that of no other run.
func measure(ctx context.Context, path *stands.Path, n int) (perTTL float64, ttl time.Duration, err error) {
	store, closeStore, err := everystore.Open(ctx, path.Address)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	ttl = max(5*time.Second, store.Capabilities().MinTTL)
	group := fmt.Sprintf("rest-%d-%s", n, backends.NewSessionID())
	for i := range members {
		leave, joinErr := join(ctx, path, group, fmt.Sprint("member-", i), ttl, n)
		if joinErr != nil {
			return 0, 0, joinErr
		}
		defer func() { err = errors.Join(err, leave()) }()
	}
	if err := settled(ctx, store, group); err != nil {
		return 0, 0, err
	}
	if err := pause(ctx, 2*ttl); err != nil { // reports and deputies
		return 0, 0, err
	}
	before := path.Sends()
	if err := pause(ctx, window*ttl); err != nil {
		return 0, 0, err
	}
	return float64(path.Sends()-before) / window / members, ttl, nil
}

// join lets one member join, with a client of its own.
func join(ctx context.Context, path *stands.Path, group, name string, ttl time.Duration, n int) (leave func() error, err error) {
	store, closeStore, err := everystore.Open(ctx, path.Address)
	if err != nil {
		return nil, err
	}
	node, err := membership.Join(ctx, store, membership.Config{Name: name, TTL: ttl})
	if err != nil {
		return nil, errors.Join(err, closeStore())
	}
	leave = func() error {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return errors.Join(node.Leave(limited), closeStore())
	}
	if _, err := partitions.Join(ctx, node, partitions.Config{Group: group, Partitions: partitions.Count(n), OnAcquire: hold}); err != nil {
		return nil, errors.Join(err, leave())
	}
	return leave, nil
}

// hold owns a partition and does nothing.
func hold(context.Context, *partitions.Claim) error { return nil }

// settled waits until both members own their share.
func settled(ctx context.Context, store backends.Backend, group string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	for o, err := range partitions.WatchOwners(ctx, store, group) {
		if err != nil {
			return err
		}
		if o.Settled && o.Unowned == 0 && len(o.Members) == members {
			return nil
		}
	}
	return context.Cause(ctx)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

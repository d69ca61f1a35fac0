package membership

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/observe"
)

// Departure says how a node leaves.
type Departure struct {
	// Reserve keeps the node's partitions for its name for that long; 0 hands
	// them over.
	Reserve time.Duration
}

// LeaveOption changes how Leave leaves.
type LeaveOption func(*Departure)

// Reserve makes Leave release the node's partitions and reserve them for the
// same name for grace, so that a restart moves nothing. It must be positive.
func Reserve(grace time.Duration) LeaveOption {
	return func(d *Departure) { d.Reserve = grace }
}

// party is a run of an election or a group on this node.
type party struct {
	leave func(context.Context, Departure) error
	done  chan struct{}
}

// Enter registers a run, so that Leave can ask it to end. It returns
// ErrAlreadyRunning while a run of that name is registered, and ErrLeft once
// the node is leaving. The run calls exit when it has ended. leave is called at
// most once, in its own goroutine; it must return when ctx is done.
func (n *Node) Enter(name string, leave func(ctx context.Context, d Departure) error) (exit func(), err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.leaving {
		return nil, ErrLeft
	}
	if n.parties[name] != nil {
		return nil, fmt.Errorf("%w: %s", ErrAlreadyRunning, name)
	}
	p := &party{leave: leave, done: make(chan struct{})}
	n.parties[name] = p
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.parties[name] == p {
			delete(n.parties, name)
			close(p.done)
		}
	}, nil
}

// Leave ends every run on this node in good order within ctx: callbacks finish,
// claims are handed over, or with Reserve released and reserved, and then the
// session is closed. Give it a context of its own, not the cancelled one that
// made the process stop. What is stuck when ctx ends is neither handed over nor
// closed but left to expire; Leave then returns ErrStuck with its names. After
// Leave the node is done for good; calling it again returns ErrLeft.
func (n *Node) Leave(ctx context.Context, options ...LeaveOption) error {
	var d Departure
	for _, o := range options {
		o(&d)
	}
	if d.Reserve < 0 {
		return fmt.Errorf("%w: Reserve is %v, it must not be negative", ErrInvalidConfig, d.Reserve)
	}
	n.mu.Lock()
	if n.leaving {
		n.mu.Unlock()
		return ErrLeft
	}
	n.leaving = true
	parties := make([]*party, 0, len(n.parties))
	for _, p := range n.parties {
		parties = append(parties, p)
	}
	n.mu.Unlock()

	err := n.leaveAll(ctx, parties, d)
	n.settle(ctx)
	return errors.Join(err, n.depart(ctx))
}

// leaveAll asks every run to end and waits for them, or for ctx.
func (n *Node) leaveAll(ctx context.Context, parties []*party, d Departure) error {
	errs := make(chan error, len(parties))
	for _, p := range parties {
		go func() { errs <- p.leave(ctx, d) }()
	}
	var all []error
	for range parties {
		select {
		case err := <-errs:
			all = append(all, err)
		case <-ctx.Done():
			return errors.Join(all...)
		}
	}
	for _, p := range parties {
		select {
		case <-p.done:
		case <-ctx.Done():
		}
	}
	return errors.Join(all...)
}

// settle waits until the keepers have given up what they hold and closed what
// is unknown, or until ctx is done.
func (n *Node) settle(ctx context.Context) {
	for _, k := range n.allKeepers() {
		_ = k.Quiet(ctx) // what is not quiet in time is reported by depart
	}
}

// depart ends the session: closed if no callback runs any more, else left to
// expire. The window closes before Close is sent.
func (n *Node) depart(ctx context.Context) error {
	var stuck []string
	for _, k := range n.allKeepers() {
		stuck = append(stuck, k.running()...)
	}
	slices.Sort(stuck)
	n.cancel(ErrLeft) // closes the window, which ends the session loop
	<-n.done
	inc := n.last
	var id backends.SessionID
	if inc != nil {
		id = inc.ID()
	}
	n.Observe(observe.NodeLeft{Origin: n.Origin(), Session: string(id), Stuck: stuck})
	if len(stuck) > 0 {
		return fmt.Errorf("%w: %s; their claims are left to expire", ErrStuck, strings.Join(stuck, ", "))
	}
	if inc == nil {
		return nil
	}
	_, err := Call(ctx, n.cfg.TTL, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, inc.session.Close(ctx)
	})
	if err != nil {
		return fmt.Errorf("membership: close the session (it will expire by itself): %w", err)
	}
	return nil
}

func (n *Node) allKeepers() []*Keeper {
	n.mu.Lock()
	defer n.mu.Unlock()
	keepers := make([]*Keeper, 0, len(n.keepers))
	for _, k := range n.keepers {
		keepers = append(keepers, k)
	}
	return keepers
}

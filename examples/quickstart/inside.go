package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/internal/everystore"
	"github.com/tenure-go/tenure/membership"
)

// inside is a cast whose members live in this process, each behind a network of its own.
type inside struct {
	stage   *stage
	store   backends.Backend
	group   string
	members map[string]*insider
}

type insider struct {
	*member
	network *network
}

// setInside makes the stage ready. The function that it returns clears it away.
func (s *stage) setInside(ctx context.Context, o options, group string, screen *screen) (strike func() error, err error) {
	address := cmp.Or(o.backend, "memory:")
	store, closeStore, err := everystore.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	if address != "memory:" {
		screen.say(fmt.Sprintf("the store is %s, the group %s", backendurl.Redact(address), group))
	}
	s.ttl = cmp.Or(o.ttl, max(2*time.Second, store.Capabilities().MinTTL))
	s.crashing = fmt.Sprintf("cleo crashes; her session lives on for up to %v", s.ttl)
	s.leaving = "ada leaves in good order"
	s.cast = &inside{stage: s, store: store, group: group, members: map[string]*insider{}}
	return closeStore, nil
}

func (i *inside) join(ctx context.Context, names ...string) error {
	for _, name := range names {
		n := newNetwork(i.store)
		m, err := enter(ctx, n, membership.Config{Name: name, TTL: i.stage.ttl, Observer: i.stage.plans, Clock: i.stage.clock}, i.group, i.stage.referee)
		if err != nil {
			return err
		}
		i.members[name] = &insider{m, n}
	}
	return nil
}

// crash takes the network away: the member can tell nobody that it is going.
func (i *inside) crash(name string) error {
	i.members[name].network.cut()
	return nil
}

func (i *inside) leave(ctx context.Context, name string) error {
	m := i.members[name]
	delete(i.members, name)
	return m.leave(ctx)
}

// leaveAll passes over the crashed member, which cannot tell the store: its session
// ends by itself.
func (i *inside) leaveAll() error {
	ctx, cancel := context.WithTimeout(context.Background(), i.stage.ttl)
	defer cancel()
	var leaving sync.WaitGroup
	var mu sync.Mutex // guards errs
	var errs []error
	for _, m := range i.members {
		leaving.Go(func() {
			if err := m.leave(ctx); err != nil && !m.network.isCut() {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	leaving.Wait()
	return errors.Join(errs...)
}

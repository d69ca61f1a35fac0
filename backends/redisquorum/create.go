package redisquorum

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
)

// Create sets a namespace up, once, before the first New: all servers must answer and
// be empty. It is a step of its own because servers that have lost everything look the
// same as new ones, and a program that went on with them by itself would forget who
// owns what. It does nothing if a majority of the servers is set up already. After it
// was interrupted it can be called again.
//
// Errors are those of New, and backends.ErrUnavailable, with what it has found on each
// server, if some are set up and others not.
func Create(ctx context.Context, clients []*redis.Client, namespace string) error {
	s, err := connect(ctx, clients, namespace)
	if err != nil {
		return err
	}
	if len(readyIn(s.standings(ctx, s.majority), "")) >= s.majority {
		return nil
	}
	found := s.standings(ctx, len(s.servers))
	fresh := 0
	for _, a := range found {
		if a.err == nil && (a.value.status == isEmpty || a.value.status == stateBorn) {
			fresh++
		}
	}
	if fresh == len(s.servers) {
		tag := rand.Text()
		for _, a := range found {
			if _, err := s.move(ctx, a.server, a.value, stateBorn, tag); err != nil {
				return s.notCreated(found, err)
			}
		}
		found = s.standings(ctx, len(s.servers))
	}
	// All that is born or ready under one tag has never voted without the others: so it
	// has forgotten nothing.
	tags := map[string]bool{}
	for _, a := range found {
		if a.err != nil || a.value.status != stateBorn && a.value.status != stateReady {
			return s.notCreated(found, a.err)
		}
		tags[a.value.view] = true
	}
	if len(tags) != 1 || len(found) < len(s.servers) {
		return s.notCreated(found, errors.New("another process does the same"))
	}
	for _, a := range found {
		if a.value.status != stateBorn {
			continue
		}
		if ok, err := s.move(ctx, a.server, a.value, stateReady, a.value.view); err != nil || !ok {
			return s.notCreated(found, err)
		}
	}
	return nil
}

func (s *Store) notCreated(found []answer[standing], cause error) error {
	text := ""
	for _, a := range found {
		status := a.value.status
		if a.err != nil {
			status = "no answer"
		}
		text += fmt.Sprintf(" %s: %s;", s.servers[a.server].addr, status)
	}
	if cause == nil {
		cause = errors.New("all servers must be there and empty")
	}
	return fmt.Errorf("redis quorum: create the namespace: %w: found%s %w", backends.ErrUnavailable, text, cause)
}

// Trust lets servers vote again that were restarted on their data. A restarted server
// is caught up by the others, without this; but when a majority was restarted, nobody
// is left to do it. Whoever calls Trust vouches that no server has lost a write that it
// had acknowledged: appendonly was on with appendfsync always, or the servers were shut
// down in order and have saved. If a server may have lost some, no member must run for
// one TTL before Trust is called, and tokens can come back.
//
// Errors are those of New, and backends.ErrUnavailable if no majority votes afterwards.
func Trust(ctx context.Context, clients []*redis.Client, namespace string) error {
	s, err := connect(ctx, clients, namespace)
	if err != nil {
		return err
	}
	for _, a := range s.standings(ctx, len(s.servers)) {
		if a.err == nil && a.value.status == isRestarted && a.value.stored == stateReady {
			if _, err := s.move(ctx, a.server, a.value, stateReady, a.value.view); err != nil {
				return s.short("trust", []answer[[]any]{{a.server, nil, err}})
			}
		}
	}
	return s.agree(ctx)
}

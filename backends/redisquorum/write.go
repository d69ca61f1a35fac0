package redisquorum

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/backends"
)

var errBlind = errors.New("others have written this record so often since that it cannot be told whether this write was applied")

// Write implements backends.Backend. Deaths are proven first: they are for ever, so the
// writes may follow.
func (s *Store) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if err := backends.CheckWrites(s.Capabilities(), writes); err != nil {
		return nil, err
	}
	results := make([]backends.Result, len(writes))
	items := make([]*item, len(writes))
	proofs := s.prove(ctx, named(writes))
	var todo []*item
	for n, w := range writes {
		items[n] = &item{key: w.Key, write: w}
		proof := proofs[w.IfDead]
		switch {
		case w.IfDead != "" && proof.err != nil:
			results[n].Err = proof.err
		case w.IfDead != "" && !proof.dead:
			results[n].Outcome = backends.Alive
		default:
			todo = append(todo, items[n])
		}
	}
	cause := s.settle(ctx, "write", todo, false)
	sent, deleted := len(writes) == 0, false
	for n, i := range items {
		if results[n] == (backends.Result{}) {
			results[n] = i.result(cause)
		}
		sent = sent || results[n].Outcome != backends.NotSent
		deleted = deleted || i.write.Delete
	}
	if !sent {
		return nil, results[0].Err
	}
	s.hurry()
	if deleted {
		s.collect()
	}
	return results, nil
}

// named returns the sessions that writes name, each once.
func named(writes []backends.Write) (ids []backends.SessionID) {
	there := map[backends.SessionID]bool{"": true}
	for _, w := range writes {
		if !there[w.IfDead] {
			ids, there[w.IfDead] = append(ids, w.IfDead), true
		}
	}
	return ids
}

// result is what the caller is told. A version that was proposed and not seen since may
// be on a server, and another process can complete it at any time.
func (i *item) result(cause error) backends.Result {
	switch i.verdict {
	case applied:
		if i.write.Delete {
			return backends.Result{Outcome: backends.Applied}
		}
		return backends.Result{Outcome: backends.Applied, Revision: backends.Revision(i.own)}
	case conflict:
		return backends.Result{Outcome: backends.Conflict}
	case blind:
		return backends.Result{Outcome: backends.Unknown, Err: fmt.Errorf("redis quorum: write %q: %w: %w", i.key, backends.ErrUnavailable, errBlind)}
	case alien:
		cause = foreign(i.key)
	}
	if i.own != "" {
		return backends.Result{Outcome: backends.Unknown, Err: cause}
	}
	return backends.Result{Outcome: backends.NotSent, Err: cause}
}

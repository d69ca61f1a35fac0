package redisquorum

import (
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

// contention is how long a call tries against others that write the same keys. It is
// far below graveAge, so that a tombstone over a version of the call is still there.
const contention = 30 * time.Second

// settle takes items through rounds until all are done. With peek it looks first
// whether a majority agrees already, which is one request where a round is two. It
// returns an error if it had to stop; the items tell how far they came.
func (s *Store) settle(ctx context.Context, doing string, items []*item, peek bool) error {
	begun := time.Now()
	for attempt := 0; ; attempt++ {
		todo := undone(items)
		if len(todo) == 0 {
			return nil
		}
		batch := todo[:fitting(todo)]
		if peek || attempt > 0 {
			if err := s.peek(ctx, doing, batch); err != nil {
				return err
			}
		}
		// A reader that finds a write on its way must not get in its way at once.
		if !peek || attempt > 0 {
			if err := s.round(ctx, doing, undone(batch)); err != nil {
				return err
			}
		}
		if len(undone(items)) < len(todo) {
			attempt = -1
			continue
		}
		if time.Since(begun) > contention {
			return fmt.Errorf("redis quorum: %s: %w: others have written the same keys for %v", doing, backends.ErrUnavailable, contention)
		}
		if err := pause(ctx, attempt); err != nil {
			return fmt.Errorf("redis quorum: %s: %w: %w", doing, backends.ErrUnavailable, err)
		}
	}
}

func undone(items []*item) (todo []*item) {
	for _, i := range items {
		if !i.done() {
			todo = append(todo, i)
		}
	}
	return todo
}

// fitting is how many of the items go into one request: at least one.
func fitting(items []*item) int {
	size := 0
	for n, i := range items {
		size += len(i.write.Value)
		if n == maxBatch || n > 0 && size > maxBytes {
			return n
		}
	}
	return len(items)
}

// peek asks what was accepted, and is content with items on which a majority agrees.
func (s *Store) peek(ctx context.Context, doing string, batch []*item) error {
	box, err := s.poll(ctx, doing, s.same(readScript, append([]any{maxBytes}, keysOf(batch)...)...))
	if err != nil {
		return err
	}
	for n, i := range batch {
		var votes []*version
		for _, a := range box.good {
			if n < len(a.value) {
				votes = i.count(votes, a.value[n])
			}
		}
		if v, ok := agreed(votes, s.majority); ok {
			i.peek(v)
		}
	}
	return nil
}

func keysOf(batch []*item) (keys []any) {
	for _, i := range batch {
		keys = append(keys, string(i.key))
	}
	return keys
}

// count adds what a server has accepted for the item, unless it is foreign.
func (i *item) count(votes []*version, stored any) []*version {
	if stored == nil {
		return append(votes, nil)
	}
	text, _ := stored.(string)
	v, ok := parse(text)
	if !ok {
		i.foreign = true
		return votes
	}
	return append(votes, v)
}

// round prepares a ballot for the items and has accepted what follows from the answers.
func (s *Store) round(ctx context.Context, doing string, batch []*item) error {
	if len(batch) == 0 {
		return nil
	}
	b := s.ballots.next(time.Now())
	box, err := s.poll(ctx, doing, s.same(prepareScript, append([]any{maxBytes, string(b)}, keysOf(batch)...)...))
	if err != nil {
		return err
	}
	var going []*item
	var verdicts []verdict
	var bodies []any
	for n, i := range batch {
		var votes []*version
		i.foreign = false
		for _, a := range box.good {
			if 2*n+1 < len(a.value) && s.promised(i, a.value[2*n]) {
				votes = i.count(votes, a.value[2*n+1])
			}
		}
		if len(votes) < s.majority {
			if i.foreign {
				i.verdict = alien
			}
			continue
		}
		propose, v := i.decide(newest(votes, s.majority))
		if propose == nil {
			i.verdict = v
			continue
		}
		going, verdicts = append(going, i), append(verdicts, v)
		bodies = append(bodies, string(i.key), propose.body())
	}
	if len(going) == 0 {
		return nil
	}
	// Only servers in the view of the promises may accept: see the documentation.
	box = s.once(ctx, box.view, s.same(acceptScript, append([]any{string(b)}, bodies...)...))
	s.tally(box, going, verdicts)
	if len(box.good) < s.majority && !box.moved() {
		return s.short(doing, box.bad)
	}
	return nil
}

// promised reads what a server says of a ballot: that it took it, or which larger one
// it has seen.
func (s *Store) promised(i *item, said any) bool {
	text, _ := said.(string)
	switch {
	case text == "ok":
		return true
	case ballotPattern.MatchString(text):
		s.ballots.saw(ballot(text))
	default:
		i.foreign = true
	}
	return false
}

// tally counts who has accepted. A server whose answer is missing may have.
func (s *Store) tally(box ballotBox, going []*item, verdicts []verdict) {
	missing := len(s.servers) - len(box.good) - len(box.bad)
	for _, a := range box.bad {
		if !noVote(a.err) && !rediscall.Refused(a.err) {
			missing++
		}
	}
	for n, i := range going {
		acks := 0
		for _, a := range box.good {
			if n < len(a.value) && s.promised(i, a.value[n]) {
				acks++
			}
		}
		i.accepted(acks, s.majority, missing > 0, verdicts[n])
	}
}

func foreign(key backends.Key) error {
	return fmt.Errorf("redis quorum: %w: the record %q was not written by this store: remove its fields from the hash of the namespace", backends.ErrForeign, key)
}

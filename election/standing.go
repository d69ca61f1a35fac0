package election

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
)

// deputyCount is how many candidates may try at once when the leader dies.
const deputyCount = 4

// candidateRecord is what a candidate writes about itself.
type candidateRecord struct {
	Format int    `json:"v"`
	Member string `json:"member"`
}

func (c *Candidate) candidates() backends.Dir { return c.dir + "candidates/" }

// standIn registers this session as a candidate, so that a leader can name it,
// and takes the record away again when the candidacy ends.
func (c *Candidate) standIn(ctx context.Context, inc *membership.Incarnation) {
	value, err := json.Marshal(candidateRecord{Format: 1, Member: c.node.Name()})
	if err != nil {
		return // unreachable: two plain fields
	}
	key, err := c.candidates().Key(string(inc.ID()) + "." + itoa(c.node.NextRun()))
	if err != nil {
		return // unreachable: both parts are short and plain
	}
	for ctx.Err() == nil {
		// The same write each time: if the reply to an earlier copy was lost,
		// it conflicts, and there is one record and not two.
		r, err := c.writeOne(ctx, backends.Write{Key: key, Value: value})
		if err == nil && (r.Outcome == backends.Applied || r.Outcome == backends.Conflict) {
			<-ctx.Done()
			if inc.Check() == nil {
				c.standDown(context.WithoutCancel(ctx), key)
			}
			return
		}
		_ = membership.Sleep(ctx, c.node.Clock(), jitter(c.node.TTL()/10, c.node.TTL()/3))
	}
}

// standDown deletes a candidate's record. If that fails the record stays until
// the session is dead: whoever is named by it in vain lets others go first.
func (c *Candidate) standDown(ctx context.Context, key backends.Key) {
	records, err := membership.Call(ctx, c.node.TTL()/3, func(ctx context.Context) ([]backends.Record, error) {
		return c.node.Backend().Read(ctx, key)
	})
	if err == nil && records[0].Revision != backends.Absent {
		_, _ = c.writeOne(ctx, backends.Write{Key: key, Expect: records[0].Revision, Delete: true})
	}
}

// deputise keeps the claim's list of deputies right while this node leads.
func (c *Candidate) deputise(held *membership.Held) {
	ctx, cancel := context.WithCancel(held.Context())
	defer cancel()
	for held.Check() == nil && ctx.Err() == nil {
		_ = c.followCandidates(ctx)
		_ = membership.Sleep(ctx, c.node.Clock(), jitter(c.node.TTL()/10, c.node.TTL()/3))
	}
}

// settleCandidates is how long the list of candidates must be still before the
// claim is rewritten: many that join together cost one write.
const settleCandidates = 50 * time.Millisecond

func (c *Candidate) followCandidates(ctx context.Context) error {
	watch, cancel := context.WithCancel(ctx)
	defer cancel()
	events, err := c.node.Backend().Watch(watch, c.node.TTL()/3, backends.InDir(c.candidates()))
	if err != nil {
		return err
	}
	known := map[backends.Key]backends.Revision{}
	var due <-chan struct{}
	for {
		select {
		case e, ok := <-events:
			switch {
			case !ok:
				return ctx.Err()
			case e.Kind == backends.Failed:
				return e.Err
			case e.Kind == backends.Put:
				known[e.Record.Key] = e.Record.Revision
			case e.Kind == backends.Deleted:
				delete(known, e.Record.Key)
			}
			if due == nil {
				settled := make(chan struct{})
				c.node.Clock().AfterFunc(settleCandidates, func() { close(settled) })
				due = settled
			}
		case <-due:
			due = nil
			c.sweep(ctx, known)
			c.appoint(known)
		}
	}
}

// sweep deletes the records of candidates whose sessions are dead.
func (c *Candidate) sweep(ctx context.Context, known map[backends.Key]backends.Revision) {
	alive, err := c.node.RecentSessions(ctx)
	if err != nil {
		return
	}
	var writes []backends.Write
	for key, rev := range known {
		if id := sessionOf(key); id != "" && !alive[id] {
			writes = append(writes, backends.Write{Key: key, Expect: rev, Delete: true, IfDead: id})
		}
	}
	if len(writes) == 0 {
		return
	}
	results, err := membership.Call(ctx, c.node.TTL()/3, func(ctx context.Context) ([]backends.Result, error) {
		return c.node.Backend().Write(ctx, writes...)
	})
	for i := range results {
		if err == nil && results[i].Outcome == backends.Applied {
			delete(known, writes[i].Key)
		}
	}
}

// appoint names deputies among the candidates, keeping those that still stand.
func (c *Candidate) appoint(known map[backends.Key]backends.Revision) {
	inc, _ := c.node.Incarnation()
	if inc == nil {
		return
	}
	var waiting []backends.SessionID
	for key := range known {
		if id := sessionOf(key); id != "" && id != inc.ID() {
			waiting = append(waiting, id)
		}
	}
	slices.Sort(waiting)
	waiting = slices.Compact(waiting)
	c.mu.Lock()
	var deputies []backends.SessionID
	for _, id := range slices.Concat(c.deputies, waiting) {
		if len(deputies) < deputyCount && slices.Contains(waiting, id) && !slices.Contains(deputies, id) {
			deputies = append(deputies, id)
		}
	}
	same := slices.Equal(deputies, c.deputies)
	c.deputies, c.waiting = deputies, waiting
	c.mu.Unlock()
	if !same {
		c.keeper.Annotate(claimName, deputies)
	}
}

// sessionOf returns the session in the name of a candidate's record, or "".
func sessionOf(key backends.Key) backends.SessionID {
	name, err := key.Name()
	if err != nil {
		return ""
	}
	id, _, ok := strings.Cut(name, ".")
	if !ok {
		return ""
	}
	return backends.SessionID(id)
}

func (c *Candidate) writeOne(ctx context.Context, w backends.Write) (backends.Result, error) {
	results, err := membership.Call(ctx, c.node.TTL()/3, func(ctx context.Context) ([]backends.Result, error) {
		return c.node.Backend().Write(ctx, w)
	})
	if err != nil {
		return backends.Result{}, err
	}
	return results[0], nil
}

package etcd

import (
	"context"
	"errors"
	"fmt"
	"sync"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

// Write implements backends.Backend. Up to a hundred items share one Txn: if all
// their conditions hold, all apply. Nested Txns with conditions of their own would
// tell at once which items can, at three times the server's work for each; conflicts
// are rare, and cost a second request here.
func (s *Store) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if err := backends.CheckWrites(s.Capabilities(), writes); err != nil {
		return nil, err
	}
	results := make([]backends.Result, len(writes))
	_ = inParallel(ctx, s.bySize(writes), func(ctx context.Context, c span) error {
		s.commit(ctx, writes[c.begin:c.end], results[c.begin:c.end])
		return nil // each item has its result
	})
	sent := len(results) == 0
	for i := range results {
		sent = sent || results[i].Outcome != backends.NotSent
		if results[i].Outcome == backends.NotSent && results[i].Err == nil {
			results[i].Err = wrap("write", context.Cause(ctx)) // its turn never came
		}
	}
	if !sent {
		return nil, results[0].Err
	}
	return results, nil
}

// commit writes the items of one span and fills in their results. An attempt that
// applies nothing decides at least one item, whose condition did not hold; the
// others are sent again.
func (s *Store) commit(ctx context.Context, writes []backends.Write, results []backends.Result) {
	open := make([]int, len(writes))
	for i := range open {
		open[i] = i
	}
	for len(open) > 0 && ctx.Err() == nil {
		b := s.batch(writes, open)
		resp, err := s.client.Txn(ctx).If(b.conditions...).Then(b.changes...).Else(b.looks...).Commit()
		switch {
		case err != nil:
			failed(err, results, open)
			return
		case resp.Succeeded:
			for _, i := range open {
				results[i] = backends.Result{Outcome: backends.Applied}
				if !writes[i].Delete {
					results[i].Revision = revision(resp.Header.Revision)
				}
			}
			return
		}
		rest := b.judge(resp.Responses, writes, results, open)
		if len(rest) == len(open) {
			failed(fmt.Errorf("the server refuses a Txn whose conditions hold"), results, open)
			return
		}
		open = rest
	}
}

// failed gives items the result of a request that failed.
func failed(err error, results []backends.Result, open []int) {
	outcome := backends.Unknown
	if refused(err) {
		outcome = backends.NotSent
	}
	for _, i := range open {
		results[i] = backends.Result{Outcome: outcome, Err: wrap("write", err)}
	}
}

// batch is one Txn. Its looks are what tells a wrong revision from a session that
// lives: each item's record, then each session, without their values.
type batch struct {
	conditions []clientv3.Cmp
	changes    []clientv3.Op
	looks      []clientv3.Op
	sessions   map[backends.SessionID]int // index into looks
}

func (s *Store) batch(writes []backends.Write, open []int) batch {
	b := batch{sessions: map[backends.SessionID]int{}}
	for _, i := range open {
		w, key := writes[i], s.recordKey(writes[i].Key)
		b.conditions = append(b.conditions, clientv3.Compare(clientv3.ModRevision(key), "=", modRevision(w.Expect)))
		b.looks = append(b.looks, clientv3.OpGet(key, clientv3.WithKeysOnly()))
		if w.Delete {
			b.changes = append(b.changes, clientv3.OpDelete(key))
		} else {
			b.changes = append(b.changes, clientv3.OpPut(key, string(w.Value)))
		}
	}
	for _, i := range open {
		id := writes[i].IfDead
		if _, known := b.sessions[id]; known || id == "" {
			continue
		}
		key := s.sessionKey(id)
		b.sessions[id] = len(b.looks)
		b.conditions = append(b.conditions, clientv3.Compare(clientv3.CreateRevision(key), "=", 0))
		b.looks = append(b.looks, clientv3.OpGet(key, clientv3.WithKeysOnly()))
	}
	return b
}

// judge gives a result to each item whose condition did not hold, and returns the
// others.
func (b batch) judge(looks []*pb.ResponseOp, writes []backends.Write, results []backends.Result, open []int) (rest []int) {
	for n, i := range open {
		alive, named := b.sessions[writes[i].IfDead]
		switch {
		case found(looks[n].GetResponseRange().Kvs) != writes[i].Expect:
			results[i] = backends.Result{Outcome: backends.Conflict}
		case named && len(looks[alive].GetResponseRange().Kvs) > 0:
			results[i] = backends.Result{Outcome: backends.Alive}
		default:
			rest = append(rest, i)
		}
	}
	return rest
}

// span is a run of items that share one request.
type span struct{ begin, end int }

// chunks cuts n items into spans of at most size.
func chunks(n, size int) []span {
	var spans []span
	for begin := 0; begin < n; begin += size {
		spans = append(spans, span{begin, min(begin+size, n)})
	}
	return spans
}

// itemOverhead is more than what an item adds to a request besides values and
// names: the headers of its conditions and operations.
const itemOverhead = 256

// bySize cuts writes into spans that stay within the server's limits. An item
// names its record three times and its session twice, and adds one condition, and
// one more for a session that no other item names.
func (s *Store) bySize(writes []backends.Write) []span {
	var spans []span
	begin, size, sessions := 0, 0, map[backends.SessionID]bool{}
	for i, w := range writes {
		item := len(w.Value) + 3*len(s.recordKey(w.Key)) + 2*len(s.sessionKey(w.IfDead)) + itemOverhead
		full := i-begin == maxBatch || i-begin+len(sessions)+2 > maxConditions || size+item > maxRequest
		if i > begin && full {
			spans = append(spans, span{begin, i})
			begin, size, sessions = i, 0, map[backends.SessionID]bool{}
		}
		size += item
		if w.IfDead != "" {
			sessions[w.IfDead] = true
		}
	}
	if begin < len(writes) {
		spans = append(spans, span{begin, len(writes)})
	}
	return spans
}

// inParallel calls f for every span, a few at a time, and joins the errors. Spans
// that come up after ctx is done are not begun.
func inParallel(ctx context.Context, spans []span, f func(context.Context, span) error) error {
	if len(spans) == 1 {
		return f(ctx, spans[0])
	}
	errs := make([]error, len(spans))
	slots := make(chan struct{}, inFlight)
	var all sync.WaitGroup
	for i, c := range spans {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			errs[i] = wrap("wait for its turn", context.Cause(ctx))
			continue
		}
		all.Go(func() {
			defer func() { <-slots }()
			errs[i] = f(ctx, c)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

package etcd

import (
	"context"
	"errors"
	"sync"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

// Write implements backends.Backend: each item is a nested Txn with conditions
// of its own, so that a hundred of them share one request and each has its
// result. IfDead compares the session's key in the same step.
func (s *Store) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if err := backends.CheckWrites(s.Capabilities(), writes); err != nil {
		return nil, err
	}
	ops := make([]clientv3.Op, len(writes))
	for i, w := range writes {
		ops[i] = s.op(w)
	}
	results := make([]backends.Result, len(writes))
	_ = inParallel(ctx, s.bySize(writes), func(ctx context.Context, c span) error {
		s.commit(ctx, ops[c.begin:c.end], writes[c.begin:c.end], results[c.begin:c.end])
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

// op makes one item a nested Txn. In its failure branch it reads the record, to
// tell a wrong revision from a session that lives.
func (s *Store) op(w backends.Write) clientv3.Op {
	key := s.recordKey(w.Key)
	conditions := []clientv3.Cmp{clientv3.Compare(clientv3.ModRevision(key), "=", modRevision(w.Expect))}
	if w.IfDead != "" {
		conditions = append(conditions, clientv3.Compare(clientv3.CreateRevision(s.sessionKey(w.IfDead)), "=", 0))
	}
	change := clientv3.OpPut(key, string(w.Value))
	if w.Delete {
		change = clientv3.OpDelete(key)
	}
	return clientv3.OpTxn(conditions, []clientv3.Op{change}, []clientv3.Op{clientv3.OpGet(key, clientv3.WithKeysOnly())})
}

// commit sends one request and fills in the results of its items.
func (s *Store) commit(ctx context.Context, ops []clientv3.Op, writes []backends.Write, results []backends.Result) {
	if ctx.Err() != nil {
		return // not sent
	}
	resp, err := s.client.Txn(ctx).Then(ops...).Commit()
	if err != nil {
		outcome := backends.Unknown
		if refused(err) {
			outcome = backends.NotSent
		}
		for i := range results {
			results[i] = backends.Result{Outcome: outcome, Err: wrap("write", err)}
		}
		return
	}
	for i, r := range resp.Responses {
		item := r.GetResponseTxn()
		switch {
		case item.Succeeded && writes[i].Delete:
			results[i] = backends.Result{Outcome: backends.Applied}
		case item.Succeeded:
			results[i] = backends.Result{Outcome: backends.Applied, Revision: revision(resp.Header.Revision)}
		case writes[i].IfDead != "" && found(item.Responses[0].GetResponseRange().Kvs) == writes[i].Expect:
			results[i] = backends.Result{Outcome: backends.Alive}
		default:
			results[i] = backends.Result{Outcome: backends.Conflict}
		}
	}
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
// names its record three times and a session once.
func (s *Store) bySize(writes []backends.Write) []span {
	var spans []span
	begin, size := 0, 0
	for i, w := range writes {
		item := len(w.Value) + 3*len(s.recordKey(w.Key)) + len(s.sessionKey(w.IfDead)) + itemOverhead
		if i > begin && (i-begin == maxBatch || size+item > maxRequest) {
			spans = append(spans, span{begin, i})
			begin, size = i, 0
		}
		size += item
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

package etcd

import (
	"context"
	"strconv"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

// Read implements backends.Backend by linearizable Gets, up to a hundred in one
// request.
func (s *Store) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	for _, k := range keys {
		if err := k.Valid(); err != nil {
			return nil, err
		}
	}
	records := make([]backends.Record, len(keys))
	err := inParallel(ctx, chunks(len(keys), maxBatch), func(ctx context.Context, c span) error {
		ops := make([]clientv3.Op, 0, c.end-c.begin)
		for _, k := range keys[c.begin:c.end] {
			ops = append(ops, clientv3.OpGet(s.recordKey(k)))
		}
		resp, err := s.client.Txn(ctx).Then(ops...).Commit()
		if err != nil {
			return wrap("read", err)
		}
		for i, r := range resp.Responses {
			records[c.begin+i] = backends.Record{Key: keys[c.begin+i]}
			if kvs := r.GetResponseRange().Kvs; len(kvs) > 0 {
				records[c.begin+i] = s.record(kvs[0])
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return records, nil
}

// List implements backends.Backend, in pages of one revision.
func (s *Store) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	kvs, _, err := s.rangeAll(ctx, s.recordKey(backends.Key(dir)), 0)
	if err != nil {
		return nil, wrap("list "+string(dir), err)
	}
	records := make([]backends.Record, len(kvs))
	for i, kv := range kvs {
		records[i] = s.record(kv)
	}
	return records, nil
}

// rangeAll reads everything below a prefix as of one revision (0: the newest)
// and returns that revision.
func (s *Store) rangeAll(ctx context.Context, prefix string, rev int64) ([]*mvccpb.KeyValue, int64, error) {
	var all []*mvccpb.KeyValue
	from, end := prefix, clientv3.GetPrefixRangeEnd(prefix)
	for {
		resp, err := s.client.Get(ctx, from, clientv3.WithRange(end), clientv3.WithLimit(listPage), clientv3.WithRev(rev),
			clientv3.WithSort(clientv3.SortByKey, clientv3.SortAscend))
		if err != nil {
			return nil, 0, err
		}
		if rev == 0 {
			rev = resp.Header.Revision
		}
		all = append(all, resp.Kvs...)
		if !resp.More || len(resp.Kvs) == 0 {
			return all, rev, nil
		}
		from = string(resp.Kvs[len(resp.Kvs)-1].Key) + "\x00"
	}
}

func (s *Store) record(kv *mvccpb.KeyValue) backends.Record {
	return backends.Record{Key: s.keyOf(kv.Key), Value: kv.Value, Revision: revision(kv.ModRevision)}
}

// revision is a key's ModRevision: it never returns, not even after a deletion.
func revision(modRevision int64) backends.Revision {
	return backends.Revision(strconv.FormatInt(modRevision, 10))
}

// found is the revision of what a range found, Absent for nothing.
func found(kvs []*mvccpb.KeyValue) backends.Revision {
	if len(kvs) == 0 {
		return backends.Absent
	}
	return revision(kvs[0].ModRevision)
}

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

// List implements backends.Backend.
func (s *Store) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	kvs, err := s.rangeNow(ctx, s.recordKey(backends.Key(dir)))
	if err != nil {
		return nil, wrap("list "+string(dir), err)
	}
	records := make([]backends.Record, len(kvs))
	for i, kv := range kvs {
		records[i] = s.record(kv)
	}
	return records, nil
}

// rangeNow reads everything below a prefix, each page as of its own instant: a
// compaction, which an operator may order at any time, cannot disturb that.
func (s *Store) rangeNow(ctx context.Context, prefix string) ([]*mvccpb.KeyValue, error) {
	kvs, _, err := s.pages(ctx, prefix, false)
	return kvs, err
}

// rangeAt reads everything below a prefix as of one revision, and returns that
// too. It fails with rpctypes.ErrCompacted if that revision is compacted meanwhile.
func (s *Store) rangeAt(ctx context.Context, prefix string) ([]*mvccpb.KeyValue, int64, error) {
	return s.pages(ctx, prefix, true)
}

// A page of a listing is as many records as would have fit pageBytes by the size
// of those before, so that neither side ever holds a huge message.
const (
	firstPage = 200
	lastPage  = 5000
	pageBytes = 2 << 20
)

// pages reads a prefix page by page. If pinned, all pages are of the revision of
// the first, which is returned.
func (s *Store) pages(ctx context.Context, prefix string, pinned bool) (all []*mvccpb.KeyValue, rev int64, err error) {
	from, end, limit, size := prefix, clientv3.GetPrefixRangeEnd(prefix), firstPage, 0
	for {
		options := []clientv3.OpOption{clientv3.WithRange(end), clientv3.WithLimit(int64(limit))}
		if pinned {
			options = append(options, clientv3.WithRev(rev))
		}
		resp, err := s.client.Get(ctx, from, options...)
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
		for _, kv := range resp.Kvs {
			size += len(kv.Key) + len(kv.Value)
		}
		limit = min(lastPage, max(1, pageBytes/(size/len(all)+1)))
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

// modRevision is the inverse of revision; what this store never made gives -1,
// which no key has.
func modRevision(r backends.Revision) int64 {
	if r == backends.Absent {
		return 0
	}
	n, err := strconv.ParseInt(string(r), 10, 64)
	if err != nil || n <= 0 || revision(n) != r {
		return -1
	}
	return n
}

// found is the revision of what a range found, Absent for nothing.
func found(kvs []*mvccpb.KeyValue) backends.Revision {
	if len(kvs) == 0 {
		return backends.Absent
	}
	return revision(kvs[0].ModRevision)
}

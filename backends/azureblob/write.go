package azureblob

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/tenure-go/tenure/backends"
)

// Write implements backends.Backend by one conditional request per item, several at a
// time: the service has no batch of writes. First each session that an item names is
// tried to be proven dead, once per call.
func (s *Store) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if err := backends.CheckWrites(s.Capabilities(), writes); err != nil {
		return nil, err
	}
	verdicts := s.proveAll(ctx, writes)
	results := make([]backends.Result, len(writes))
	inParallel(len(writes), func(i int) {
		results[i] = s.commit(ctx, writes[i], verdicts[writes[i].IfDead])
	})
	if len(results) > 0 && !slices.ContainsFunc(results, func(r backends.Result) bool { return r.Outcome != backends.NotSent }) {
		return nil, results[0].Err
	}
	return results, nil
}

// verdict is whether a session is dead. That of "" is not looked at.
type verdict struct {
	dead bool
	err  error
}

func (s *Store) proveAll(ctx context.Context, writes []backends.Write) map[backends.SessionID]verdict {
	verdicts := map[backends.SessionID]verdict{}
	var ids []backends.SessionID
	for _, w := range writes {
		if _, seen := verdicts[w.IfDead]; w.IfDead != "" && !seen {
			verdicts[w.IfDead] = verdict{}
			ids = append(ids, w.IfDead)
		}
	}
	found := make([]verdict, len(ids))
	inParallel(len(ids), func(i int) { found[i].dead, found[i].err = s.prove(ctx, ids[i]) })
	for i, id := range ids {
		verdicts[id] = found[i]
	}
	return verdicts
}

// commit writes one item. Proof and write are two requests; nothing need hold them
// together, because a dead session stays dead.
func (s *Store) commit(ctx context.Context, w backends.Write, v verdict) backends.Result {
	switch {
	case w.IfDead != "" && v.err != nil:
		return backends.Result{Outcome: backends.NotSent, Err: v.err}
	case w.IfDead != "" && !v.dead:
		return backends.Result{Outcome: backends.Alive}
	case w.Expect != backends.Absent && !revisionPattern.MatchString(string(w.Expect)):
		return backends.Result{Outcome: backends.Conflict} // no version of ours has it
	}
	var version backends.Revision
	var err error
	if w.Delete {
		err = s.deleteBlob(ctx, s.recordName(w.Key), condition(w.Expect))
	} else {
		version, err = s.put(ctx, s.recordName(w.Key), w.Value, condition(w.Expect))
	}
	switch {
	case err == nil:
		return backends.Result{Outcome: backends.Applied, Revision: version}
	case hasCode(err, conflictCodes), hasCode(err, goneCodes):
		return backends.Result{Outcome: backends.Conflict}
	case refused(err):
		return backends.Result{Outcome: backends.NotSent, Err: wrap("write", err)}
	}
	return backends.Result{Outcome: backends.Unknown, Err: wrap("write", err)}
}

// condition is the one of a write that expects a revision.
func condition(expect backends.Revision) *blob.AccessConditions {
	if expect == backends.Absent {
		anyVersion := azcore.ETagAny
		return &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: &anyVersion}}
	}
	return &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: etag(expect)}}
}

// put creates or replaces a blob.
func (s *Store) put(ctx context.Context, name string, value []byte, condition *blob.AccessConditions) (backends.Revision, error) {
	ctx, err := once(ctx)
	if err != nil {
		return "", err
	}
	meta, content := encode(value)
	answer, err := s.client.NewBlockBlobClient(name).Upload(ctx, streaming.NopCloser(bytes.NewReader(content)),
		&blockblob.UploadOptions{Metadata: meta, AccessConditions: condition})
	if err != nil {
		return "", err
	}
	version, err := revision(answer.ETag)
	if err != nil {
		return "", fmt.Errorf("what was written: %w", err)
	}
	return version, nil
}

// create makes a blob that is not there.
func (s *Store) create(ctx context.Context, name string, value []byte) error {
	_, err := s.put(ctx, name, value, condition(backends.Absent))
	return err
}

// deleteBlob deletes a blob, with the snapshots that somebody may have made of it and
// that would else keep it.
func (s *Store) deleteBlob(ctx context.Context, name string, condition *blob.AccessConditions) error {
	ctx, err := once(ctx)
	if err != nil {
		return err
	}
	snapshots := blob.DeleteSnapshotsOptionTypeInclude
	_, err = s.client.NewBlobClient(name).Delete(ctx, &blob.DeleteOptions{DeleteSnapshots: &snapshots, AccessConditions: condition})
	return err
}

package azureblob

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tenure-go/tenure/backends"
)

// Read implements backends.Backend by one request per key, or for many keys of a small
// directory by listing it.
func (s *Store) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	records := make([]backends.Record, len(keys))
	for i, k := range keys {
		if err := k.Valid(); err != nil {
			return nil, err
		}
		records[i].Key = k
	}
	rest, err := s.readListed(ctx, records)
	if err != nil {
		return nil, wrap("read", err)
	}
	errs := make([]error, len(rest))
	inParallel(len(rest), func(i int) { records[rest[i]], errs[i] = s.get(ctx, records[rest[i]].Key) })
	if err := first(errs); err != nil {
		return nil, wrap("read", err)
	}
	return records, nil
}

// get reads one record. Metadata, content and ETag come in one answer, and so belong to
// one version.
func (s *Store) get(ctx context.Context, key backends.Key) (backends.Record, error) {
	absent := backends.Record{Key: key}
	ctx, err := once(ctx)
	if err != nil {
		return absent, err
	}
	name := s.recordName(key)
	answer, err := s.client.NewBlobClient(name).DownloadStream(ctx, nil)
	if hasCode(err, goneCodes) {
		return absent, nil
	}
	if err != nil {
		return absent, err
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxValue+1))
	if err != nil {
		return absent, err
	}
	value, inline, ok := decode(answer.Metadata)
	if !ok || len(content) > maxValue || answer.BlobType == nil || *answer.BlobType != blob.BlobTypeBlockBlob {
		return absent, foreign(name)
	}
	if !inline {
		value = content
	}
	version, err := revision(answer.ETag)
	return backends.Record{Key: key, Value: value, Revision: version}, err
}

// List implements backends.Backend: page by page. Values that are a blob's content are
// read one by one; such a record may be newer than the listing.
func (s *Store) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	if _, err := dir.Segments(); err != nil || !strings.HasSuffix(string(dir), "/") {
		return nil, fmt.Errorf("azureblob: %w: %.60q is not a directory", backends.ErrInvalid, dir)
	}
	records := []backends.Record{}
	var apart []int // whose value is the content
	_, err := s.list(ctx, s.dirPrefix(dir), s.page, allPages, func(item *container.BlobItem) error {
		r, inline, err := s.record(item)
		if !inline {
			apart = append(apart, len(records))
		}
		records = append(records, r)
		return err
	})
	if err != nil {
		return nil, wrap("list "+string(dir), err)
	}
	errs := make([]error, len(apart))
	inParallel(len(apart), func(i int) { records[apart[i]], errs[i] = s.get(ctx, records[apart[i]].Key) })
	if err := first(errs); err != nil {
		return nil, wrap("list "+string(dir), err)
	}
	records = slices.DeleteFunc(records, func(r backends.Record) bool { return r.Revision == backends.Absent })
	// Names are ordered otherwise than the keys that they stand for.
	slices.SortFunc(records, func(a, b backends.Record) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return records, nil
}

// record reads an item of a listing.
func (s *Store) record(item *container.BlobItem) (r backends.Record, inline bool, err error) {
	key, err := s.keyOf(*item.Name)
	if err != nil {
		return r, true, err
	}
	value, inline, ok := decode(item.Metadata)
	if !ok || item.Properties.BlobType == nil || *item.Properties.BlobType != blob.BlobTypeBlockBlob {
		return r, true, foreign(*item.Name)
	}
	version, err := revision(item.Properties.ETag)
	return backends.Record{Key: key, Value: value, Revision: version}, inline, err
}

func first(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

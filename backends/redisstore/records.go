package redisstore

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

// revisionPattern is what write.lua makes: the server's time in microseconds, 64
// random bits of the request, and the place of the write in it. Time alone could
// repeat after a failover or a clock step.
var revisionPattern = regexp.MustCompile(`^[0-9]+-[0-9a-f]+$`)

// Read implements backends.Backend.
func (s *Store) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	for _, k := range keys {
		if err := k.Valid(); err != nil {
			return nil, err
		}
	}
	records := make([]backends.Record, 0, len(keys))
	for len(records) < len(keys) {
		rest := keys[len(records):]
		rest = rest[:min(len(rest), maxBatch)]
		args := []any{maxBytes}
		for _, k := range rest {
			args = append(args, string(k))
		}
		found, err := s.list(ctx, readScript, []string{s.records}, args...)
		if err != nil {
			return nil, rediscall.Wrap("read", err)
		}
		if len(found) == 0 || len(found) > len(rest) {
			return nil, rediscall.Wrap("read", rediscall.Strange(found))
		}
		for i, stored := range found {
			r, err := decode(rest[i], stored)
			if err != nil {
				return nil, err
			}
			records = append(records, r)
		}
	}
	return records, nil
}

// List implements backends.Backend: page by page, in the order of the keys.
func (s *Store) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	// '0' is the character after '/': so the range is all that begins with dir.
	from, to := "["+string(dir), "("+strings.TrimSuffix(string(dir), "/")+"0"
	var records []backends.Record
	for {
		page, err := s.list(ctx, listScript, []string{s.records, s.names}, maxBytes, from, to, maxBatch)
		if err != nil {
			return nil, rediscall.Wrap("list "+string(dir), err)
		}
		if len(page)%2 != 1 {
			return nil, rediscall.Wrap("list "+string(dir), rediscall.Strange(page))
		}
		for i := 1; i < len(page); i += 2 {
			key, _ := page[i].(string)
			from = "(" + key
			if backends.Key(key).Valid() != nil {
				return nil, foreign(backends.Key(key))
			}
			r, err := decode(backends.Key(key), page[i+1])
			if err != nil {
				return nil, err
			}
			if r.Revision != backends.Absent {
				records = append(records, r)
			}
		}
		if page[0] == int64(0) {
			return records, nil
		}
	}
}

// decode splits what is stored into revision and value.
func decode(key backends.Key, stored any) (backends.Record, error) {
	if stored == nil {
		return backends.Record{Key: key}, nil
	}
	text, _ := stored.(string)
	revision, value, ok := strings.Cut(text, ":")
	if !ok || !revisionPattern.MatchString(revision) {
		return backends.Record{}, foreign(key)
	}
	return backends.Record{Key: key, Value: []byte(value), Revision: backends.Revision(revision)}, nil
}

func foreign(key backends.Key) error {
	return fmt.Errorf("redis: %w: the record %q was not written by this store: remove that field and member from the namespace's keys", backends.ErrForeign, key)
}

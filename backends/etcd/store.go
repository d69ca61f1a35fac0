package etcd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

var _ backends.Backend = (*Store)(nil)

// DefaultPrefix is where a Store keeps its keys unless told otherwise.
const DefaultPrefix = "tenure"

// MaxPrefixBytes is the longest prefix, after escaping.
const MaxPrefixBytes = 256

const (
	// maxBatch items fit one Txn, with maxConditions: the server allows
	// --max-txn-ops=128 of each.
	maxBatch      = 100
	maxConditions = 128
	// maxRequest is kept below the server's --max-request-bytes of 1.5 MiB.
	maxRequest = 1 << 20
	// inFlight is how many requests of one call are under way at once.
	inFlight = 4
)

const (
	recordsDir  = "records"
	sessionsDir = "sessions"
)

// Store is Tenure's contract on etcd. It is safe for concurrent use.
type Store struct {
	client *clientv3.Client
	root   string // escaped, with a closing slash
	pulse  *pulse
}

// New returns a store that keeps everything below prefix ("" means
// DefaultPrefix), so that several can share a cluster. A prefix may have several
// parts, joined by '/'; each is escaped by backends.Escape. An empty part, or one
// named "records" or "sessions", is refused with backends.ErrInvalid, because the
// keys of two stores could meet.
//
// The client stays the caller's and is never closed. New asks the servers for
// their versions, for at most 10 s or until ctx is done. It returns
// backends.ErrUnsupported for one that renews revoked leases (see Minimum),
// backends.ErrDenied, and backends.ErrUnavailable if none answered.
func New(ctx context.Context, client *clientv3.Client, prefix string) (*Store, error) {
	if client == nil {
		return nil, fmt.Errorf("etcd: %w: the client is nil", backends.ErrInvalid)
	}
	root, err := rootOf(prefix)
	if err != nil {
		return nil, err
	}
	if err := checkVersions(ctx, client); err != nil {
		return nil, err
	}
	return &Store{client: client, root: root, pulse: newPulse(client)}, nil
}

// rootOf escapes a prefix. The names of the two directories are no parts of one:
// else the records of "a" and the whole of "a/records" would be one place.
func rootOf(prefix string) (string, error) {
	if prefix == "" {
		prefix = DefaultPrefix
	}
	parts := strings.Split(prefix, "/")
	for i, p := range parts {
		if p == "" || slices.Contains([]string{recordsDir, sessionsDir}, p) {
			return "", fmt.Errorf("etcd: %w: part %q of the prefix %.80q: it must not be empty, %q or %q", backends.ErrInvalid, p, prefix, recordsDir, sessionsDir)
		}
		parts[i] = backends.Escape(p)
	}
	root := strings.Join(parts, "/")
	if len(root) > MaxPrefixBytes {
		return "", fmt.Errorf("etcd: %w: the prefix %.80q… has %d bytes escaped, the limit is %d", backends.ErrInvalid, prefix, len(root), MaxPrefixBytes)
	}
	return root + "/", nil
}

// Capabilities implements backends.Backend.
func (s *Store) Capabilities() backends.Capabilities {
	return backends.Capabilities{
		Store: "etcd", MaxKeyBytes: backends.MaxKeyBytes, MaxValueBytes: maxRequest - 4096, MaxDescriptionBytes: 64 << 10,
		MaxBatch: maxBatch, MinTTL: 2 * time.Second, MaxTTL: 24 * time.Hour, TTLStep: time.Second,
		Death: backends.DeathByServer, Push: true,
	}
}

func (s *Store) recordKey(k backends.Key) string { return s.root + recordsDir + "/" + string(k) }

// sessionRoot is the directory of the sessions' keys.
func (s *Store) sessionRoot() string { return s.root + sessionsDir + "/" }

func (s *Store) sessionKey(id backends.SessionID) string {
	return s.sessionRoot() + backends.Escape(string(id))
}

func (s *Store) keyOf(etcdKey []byte) backends.Key {
	return backends.Key(strings.TrimPrefix(string(etcdKey), s.recordKey("")))
}

// sessionOf returns the session that a key belongs to, if it is a session's key.
func (s *Store) sessionOf(etcdKey []byte) (backends.SessionID, bool) {
	segment, ok := strings.CutPrefix(string(etcdKey), s.sessionRoot())
	if !ok {
		return "", false
	}
	id, err := backends.Unescape(segment)
	return backends.SessionID(id), err == nil
}

package redisstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
)

var _ backends.Backend = (*Store)(nil)

// DefaultNamespace is what a Store uses unless told otherwise.
const DefaultNamespace = "default"

// MaxNamespaceBytes is the longest namespace, after escaping.
const MaxNamespaceBytes = 256

const (
	// A script holds the whole server up: maxBatch items, or maxBytes of values, take
	// a few milliseconds.
	maxBatch = 100
	maxBytes = 1 << 20
	// maxValue lets at least one item into every batch.
	maxValue = 512 << 10
	// idPage is how many session IDs a listing asks for at once.
	idPage = 500
)

// Store is Tenure's contract on one Redis server, or one master of a Sentinel or
// Cluster setup. It is safe for concurrent use.
type Store struct {
	nodes nodes
	hints *hints

	records, names    string // a hash of records, and a sorted set of their keys
	sessions, session string // a set of the sessions' keys, and what these begin with
	newest            string // names the newest request that wrote records
	channel           string
}

// New returns a store that keeps everything in a namespace ("" means
// DefaultNamespace), so that several can share a server. The namespace is escaped by
// backends.Escape; its keys are tenure:{namespace}:…, all in one slot of a cluster.
//
// The client stays the caller's and is never closed. It is a *redis.Client, also one
// of NewFailoverClient, or a *redis.ClusterClient; it needs ContextTimeoutEnabled,
// MaxRetries of -1 and a positive ReadTimeout, and must not read from replicas: else
// New returns backends.ErrInvalid, or backends.ErrUnsupported for another kind.
//
// New asks the server for its version, what the user may do and, where the user may
// ask, for the eviction policy. It returns backends.ErrUnsupported for a server
// before Redis 7.0 or one that evicts keys, backends.ErrDenied with the commands that
// the user lacks, and backends.ErrUnavailable for a replica or if nobody answered.
func New(ctx context.Context, client redis.UniversalClient, namespace string) (*Store, error) {
	nodes, err := newNodes(client)
	if err != nil {
		return nil, err
	}
	if namespace == "" {
		namespace = DefaultNamespace
	}
	escaped := backends.Escape(namespace)
	if len(escaped) > MaxNamespaceBytes {
		return nil, fmt.Errorf("redis: %w: the namespace %.80q… has %d bytes escaped, the limit is %d", backends.ErrInvalid, namespace, len(escaped), MaxNamespaceBytes)
	}
	root := "tenure:{" + escaped + "}:"
	s := &Store{
		nodes: nodes, records: root + "records", names: root + "keys",
		sessions: root + "sessions", session: root + "session:", newest: root + "newest", channel: root + "changes",
	}
	s.hints = newHints(client, s.channel)
	if err := s.probe(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Capabilities implements backends.Backend. Push is false: a hint can be lost, and
// then a change is seen by the next poll.
func (s *Store) Capabilities() backends.Capabilities {
	return backends.Capabilities{
		Store: "redis", MaxKeyBytes: backends.MaxKeyBytes, MaxValueBytes: maxValue, MaxDescriptionBytes: 64 << 10,
		MaxBatch: maxBatch, MinTTL: 100 * time.Millisecond, MaxTTL: 24 * time.Hour, TTLStep: time.Millisecond,
		Death: backends.DeathByServer, RemainingTTL: true, LosesAckedWrites: true,
	}
}

func (s *Store) sessionKey(id backends.SessionID) string {
	return s.session + backends.Escape(string(id))
}

// sessionOf is the inverse of sessionKey.
func (s *Store) sessionOf(key string) (backends.SessionID, bool) {
	segment, ok := strings.CutPrefix(key, s.session)
	if !ok {
		return "", false
	}
	id, err := backends.Unescape(segment)
	return backends.SessionID(id), err == nil
}

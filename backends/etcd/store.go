package etcd

import (
	"context"
	"fmt"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

var _ backends.Backend = (*Store)(nil)

// DefaultPrefix is where a Store keeps its keys unless told otherwise.
const DefaultPrefix = "tenure"

const (
	// maxBatch items fit one Txn: the server allows --max-txn-ops=128
	// operations, and an item is one nested Txn.
	maxBatch = 100
	// maxRequest is kept below the server's --max-request-bytes of 1.5 MiB.
	maxRequest = 1 << 20
	// inFlight is how many requests of one call are under way at once.
	inFlight = 4
	// listPage is how many records one range of a listing asks for.
	listPage = 2000
)

// Store is Tenure's contract on etcd. It is safe for concurrent use.
type Store struct {
	client *clientv3.Client
	root   string // escaped, with a closing slash
	pulse  *pulse
}

// New returns a store that keeps everything below prefix ("" means
// DefaultPrefix), so that several can share a cluster. The client stays the
// caller's and is never closed. New asks one server for its version and returns
// backends.ErrUnsupported for one that renews revoked leases (see Minimum), and
// the errors of that call, backends.ErrUnavailable among them, when ctx is done.
func New(ctx context.Context, client *clientv3.Client, prefix string) (*Store, error) {
	if client == nil {
		return nil, fmt.Errorf("etcd: %w: the client is nil", backends.ErrInvalid)
	}
	if prefix == "" {
		prefix = DefaultPrefix
	}
	parts := strings.Split(prefix, "/")
	for i, p := range parts {
		parts[i] = backends.Escape(p)
	}
	s := &Store{client: client, root: strings.Join(parts, "/") + "/"}
	s.pulse = &pulse{client: client}
	if err := s.checkVersion(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Capabilities implements backends.Backend.
func (s *Store) Capabilities() backends.Capabilities {
	return backends.Capabilities{
		Store: "etcd", MaxKeyBytes: backends.MaxKeyBytes, MaxValueBytes: maxRequest - 4096, MaxDescriptionBytes: 64 << 10,
		MaxBatch: maxBatch, MinTTL: 2 * time.Second, MaxTTL: 24 * time.Hour, TTLStep: time.Second,
		Death: backends.DeathByServer, Push: true,
	}
}

func (s *Store) recordKey(k backends.Key) string { return s.root + "records/" + string(k) }

func (s *Store) sessionKey(id backends.SessionID) string {
	return s.root + "sessions/" + backends.Escape(string(id))
}

func (s *Store) keyOf(etcdKey []byte) backends.Key {
	return backends.Key(strings.TrimPrefix(string(etcdKey), s.root+"records/"))
}

func (s *Store) sessionOf(etcdKey []byte) backends.SessionID {
	return backends.SessionID(strings.TrimPrefix(string(etcdKey), s.root+"sessions/"))
}

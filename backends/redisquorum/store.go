package redisquorum

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

var _ backends.Backend = (*Store)(nil)

// DefaultNamespace is what a Store uses unless told otherwise.
const DefaultNamespace = "default"

// MaxNamespaceBytes is the longest namespace, after escaping.
const MaxNamespaceBytes = 256

const (
	// A script holds a whole server up: maxBatch items, or maxBytes of values, take a
	// few milliseconds.
	maxBatch = 100
	maxBytes = 1 << 20
	// maxValue lets at least one item into every batch.
	maxValue = 512 << 10
	// maxTTL is far below keepEnded.
	maxTTL = 24 * time.Hour
	// idPage is how many session IDs a listing asks for at once.
	idPage = 500
)

// Store is Tenure's contract on a majority of independent Redis servers. It is safe for
// concurrent use.
type Store struct {
	servers  []*server
	majority int
	roots    []string // the keys that every script gets: state, names, graves, sessions, ended
	row      string   // what the keys of sessions' rows begin with
	ballots  *proposer

	mu      sync.Mutex // guards what follows; never held across a call to a server
	view    string
	tending bool
	tended  time.Time
	swept   time.Time // when tombstones were last looked for
	watches map[*backends.Poll]bool
}

// New returns a store that keeps everything in a namespace ("" means DefaultNamespace)
// on the three or five servers of the clients, which must be masters that know nothing
// of each other. Create sets the namespace up before. The namespace is escaped by
// backends.Escape; its keys are tenure:{namespace}:….
//
// The clients stay the caller's and are never closed. Each needs ContextTimeoutEnabled,
// MaxRetries of -1 and a positive ReadTimeout: else New returns backends.ErrInvalid, as
// for another number of clients, or two of one server if both answer in time.
//
// New needs the answers of a majority. It returns backends.ErrUnavailable without, and
// if the namespace is not set up or a majority of the servers was restarted (see Trust);
// backends.ErrDenied and backends.ErrUnsupported if that is what a majority says, and
// the latter also for a server that evicts keys.
func New(ctx context.Context, clients []*redis.Client, namespace string) (*Store, error) {
	s, err := connect(ctx, clients, namespace)
	if err != nil {
		return nil, err
	}
	if err := s.agree(ctx); err != nil {
		return nil, err
	}
	s.tend()
	return s, nil
}

// connect checks the clients and what their servers are set to.
func connect(ctx context.Context, clients []*redis.Client, namespace string) (*Store, error) {
	if n := len(clients); n != 3 && n != 5 {
		return nil, fmt.Errorf("redis quorum: %w: %d servers, but it takes 3 or 5", backends.ErrInvalid, n)
	}
	if namespace == "" {
		namespace = DefaultNamespace
	}
	escaped := backends.Escape(namespace)
	if len(escaped) > MaxNamespaceBytes {
		return nil, fmt.Errorf("redis quorum: %w: the namespace %.80q… has %d bytes escaped, the limit is %d", backends.ErrInvalid, namespace, len(escaped), MaxNamespaceBytes)
	}
	s := &Store{majority: len(clients)/2 + 1, row: "tenure:{" + escaped + "}:session:", ballots: newProposer(), watches: map[*backends.Poll]bool{}}
	for _, name := range []string{"state", "names", "graves", "sessions", "ended"} {
		s.roots = append(s.roots, "tenure:{"+escaped+"}:"+name)
	}
	addrs := map[string]bool{}
	for i, c := range clients {
		if c == nil {
			return nil, fmt.Errorf("redis quorum: %w: client %d is nil", backends.ErrInvalid, i)
		}
		if err := rediscall.CheckOptions(c.Options()); err != nil {
			return nil, fmt.Errorf("redis quorum: client %d: %w", i, err)
		}
		if addr := c.Options().Addr; addrs[addr] {
			return nil, fmt.Errorf("redis quorum: %w: two clients of %s: each server has one vote", backends.ErrInvalid, addr)
		}
		addrs[c.Options().Addr] = true
		s.servers = append(s.servers, &server{client: c, addr: c.Options().Addr})
	}
	return s, s.probe(ctx)
}

// Capabilities implements backends.Backend. No acknowledged write is lost without a
// person's step: servers that have lost their memory do not vote.
func (s *Store) Capabilities() backends.Capabilities {
	return backends.Capabilities{
		Store: "redis quorum", MaxKeyBytes: backends.MaxKeyBytes, MaxValueBytes: maxValue, MaxDescriptionBytes: 64 << 10,
		MaxBatch: maxBatch, MinTTL: 100 * time.Millisecond, MaxTTL: maxTTL, TTLStep: time.Millisecond,
		Death: backends.DeathByProof, RemainingTTL: true,
	}
}

func (s *Store) currentView() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view
}

func (s *Store) setView(view string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = view
}

// rowsOf returns the keys of a script about sessions: the roots, then their rows.
func (s *Store) rowsOf(ids []backends.SessionID) []string {
	keys := append([]string(nil), s.roots...)
	for _, id := range ids {
		keys = append(keys, s.row+backends.Escape(string(id)))
	}
	return keys
}

// sessionOf is the inverse of the end of a row's key.
func sessionOf(escaped any) (backends.SessionID, bool) {
	text, _ := escaped.(string)
	id, err := backends.Unescape(text)
	return backends.SessionID(id), err == nil
}

// same builds one request for all servers; the view is put in front of the arguments.
func (s *Store) same(script *redis.Script, args ...any) func(int, string) request {
	return func(_ int, view string) request {
		return request{script, s.roots, append([]any{view}, args...)}
	}
}

// probe asks every server that answers for its eviction policy and its permissions, and
// whether another client has the same one under another address.
func (s *Store) probe(ctx context.Context) error {
	var bad []answer[[]any]
	seen := map[string]string{}
	for _, a := range gather(s, func(i int) (string, error) { return s.servers[i].probe(ctx, s.roots, s.row) }) {
		addr := s.servers[a.server].addr
		if a.err != nil {
			bad = append(bad, answer[[]any]{a.server, nil, a.err})
		} else if other := seen[a.value]; other != "" {
			return fmt.Errorf("redis quorum: %w: %s and %s are one server: each has one vote", backends.ErrInvalid, other, addr)
		}
		seen[a.value] = addr
	}
	if len(bad) > len(s.servers)-s.majority {
		return s.short("ask the servers what they can do", bad)
	}
	return nil
}

// probe asks the server whether this store can work on it, and returns its run_id.
func (v *server) probe(ctx context.Context, roots []string, row string) (string, error) {
	items, err := v.run(ctx, request{probeScript, append(append([]string(nil), roots...), row+"probe"), nil})
	if err != nil {
		return "", err
	}
	if len(items) != 2 {
		return "", rediscall.Strange(items)
	}
	if denied, _ := items[0].(string); denied != "" {
		return "", fmt.Errorf("%w: the client's user lacks %s: see the ACL in the package documentation", backends.ErrDenied, denied)
	}
	run, _ := items[1].(string)
	return run, rediscall.CheckEviction(ctx, v.client)
}

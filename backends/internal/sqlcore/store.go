package sqlcore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
)

var _ backends.Backend = (*Store)(nil)

// MaxNamespaceBytes is the longest namespace, after escaping.
const MaxNamespaceBytes = 256

// Limits that are the same for all databases.
const (
	maxValue       = 1 << 20
	maxDescription = 64 << 10
	maxBatch       = 500
	// maxRequest bounds the values of one statement, which are sent twice as long.
	maxRequest = 4 << 20
)

// Store is the contract on one database. It is safe for concurrent use.
type Store struct {
	db        DB
	d         Dialect
	namespace string // escaped
	poll      *backends.Poll
}

// New returns a store for a namespace, which is escaped. It returns
// backends.ErrInvalid for one that is empty or too long, and does no I/O.
func New(db DB, d Dialect, namespace string) (*Store, error) {
	escaped := backends.Escape(namespace)
	if namespace == "" || len(escaped) > MaxNamespaceBytes {
		return nil, fmt.Errorf("%s: %w: the namespace %.80q has %d bytes escaped, want 1 to %d", d.Limits.Store, backends.ErrInvalid, namespace, len(escaped), MaxNamespaceBytes)
	}
	s := &Store{db: db, d: d, namespace: escaped}
	s.poll = &backends.Poll{List: s.List, Read: s.Read, Sessions: s.Sessions, Idle: d.Idle, Fast: d.Fast}
	return s, nil
}

// Limits returns the capabilities that SQL stores share; a dialect adds what is its
// own. The step is the resolution of the database's clock.
func Limits(store string, step time.Duration) backends.Capabilities {
	return backends.Capabilities{
		Store: store, MaxKeyBytes: backends.MaxKeyBytes, MaxValueBytes: maxValue, MaxDescriptionBytes: maxDescription,
		MaxBatch: maxBatch, MinTTL: time.Second, MaxTTL: 24 * time.Hour, TTLStep: step,
		Death: backends.DeathByProof, RemainingTTL: true,
	}
}

// Capabilities implements backends.Backend.
func (s *Store) Capabilities() backends.Capabilities { return s.d.Limits }

// Watch implements backends.Backend by polling.
func (s *Store) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	return s.poll.Watch(ctx, silence, selectors...)
}

// Hurry makes every watch look at once: something tells that there is a change.
func (s *Store) Hurry() { s.poll.Hurry() }

// query runs a statement in the store's namespace.
func (s *Store) query(ctx context.Context, statement string, args []any, row func(Scan) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", errNotSent, context.Cause(ctx))
	}
	return s.db.Query(ctx, statement, append([]any{s.namespace}, args...), row)
}

// list is a list as one argument. Strings and items always have a JSON form.
func list[T any](values []T) string {
	if values == nil {
		return "[]" // not null
	}
	text, _ := json.Marshal(values)
	return string(text)
}

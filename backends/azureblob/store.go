package azureblob

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tenure-go/tenure/backends"
)

var _ backends.Backend = (*Store)(nil)

// DefaultNamespace is what a Store uses unless told otherwise.
const DefaultNamespace = "default"

// MaxNamespaceBytes is the longest namespace, after escaping.
const MaxNamespaceBytes = 256

const (
	// maxInline is the longest value that goes into a blob's metadata, of which the
	// service allows 8 KiB in all. In base64 it takes 5.4 KiB.
	maxInline = 4 << 10
	// maxValue is the longest value; above maxInline it is the blob's content.
	maxValue = 1 << 20
	// inFlight is how many requests of one call are under way at once.
	inFlight = 16
)

// Store is Tenure's contract on one container of Azure Blob Storage. It is safe for
// concurrent use.
type Store struct {
	client *container.Client
	prefix string   // of all blob names, ends in '/'
	page   int32    // how many blobs a listing asks for at once
	atMost int32    // how many of them a listing for a Read does
	large  sync.Map // the directories (backends.Dir) that are too large to be listed for a Read
}

// New returns a store that keeps everything in a namespace ("" means DefaultNamespace),
// so that several can share a container. The namespace is escaped by backends.Escape; its
// blobs are <namespace>/sessions/… and <namespace>/records/….
//
// The client stays the caller's. It may be built in any way: with Entra ID, a shared key,
// a SAS or a connection string. Its retries are not used.
//
// New asks the service four times whether the credentials may list, read, write and
// delete in the container; it changes nothing. It returns backends.ErrInvalid for a nil
// client, a namespace that is too long or a container that is not there,
// backends.ErrDenied that names what is not allowed, and backends.ErrUnavailable.
func New(ctx context.Context, client *container.Client, namespace string) (*Store, error) {
	if client == nil {
		return nil, fmt.Errorf("azureblob: %w: the client is nil", backends.ErrInvalid)
	}
	if namespace == "" {
		namespace = DefaultNamespace
	}
	escaped := backends.Escape(namespace)
	if len(escaped) > MaxNamespaceBytes {
		return nil, fmt.Errorf("azureblob: %w: the namespace %.80q… has %d bytes escaped, the limit is %d", backends.ErrInvalid, namespace, len(escaped), MaxNamespaceBytes)
	}
	s := &Store{client: client, prefix: flat(escaped) + "/", page: maxPage, atMost: listAtMost}
	if err := s.probe(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Capabilities implements backends.Backend.
func (s *Store) Capabilities() backends.Capabilities {
	return backends.Capabilities{
		Store: "azureblob", MaxKeyBytes: backends.MaxKeyBytes, MaxValueBytes: maxValue, MaxDescriptionBytes: maxInline,
		MaxBatch: 1, MinTTL: 15 * time.Second, MaxTTL: time.Minute, TTLStep: time.Second,
		Death: backends.DeathByProof, LosesAckedWrites: true,
	}
}

package postgres_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/postgres"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver/postgrestest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// Batches over the same keys must not wait for each other in a circle: the server would
// end one of them after a second. Two plans take the rows in two orders: that of the
// items, and that of the table, which is the other way round here.
func TestWrite_OverlappingBatches(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{})
	pool := connect(t, server.Addr())
	migrate(t, pool)
	store := open(t, pool, "overlap")
	const keys, rounds = 100, 40
	for n := range keys {
		if r := storetest.Try(t, store, backends.Write{Key: backends.Key(fmt.Sprintf("k/%03d", keys-n))}); r.Outcome != backends.Applied {
			t.Fatalf("create: %+v", r)
		}
	}
	dsn := "postgres://postgres@" + server.Addr() + "/postgres?sslmode=disable&"
	byItem := dial(t, dsn+"enable_hashjoin=off&enable_mergejoin=off")
	byTable := dial(t, dsn+"enable_nestloop=off&enable_mergejoin=off&enable_indexscan=off&enable_bitmapscan=off")
	var all sync.WaitGroup
	for writer := range 6 {
		own := open(t, []*pgxpool.Pool{byItem, byTable}[writer%2], "overlap")
		all.Go(func() {
			for range rounds {
				if err := replaceAll(t, own); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if records, err := store.List(t.Context(), "k/"); err != nil || len(records) != keys {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// replaceAll tries to replace every record; others may be faster.
func replaceAll(t *testing.T, store *postgres.Store) error {
	records, err := store.List(t.Context(), "k/")
	if err != nil {
		return err
	}
	writes := make([]backends.Write, len(records))
	for i, r := range records {
		writes[i] = backends.Write{Key: r.Key, Value: []byte("v"), Expect: r.Revision}
	}
	results, err := store.Write(t.Context(), writes...)
	for _, r := range results {
		if r.Err != nil {
			return r.Err
		}
	}
	return err
}

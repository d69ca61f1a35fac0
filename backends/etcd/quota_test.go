package etcd_test

import (
	"errors"
	"fmt"
	"testing"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
)

// A server whose quota is passed while it applies a write answers "no space" after
// it has applied it, so that answer must leave the outcome open.
func TestNoSpace_IsUnknown(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{QuotaBytes: 8 << 20})
	store := open(t, connect(t, cluster.Endpoints()...), "")
	full, there := 0, 0
	// The server compares its quota with what it has committed to disk, which it
	// does every 100 ms: the first batch can pass it whole.
	for round := 0; round < 20 && full == 0; round++ {
		writes := make([]backends.Write, 40)
		keys := make([]backends.Key, len(writes))
		for i := range writes {
			keys[i] = backends.Key(fmt.Sprintf("k%02d.%02d", round, i))
			writes[i] = backends.Write{Key: keys[i], Value: make([]byte, 1<<19)}
		}
		results, err := store.Write(t.Context(), writes...)
		if err != nil {
			t.Fatal(err)
		}
		records, err := store.Read(t.Context(), keys...)
		if err != nil {
			t.Fatalf("reading a full database: %v", err)
		}
		for i, r := range results {
			exists := records[i].Revision != backends.Absent
			switch {
			case errors.Is(r.Err, rpctypes.ErrNoSpace) && r.Outcome == backends.Unknown:
				full++
				if exists {
					there++
				}
			case r.Outcome == backends.Applied && exists:
			default:
				t.Errorf("item %d: %v (%v), and its record exists: %v", i, r.Outcome, r.Err, exists)
			}
		}
	}
	if full == 0 {
		t.Error("no write met the quota")
	}
	t.Logf("%d writes were answered with no space, %d of them had been applied", full, there)
}

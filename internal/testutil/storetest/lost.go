package storetest

import (
	"errors"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

// LoseReply breaks the store's connection through the proxy after the server has applied
// writes of different records and before it has told so, and demands that each is
// unknown. It returns the records as direct, another store, reads them.
func LoseReply(t backendtest.TB, p *tcpproxy.Proxy, store, direct backends.Backend, writes ...backends.Write) []backends.Record {
	t.Helper()
	var keys []backends.Key
	for _, w := range writes {
		keys = append(keys, w.Key)
	}
	p.Hold()
	answered := make(chan []backends.Result, 1)
	go func() {
		results, err := store.Write(t.Context(), writes...)
		if err != nil {
			t.Errorf("write: %v", err)
		}
		answered <- results
	}()
	var applied []backends.Record
	Until(t, 10*time.Second, "the server has applied the writes", func() bool {
		records, err := direct.Read(t.Context(), keys...)
		applied = records
		for i, w := range writes {
			if err != nil || records[i].Revision == w.Expect {
				return false
			}
		}
		return true
	})
	p.Reset()
	p.Restore()
	results := <-answered
	if len(results) != len(writes) {
		t.Fatalf("%d results of %d writes", len(results), len(writes))
	}
	for i, r := range results {
		if r.Outcome != backends.Unknown || !errors.Is(r.Err, backends.ErrUnavailable) {
			t.Errorf("write %d, whose reply was lost: %v %v, want unknown", i, r.Outcome, r.Err)
		}
	}
	return applied
}

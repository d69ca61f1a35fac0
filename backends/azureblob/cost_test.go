package azureblob_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver/azuritetest"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
)

// counter counts what is sent, by kind of operation.
type counter struct {
	mu    sync.Mutex // guards kinds
	kinds map[string]int
}

func (c *counter) Do(r *policy.Request) (*http.Response, error) {
	kind := strings.ToLower(r.Raw().Method)
	switch query := r.Raw().URL.Query(); {
	case query.Get("comp") == "lease":
		kind = header(r, "x-ms-lease-action")
	case query.Get("comp") == "list":
		kind = "list"
	}
	c.mu.Lock()
	if c.kinds == nil {
		c.kinds = map[string]int{}
	}
	c.kinds[kind]++
	c.mu.Unlock()
	return r.Next()
}

// take returns the counts since the last call.
func (c *counter) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.kinds
	c.kinds = nil
	return taken
}

// What a group costs when nothing happens does not grow with its partitions, and each
// node renews one lease. The log shows the figures of the package documentation.
func TestCost_AtRest(t *testing.T) {
	t.Parallel()
	server := azuritetest.Start(t)
	makeContainer(t, server, "cost")
	const members, ttls = 3, 2
	var few, many []map[string]int
	var all sync.WaitGroup
	all.Go(func() { few = restingGroup(t, server, members, 10, ttls*leastTTL) })
	all.Go(func() { many = restingGroup(t, server, members, 1000, ttls*leastTTL) })
	all.Wait()
	if len(few) != members || len(many) != members {
		t.FailNow()
	}
	sums := map[string]int{}
	for name, group := range map[string][]map[string]int{"10": few, "1000": many} {
		for i, kinds := range group {
			t.Logf("%4s partitions, member %d of %d, in %d TTLs of %v: %v", name, i, members, ttls, leastTTL, kinds)
			for _, count := range kinds {
				sums[name] += count
			}
			if renewals := kinds["renew"]; renewals < 3*ttls-2 || renewals > 3*ttls+2 {
				t.Errorf("%d renewals in %d TTLs, want 3 per TTL", renewals, ttls)
			}
		}
	}
	t.Logf("requests per member and TTL: %.1f with 10 partitions, %.1f with 1000", float64(sums["10"])/members/ttls, float64(sums["1000"])/members/ttls)
	if sums["1000"] > sums["10"]*5/4 {
		t.Errorf("%d requests with 1000 partitions, %d with 10", sums["1000"], sums["10"])
	}
}

// restingGroup returns what each member of a settled group sends in a time.
func restingGroup(t *testing.T, server *azuriteserver.Server, members, size int, span time.Duration) []map[string]int {
	namespace := fmt.Sprint("group-", size)
	counters := make([]counter, members)
	for i := range counters {
		store := open(t, connect(t, server.Addr(), "cost", &counters[i]), namespace)
		node, err := membership.Join(t.Context(), store, membership.Config{Name: fmt.Sprint("worker-", i), TTL: leastTTL})
		if err == nil {
			_, err = partitions.Join(t.Context(), node, partitions.Config{
				Group: "g", Partitions: partitions.Count(size),
				OnAcquire: func(context.Context, *partitions.Claim) error { return nil },
			})
		}
		if err != nil {
			t.Errorf("join: %v", err)
			return nil
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = node.Leave(ctx) // what is left expires with the server
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	watcher := open(t, connect(t, server.Addr(), "cost"), namespace)
	for {
		_, err := partitions.WaitSettled(ctx, watcher, "g")
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			t.Errorf("the group does not settle: %v", err)
			return nil
		}
	}
	// What follows the last change is not rest, and neither is a change that a busy
	// machine brings about.
	for range 5 {
		kinds, writes := sample(counters, span)
		if writes == 0 {
			return kinds
		}
		t.Logf("%d partitions: %d writes in %v, which is no rest", size, writes, span)
	}
	t.Errorf("a group at rest goes on writing")
	return nil
}

// sample returns what each member sends in a time, and how many of that are writes.
func sample(counters []counter, span time.Duration) (kinds []map[string]int, writes int) {
	for i := range counters {
		counters[i].take()
	}
	<-time.After(span)
	for i := range counters {
		kinds = append(kinds, counters[i].take())
		writes += kinds[i]["put"] + kinds[i]["delete"]
	}
	return kinds, writes
}

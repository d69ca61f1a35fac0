package observe_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/observe"
)

func claimed(key string) observe.Claim {
	return observe.Claim{Origin: origin, Scope: "orders", Key: key, Token: 1}
}

func TestCounters_Durations(t *testing.T) {
	t.Parallel()
	var c observe.Counters
	for _, took := range []time.Duration{time.Millisecond, time.Millisecond + 1, 2 * time.Minute, -1} {
		c.Observe(observe.SessionRenewed{Origin: origin, Took: took})
	}
	c.Observe(observe.RenewFailed{Origin: origin, Took: 5 * time.Second})
	c.Observe(observe.SessionOpened{Origin: origin, Took: time.Second})
	c.Observe(observe.ClaimReturned{Claim: orders})
	c.Observe(observe.ClaimReturned{Claim: orders, Took: 3 * time.Second})
	c.Observe(observe.PlanMade{Group: group, Took: 40 * time.Millisecond, Moves: 3, LowerBound: 2, Placed: 1})
	c.Observe(observe.CallbackFailed{Claim: orders})
	c.Observe(observe.CallbackFailed{Claim: orders, Refused: true})

	s := c.Snapshot()
	var renewals observe.Durations
	renewals.Count, renewals.Max = 4, 2*time.Minute
	renewals.Sum = 2*time.Minute + 2*time.Millisecond + 1
	renewals.Buckets[0] = 2 // exactly the bound counts as within it, less than nothing as nothing
	renewals.Buckets[1] = 1
	renewals.Buckets[len(observe.Bounds())] = 1
	if s.Renewals != renewals {
		t.Errorf("Renewals = %+v, want %+v", s.Renewals, renewals)
	}
	if got, want := s.Renewals.Mean(), renewals.Sum/4; got != want {
		t.Errorf("Mean = %v, want %v", got, want)
	}
	if (observe.Durations{}).Mean() != 0 {
		t.Error("the mean of nothing is not 0")
	}
	for name, got := range map[string]observe.Durations{
		"5s": s.FailedRenewals, "1s": s.Opens, "3s": s.Drains, "40ms": s.Plans,
	} {
		if got.Count != 1 || got.Sum.String() != name {
			t.Errorf("counted %+v, want one of %s", got, name)
		}
	}
	if s.Moves != 3 || s.LowerBound != 2 || s.Placed != 1 || s.Refused != 1 {
		t.Errorf("moves %d, lower bound %d, placed %d, refused %d; want 3, 2, 1, 1", s.Moves, s.LowerBound, s.Placed, s.Refused)
	}
}

func TestCounters_HandOverIsFromRevocationToGift(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c observe.Counters
		c.Observe(observe.ClaimRevoked{Claim: claimed("0")})
		c.Observe(observe.ClaimRevoked{Claim: claimed("1")})
		time.Sleep(2 * time.Second)
		c.Observe(observe.ClaimGiven{Claim: claimed("0"), To: "s2"})
		c.Observe(observe.ClaimGiven{Claim: claimed("1")})           // released
		c.Observe(observe.ClaimGiven{Claim: claimed("2"), To: "s2"}) // returned by itself

		s := c.Snapshot()
		if s.HandedOver != 2 || s.Released != 1 {
			t.Errorf("handed over %d, released %d; want 2, 1", s.HandedOver, s.Released)
		}
		if s.HandOvers.Count != 1 || s.HandOvers.Sum != 2*time.Second {
			t.Errorf("HandOvers = %+v, want one of 2s", s.HandOvers)
		}
	})
}

// What ended in another way must not lend its beginning to a later hand-over.
func TestCounters_AnUnfinishedDrainIsForgotten(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]observe.Event{
		"lost":         observe.ClaimLost{Claim: orders},
		"wanted again": observe.ClaimStarted{Claim: orders},
		"session lost": observe.SessionLost{Origin: origin},
		"left":         observe.NodeLeft{Origin: origin},
	} {
		var c observe.Counters
		c.Observe(observe.ClaimRevoked{Claim: orders})
		c.Observe(end)
		c.Observe(observe.ClaimGiven{Claim: orders, To: "s2"})
		if got := c.Snapshot().HandOvers.Count; got != 0 {
			t.Errorf("%s: counted %d hand-overs with a duration, want 0", name, got)
		}
	}
}

func TestCounters_RejoinIsTheTimeWithoutSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c observe.Counters
		c.Observe(observe.SessionOpened{Origin: origin})
		c.Observe(observe.SessionLost{Origin: origin})
		time.Sleep(3 * time.Second)
		c.Observe(observe.SessionOpened{Origin: observe.Origin{Node: "another"}})
		c.Observe(observe.SessionOpened{Origin: origin})
		if got := c.Snapshot().Rejoins; got.Count != 1 || got.Sum != 3*time.Second {
			t.Errorf("Rejoins = %+v, want one of 3s", got)
		}
	})
}

func TestCounters_SnapshotDoesNotChange(t *testing.T) {
	t.Parallel()
	var c observe.Counters
	if empty := c.Snapshot(); len(empty.Events) != 0 {
		t.Errorf("a new Counters has counted %v", empty.Events)
	}
	c.Observe(observe.SessionRenewed{Origin: origin, Took: time.Second})
	before := c.Snapshot()
	c.Observe(observe.SessionRenewed{Origin: origin, Took: time.Second})
	if before.Events["session renewed"] != 1 || before.Renewals.Count != 1 {
		t.Errorf("an old snapshot shows a later event: %+v", before)
	}
	before.Events["session renewed"] = 99
	if got := c.Snapshot().Events["session renewed"]; got != 2 {
		t.Errorf("a changed snapshot changes the counters: %d", got)
	}
}

// The keys of partitions must not become part of what is counted.
func TestCounters_DoNotTellPartitionsApart(t *testing.T) {
	t.Parallel()
	var c observe.Counters
	for i := range 1000 {
		key := fmt.Sprint("partition-", i)
		c.Observe(observe.ClaimStarted{Claim: claimed(key)})
		c.Observe(observe.ClaimRevoked{Claim: claimed(key)})
		c.Observe(observe.ClaimGiven{Claim: claimed(key), To: "s2"})
	}
	want := map[string]uint64{"claim started": 1000, "claim revoked": 1000, "claim given": 1000}
	if got := c.Snapshot().Events; !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

func TestCounters_Concurrently(t *testing.T) {
	t.Parallel()
	var c observe.Counters
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				for _, e := range everyEvent {
					c.Observe(e)
				}
				c.Snapshot()
			}
		})
	}
	all.Wait()
	if got := c.Snapshot().Events["plan made"]; got != 800 {
		t.Errorf("counted %d plans, want 800", got)
	}
}

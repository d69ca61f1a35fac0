package sim

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// seeds are played by TestSchedules: 500, or TENURE_SEEDS of them, or the one
// that TENURE_SEED names.
func seeds(t *testing.T) []uint64 {
	if s := os.Getenv("TENURE_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("TENURE_SEED %q: %v", s, err)
		}
		return []uint64{seed}
	}
	n := 500
	if testing.Short() {
		n = 20
	}
	if s := os.Getenv("TENURE_SEEDS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatalf("TENURE_SEEDS %q: %v", s, err)
		}
	}
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i + 1)
	}
	return all
}

// TestSchedules plays random schedules of joins, leaves, crashes, freezes, cuts
// and bad networks, heals, and expects the cluster to settle and to fall
// silent. It holds S1, S2, S4, S5, L2 and L3 of docs/guarantees.md.
func TestSchedules(t *testing.T) {
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { play(t, seed) })
		})
	}
}

// TestLargeSchedules does the same with 100 members and 1,000 partitions.
func TestLargeSchedules(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: a large cluster takes half a minute")
	}
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewCluster(t, seed, 1000)
				for range 95 {
					c.Join(c.Name(), c.Rate(0.01), c.Weather())
				}
				finish(t, c, seed, 100)
			})
		})
	}
}

func play(t *testing.T, seed uint64) {
	finish(t, NewCluster(t, seed, 1+int(seed%17)), seed, 2+int(seed%5))
}

// finish plays a cluster, heals it, and judges. What is wrong is printed after
// the trace, where the end of a long output shows it.
func finish(t *testing.T, c *Cluster, seed uint64, most int) {
	defer c.Stop()
	c.Play(60*time.Second, most, 0.01)
	c.Heal()
	if len(c.Live()) == 0 {
		c.Join(c.Name(), 1, calm)
	}
	var wrong []string
	if err := c.Settle(); err != nil {
		wrong = append(wrong, fmt.Sprintf("%v after the faults ended: %v", SettleWithin, err))
	}
	wrong = append(wrong, silent(c)...)
	for _, b := range c.Referee.Breaches() {
		wrong = append(wrong, b.String())
	}
	for _, p := range c.plans {
		if p.Exact && p.Moves != p.LowerBound {
			wrong = append(wrong, fmt.Sprintf("a plan with %d moves, the minimum is %d", p.Moves, p.LowerBound))
		}
	}
	if len(wrong) > 0 {
		trace := c.Trace()
		t.Errorf("the last of %d events:\n%s\nreplay with TENURE_SEED=%d:\n%s",
			len(trace), strings.Join(trace[max(0, len(trace)-1500):], "\n"), seed, strings.Join(wrong, "\n"))
	}
}

// silent says what is wrong unless a settled cluster writes nothing but
// renewals.
func silent(c *Cluster) (wrong []string) {
	time.Sleep(4 * TTL) // reports follow when members have settled
	before, wrote := c.Writes(), c.LastWrites()
	time.Sleep(4 * TTL)
	if n := c.Writes() - before; n != 0 {
		wrong = append(wrong, fmt.Sprintf("%d writes in four TTLs of a settled cluster", n))
		for i, now := range c.LastWrites() {
			if now != wrote[i] {
				wrong = append(wrong, fmt.Sprint(now))
			}
		}
	}
	if err := c.Balanced(); err != nil {
		wrong = append(wrong, fmt.Sprintf("settled, then: %v", err))
	}
	return wrong
}

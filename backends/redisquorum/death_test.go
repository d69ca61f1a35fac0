package redisquorum_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// Owners renew at the last moment, again and again, while somebody tries to prove their
// deaths: once that is proven no renewal succeeds.
func TestProofAndRenewal_ExcludeEachOther(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	proxies, addrs := f.proxies(t)
	proxies[1].Delay(20 * time.Millisecond) // so that servers see them in different orders
	owner, prover := client(t, "n", addrs), client(t, "n", f.addrs)
	const sessions, ttl = 12, 500 * time.Millisecond
	var renewals atomic.Int64
	var all sync.WaitGroup
	for n := range sessions {
		session := storetest.OpenSession(t, owner, ttl)
		var proven atomic.Bool
		all.Go(func() {
			for deadline := time.Now().Add(30 * time.Second); !proven.Load(); <-time.After(10 * time.Millisecond) {
				r, err := prover.Write(t.Context(), backends.Write{Key: backends.Key(session.ID()), IfDead: session.ID()})
				proven.Store(err == nil && r[0].Outcome == backends.Applied)
				if time.Now().After(deadline) {
					t.Errorf("session %d was not proven dead: %+v, %v", n, r, err)
					return
				}
			}
		})
		all.Go(func() {
			for {
				<-time.After(ttl - rand.N(150*time.Millisecond))
				late := proven.Load()
				_, err := session.Renew(storetest.Within(t, time.Second))
				switch {
				case errors.Is(err, backends.ErrSessionLost):
					return
				case err != nil:
					continue // it saw a part of the proof
				case late:
					t.Errorf("session %d: a renewal that began after the proof has succeeded", n)
					return
				}
				renewals.Add(1)
			}
		})
	}
	all.Wait()
	t.Logf("%d renewals of %d sessions", renewals.Load(), sessions)
	if renewals.Load() == 0 {
		t.Error("nothing was renewed: there was no race")
	}
}

// Marks of a proof that came to nothing, and of one of which a server knows nothing yet.
func TestMark_OnOneServer(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	store := client(t, "n", f.addrs)
	operators := connect(t, f.addrs)
	session := storetest.OpenSession(t, store, time.Minute)
	row := "tenure:{n}:session:" + string(session.ID())
	for _, o := range operators[:1] {
		o.ZAdd(t.Context(), "tenure:{n}:ended", redis.Z{Score: 1, Member: string(session.ID())})
		o.Del(t.Context(), row)
	}
	if r := try(t, store, backends.Write{Key: "k", IfDead: session.ID()}); r.Outcome != backends.Alive {
		t.Errorf("a proof while one of three servers has a mark: %v %v, want alive", r.Outcome, r.Err)
	}
	for range 2 {
		if _, err := session.Renew(t.Context()); err != nil {
			t.Errorf("Renew while one of three servers has a mark: %v", err)
		}
	}
	if n, err := operators[0].Exists(t.Context(), row).Result(); err != nil || n != 0 {
		t.Errorf("the marked server has made the row again: %d, %v", n, err)
	}
	// A second server has lost the row. With the mark that is a majority for the proof.
	operators[1].Del(t.Context(), row)
	if r := try(t, store, backends.Write{Key: "k", IfDead: session.ID()}); r.Outcome != backends.Applied {
		t.Errorf("a proof without rows on a majority: %v %v, want applied", r.Outcome, r.Err)
	}
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew after the proof: %v, want ErrSessionLost", err)
	}
	if infos, err := store.Sessions(t.Context()); err != nil || len(infos) != 0 {
		t.Errorf("Sessions after the proof: %+v, %v", infos, err)
	}
}

// A server that has no row, because it was away, gets it with the second renewal; if it
// is needed for a majority, with the first.
func TestRow_IsMadeAgain(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	store := client(t, "n", f.addrs)
	operators := connect(t, f.addrs)
	session := storetest.OpenSession(t, store, time.Minute)
	row := "tenure:{n}:session:" + string(session.ID())
	rows := func() (n int64) {
		for _, o := range operators {
			n += o.Exists(t.Context(), row).Val()
		}
		return n
	}
	for missing, want := range map[int][]int64{1: {2, 3}, 2: {3}} {
		for _, o := range operators[:missing] {
			o.Del(t.Context(), row)
		}
		for n, rowsAfter := range want {
			if _, err := session.Renew(t.Context()); err != nil {
				t.Fatalf("renewal %d with %d rows missing: %v", n, missing, err)
			}
			if got := rows(); got != rowsAfter {
				t.Errorf("%d rows after renewal %d with %d missing, want %d", got, n, missing, rowsAfter)
			}
		}
	}
}

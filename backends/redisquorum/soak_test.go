package redisquorum

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
)

// soak is clients that read and write one record and note what they were told.
type soak struct {
	begun time.Time

	mu      sync.Mutex // guards history
	history []*operation
}

func (k *soak) now() int { return int(time.Since(k.begun).Nanoseconds()) }

// work does one operation after the other over what it has read last, until ctx ends.
func (k *soak) work(ctx context.Context, s *Store, rng *rand.Rand) {
	var known *version
	for ctx.Err() == nil {
		i := &item{key: "k", reads: rng.IntN(3) == 0}
		if !i.reads {
			if known != nil && !known.gone {
				i.write.Expect = backends.Revision(known.revision)
				i.write.Delete = rng.IntN(8) == 0
			}
			i.write.Value = []byte("v")
		}
		op := &operation{item: i, begun: k.now()}
		limited, cancel := context.WithTimeout(ctx, time.Duration(rng.IntN(2000))*time.Millisecond)
		_ = s.settle(limited, "soak", []*item{i}, i.reads)
		cancel()
		op.ended = k.now()
		if known = i.current; i.verdict == applied {
			known = &version{revision: i.own, gone: i.write.Delete}
		}
		k.mu.Lock()
		k.history = append(k.history, op)
		k.mu.Unlock()
		<-time.After(time.Duration(rng.IntN(15)) * time.Millisecond)
	}
}

// forgetting makes one server after the other forget, each time in another way, and lets
// the next one follow at once when the last one votes again: so every majority comes to
// consist of servers that have forgotten.
func forgetting(t *testing.T, s *Store, clients []*redis.Client, servers []*redisserver.Server, rounds int, rng *rand.Rand) {
	for round := range rounds {
		i := rng.IntN(len(servers))
		var err error
		switch rng.IntN(3) {
		case 0:
			err = clients[i].FlushAll(t.Context()).Err()
		case 1:
			err = errors.Join(servers[i].Kill(), servers[i].Restart(t.Context()))
		case 2:
			err = servers[i].Pause()
			<-time.After(time.Duration(rng.IntN(500)) * time.Millisecond)
			err = errors.Join(err, servers[i].Resume())
		}
		if err != nil {
			t.Errorf("round %d: %v", round, err)
			return
		}
		for deadline := time.Now().Add(20 * time.Second); len(readyIn(s.standings(t.Context(), len(servers)), "")) < len(servers); {
			if <-time.After(20 * time.Millisecond); time.Now().After(deadline) {
				t.Errorf("round %d: server %d does not vote again", round, i)
				return
			}
		}
	}
}

// Whatever a minority forgets, whenever: the record is linearizable, and a session that
// is renewed lives.
func TestSoak_ServersForget(t *testing.T) {
	t.Parallel()
	_, clients, servers := stand(t, 3, "--appendonly", "no")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	k := &soak{begun: time.Now()}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	var store *Store
	for n := range uint64(4) {
		s, err := New(t.Context(), clients, "n")
		if err != nil {
			t.Fatal(err)
		}
		store = s
		all.Go(func() { k.work(ctx, s, rand.New(rand.NewPCG(seed, n))) })
	}
	session, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	all.Go(func() {
		for ctx.Err() == nil {
			if _, err := session.Renew(ctx); errors.Is(err, backends.ErrSessionLost) {
				t.Error("the session was lost")
				return
			}
			if r, err := store.Write(ctx, backends.Write{Key: "proof", IfDead: session.ID()}); err == nil && r[0].Outcome == backends.Applied {
				t.Error("the session was proven dead")
				return
			}
			<-time.After(100 * time.Millisecond)
		}
	})
	const rounds = 20
	forgetting(t, store, clients, servers, rounds, rand.New(rand.NewPCG(seed, 99)))
	cancel()
	all.Wait()
	counts := map[verdict]int{}
	for _, op := range k.history {
		counts[op.item.verdict]++
	}
	t.Logf("%d rounds: %d applied, %d conflicts, %d reads, %d proposed without an answer, %d not sent",
		rounds, counts[applied], counts[conflict], counts[seen], counts[proposed], counts[open])
	if err := linear(k.history); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	if counts[applied] < 10*rounds {
		t.Errorf("only %d writes in %d rounds", counts[applied], rounds)
	}
}

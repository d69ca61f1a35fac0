package redisquorum

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

// soak is clients that read and write records and note what they were told.
type soak struct {
	begun time.Time

	mu        sync.Mutex // guards histories
	histories map[backends.Key][]*operation
}

func (k *soak) now() int { return int(time.Since(k.begun).Nanoseconds()) }

// work does one operation after the other over what it has read last, until ctx ends.
func (k *soak) work(ctx context.Context, s *Store, rng *rand.Rand) {
	known := map[backends.Key]*version{}
	for ctx.Err() == nil {
		i := &item{key: backends.Key(fmt.Sprint("k", rng.IntN(12))), reads: rng.IntN(3) == 0}
		if last := known[i.key]; !i.reads {
			if last != nil && !last.gone {
				i.write.Expect = backends.Revision(last.revision)
				i.write.Delete = rng.IntN(8) == 0
			}
			i.write.Value = []byte("v")
		}
		op := &operation{item: i, begun: k.now()}
		limited, cancel := context.WithTimeout(ctx, time.Duration(rng.IntN(2000))*time.Millisecond)
		_ = s.settle(limited, "soak", []*item{i}, i.reads)
		cancel()
		op.ended = k.now()
		if known[i.key] = i.current; i.verdict == applied {
			known[i.key] = &version{revision: i.own, gone: i.write.Delete}
		}
		k.mu.Lock()
		k.histories[i.key] = append(k.histories[i.key], op)
		k.mu.Unlock()
		<-time.After(time.Duration(rng.IntN(20)) * time.Millisecond)
	}
}

// nemesis is what happens to the servers.
type nemesis struct {
	clients []*redis.Client
	servers []*redisserver.Server
	proxies []*tcpproxy.Proxy
	rng     *rand.Rand
}

// strike cuts one server off, so that it misses something, and heals it; makes another
// one forget; and once that votes again cuts the third one off. So the majority is one
// server that has missed something and one that has forgotten.
func (n *nemesis) strike(ctx context.Context, s *Store) error {
	order := n.rng.Perm(len(n.servers))
	missed, forgets, leaves := order[0], order[1], order[2]
	n.cut(missed)
	var err error
	if n.rng.IntN(2) == 0 {
		err = n.clients[forgets].FlushAll(ctx).Err()
	} else {
		err = errors.Join(n.servers[forgets].Kill(), n.servers[forgets].Restart(ctx))
	}
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(30 * time.Second); len(readyIn(s.standings(ctx, len(s.servers)), "")) < len(s.servers); {
		if <-time.After(20 * time.Millisecond); time.Now().After(deadline) {
			return fmt.Errorf("server %d does not vote again", forgets)
		}
	}
	n.cut(leaves)
	return nil
}

func (n *nemesis) cut(i int) {
	n.proxies[i].Cut()
	<-time.After(time.Duration(100+n.rng.IntN(300)) * time.Millisecond)
	n.proxies[i].Restore()
}

// Whatever a minority forgets, whenever: the record is linearizable, and a session that
// is renewed lives.
func TestSoak_ServersForget(t *testing.T) {
	t.Parallel()
	direct, clients, servers := stand(t, 3, "--appendonly", "no")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	n := &nemesis{clients: clients, servers: servers, rng: rand.New(rand.NewPCG(seed, 99))}
	for _, server := range servers {
		p, err := tcpproxy.Start(server.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		n.proxies = append(n.proxies, p)
	}
	k := &soak{begun: time.Now(), histories: map[backends.Key][]*operation{}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	for w := range uint64(4) {
		s := through(t, n.proxies)
		all.Go(func() { k.work(ctx, s, rand.New(rand.NewPCG(seed, w))) })
	}
	all.Go(func() { keepAlive(ctx, t, through(t, n.proxies)) })
	const rounds = 12
	for round := range rounds {
		if err := n.strike(t.Context(), direct); err != nil {
			t.Errorf("round %d: %v", round, err)
			break
		}
	}
	cancel()
	all.Wait()
	counts := map[verdict]int{}
	for key, history := range k.histories {
		for _, op := range history {
			counts[op.item.verdict]++
		}
		if err := linear(history); err != nil {
			t.Errorf("seed %d, record %s: %v", seed, key, err)
		}
	}
	t.Logf("%d rounds: %d applied, %d conflicts, %d reads, %d proposed without an answer, %d not sent",
		rounds, counts[applied], counts[conflict], counts[seen], counts[proposed], counts[open])
	if counts[applied] < 10*rounds {
		t.Errorf("only %d writes in %d rounds", counts[applied], rounds)
	}
}

// through returns a store over proxies.
func through(t *testing.T, proxies []*tcpproxy.Proxy) *Store {
	t.Helper()
	var clients []*redis.Client
	for _, p := range proxies {
		c := redis.NewClient(&redis.Options{Addr: p.Addr(), MaxRetries: -1, ContextTimeoutEnabled: true})
		t.Cleanup(func() { _ = c.Close() })
		clients = append(clients, c)
	}
	s, err := New(t.Context(), clients, "n")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// keepAlive renews sessions that others try to prove dead, a new one every second.
func keepAlive(ctx context.Context, t *testing.T, s *Store) {
	var session backends.Session
	var err error
	for n := 0; ctx.Err() == nil; n++ {
		if n%10 == 0 {
			if session, _, err = s.OpenSession(ctx, backends.SessionSpec{TTL: 20 * time.Second}); err != nil {
				n-- // not now
				continue
			}
		}
		if _, err := session.Renew(ctx); errors.Is(err, backends.ErrSessionLost) {
			t.Error("a session was lost that was renewed")
			return
		}
		if r, err := s.Write(ctx, backends.Write{Key: "proof", IfDead: session.ID()}); err == nil && r[0].Outcome == backends.Applied {
			t.Error("a session was proven dead that was renewed")
			return
		}
		<-time.After(100 * time.Millisecond)
	}
}

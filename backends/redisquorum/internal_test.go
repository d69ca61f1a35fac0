package redisquorum

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// stand starts servers and a store on them.
func stand(t *testing.T, n int, args ...string) (*Store, []*redis.Client, []*redisserver.Server) {
	t.Helper()
	var clients []*redis.Client
	var servers []*redisserver.Server
	for range n {
		server := redistest.Start(t, args...)
		c := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, ContextTimeoutEnabled: true})
		t.Cleanup(func() { _ = c.Close() })
		servers, clients = append(servers, server), append(clients, c)
	}
	if err := Create(t.Context(), clients, "n"); err != nil {
		t.Fatal(err)
	}
	store, err := New(t.Context(), clients, "n")
	if err != nil {
		t.Fatal(err)
	}
	return store, clients, servers
}

// A tombstone is dropped when every server has it, and not before: a server that was
// away has an older version still.
func TestTombstones(t *testing.T) {
	t.Parallel()
	s, clients, servers := stand(t, 3)
	revision := storetest.Put(t, s, backends.Write{Key: "k", Value: []byte("v")})
	if err := servers[2].Kill(); err != nil {
		t.Fatal(err)
	}
	storetest.Put(t, s, backends.Write{Key: "k", Expect: revision, Delete: true})
	if n, err := s.sweep(t.Context(), 0); n != 0 {
		t.Fatalf("swept %d, %v while a server was away", n, err)
	}
	if err := servers[2].Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, 20*time.Second, "the server is caught up and the tombstone dropped", func() bool {
		n, _ := s.sweep(t.Context(), 0)
		return n == 1
	})
	for i, c := range clients {
		fields, err := c.HGetAll(t.Context(), "tenure:{n}:state").Result()
		if err != nil || fields["ak"] != "" || fields["pk"] != "" || len(fields["floor"]) != 36 {
			t.Errorf("server %d keeps of a dropped tombstone: %v, %v; want a floor only", i, fields, err)
		}
		if n := c.ZCard(t.Context(), "tenure:{n}:names").Val() + c.ZCard(t.Context(), "tenure:{n}:graves").Val(); n != 0 {
			t.Errorf("server %d still lists the dropped key", i)
		}
	}
	// A request from before the deletion comes late. The floor keeps it out.
	old := s.once(t.Context(), s.currentView(), s.same(acceptScript, fmt.Sprintf("%036d", 7), "k", "=LATE -:late"))
	for _, a := range old.good {
		if a.value[0] == "ok" {
			t.Errorf("server %d has accepted a version from before the deletion", a.server)
		}
	}
	storetest.Put(t, s, backends.Write{Key: "k", Value: []byte("new")})
	if n, _ := s.sweep(t.Context(), time.Hour); n != 0 {
		t.Errorf("swept %d young tombstones", n)
	}
}

// A tombstone that one server has missed, and that nobody reads, is brought there, and
// dropped by the next sweep.
func TestTombstones_AreBroughtToAll(t *testing.T) {
	t.Parallel()
	s, clients, _ := stand(t, 3)
	revision := storetest.Put(t, s, backends.Write{Key: "k", Value: []byte("v")})
	old := clients[2].HMGet(t.Context(), "tenure:{n}:state", "ak", "pk").Val()
	storetest.Put(t, s, backends.Write{Key: "k", Expect: revision, Delete: true})
	clients[2].HSet(t.Context(), "tenure:{n}:state", "ak", old[0], "pk", old[1])
	if n, err := s.sweep(t.Context(), 0); n != 0 || err != nil {
		t.Errorf("the first sweep dropped %d, %v; want to bring the tombstone to all first", n, err)
	}
	storetest.Until(t, 20*time.Second, "the tombstone is dropped", func() bool { // a slow server puts it off
		n, _ := s.sweep(t.Context(), 0)
		return n == 1
	})
	if records, err := s.Read(t.Context(), "k"); err != nil || records[0].Revision != backends.Absent {
		t.Errorf("the deleted record is %+v, %v", records, err)
	}
}

// counted counts the requests of servers.
func counted(t *testing.T, clients []*redis.Client) (n int64) {
	t.Helper()
	for _, c := range clients {
		stats, err := c.InfoMap(t.Context(), "commandstats").Result()
		if err != nil {
			t.Fatal(err)
		}
		var calls int64
		_, _ = fmt.Sscanf(stats["Commandstats"]["cmdstat_evalsha"], "calls=%d", &calls)
		n += calls
	}
	return n
}

// The requests that the package documentation promises, to three servers each.
func TestCost(t *testing.T) {
	t.Parallel()
	s, clients, _ := stand(t, 3)
	session, _, err := s.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	hundred := func(prefix string, ifDead backends.SessionID) (all []backends.Write) {
		for i := range 100 {
			all = append(all, backends.Write{Key: backends.Key(fmt.Sprint(prefix, "/", i)), IfDead: ifDead})
		}
		return all
	}
	m := &memory{s: s, known: map[backends.Dir]remembered{}}
	dead := backends.NewSessionID()
	put := func(writes []backends.Write) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.Write(ctx, writes...); return err }
	}
	warm := func(ctx context.Context) error { // the scripts are loaded, the directory is known
		_, _ = s.Write(ctx, hundred("warm", backends.NewSessionID())...)
		_, _ = s.Read(ctx, "warm/1")
		_, _ = session.Renew(ctx)
		_, err := m.list(ctx, "warm/")
		return err
	}
	for _, step := range []struct {
		name     string
		requests int64
		call     func(context.Context) error
	}{
		{"", 0, warm},
		{"a renewal", 1, func(ctx context.Context) error { _, err := session.Renew(ctx); return err }},
		{"100 writes", 2, put(hundred("a", ""))},
		{"100 writes that prove a death", 4, put(hundred("b", dead))},
		{"100 writes after the proof", 3, put(hundred("c", dead))},
		{"a read of 100", 1, func(ctx context.Context) error {
			var keys []backends.Key
			for _, w := range hundred("a", "") {
				keys = append(keys, w.Key)
			}
			_, err := s.Read(ctx, keys...)
			return err
		}},
		{"the first poll after a change", 4, func(ctx context.Context) error { _, err := m.list(ctx, "warm/"); return err }},
		{"a poll while nothing changes", 1, func(ctx context.Context) error { _, err := m.list(ctx, "warm/"); return err }},
	} {
		before := counted(t, clients)
		if err := step.call(t.Context()); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if step.name == "" {
			<-time.After(2 * patience) // all that was sent has arrived
			continue
		}
		storetest.Until(t, 20*time.Second, step.name+" has come to all servers", func() bool { return counted(t, clients)-before >= 3*step.requests })
		if got := counted(t, clients) - before; got != 3*step.requests {
			t.Errorf("%s cost %d requests, want %d to each of 3 servers", step.name, got, step.requests)
		}
	}
}

// Create that was interrupted goes on, unless a server may have forgotten since.
func TestCreate_AfterAnInterruption(t *testing.T) {
	t.Parallel()
	_, clients, _ := stand(t, 3)
	s, err := connect(t.Context(), clients, "other")
	if err != nil {
		t.Fatal(err)
	}
	move := func(server int, from, to standing) {
		t.Helper()
		if ok, err := s.move(t.Context(), server, from, to.status, to.view); err != nil || !ok {
			t.Fatalf("move server %d: %v, %v", server, ok, err)
		}
	}
	empty := standing{status: isEmpty}
	born, other := standing{stateBorn, stateBorn, "A", 0}, standing{stateBorn, stateBorn, "B", 0}
	move(0, empty, born)
	move(1, empty, other) // two were interrupted
	if err := Create(t.Context(), clients, "other"); err != nil {
		t.Fatalf("Create while all servers are empty: %v", err)
	}
	for _, c := range clients {
		if err := c.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for server := range 3 {
		move(server, empty, born)
	}
	move(0, born, standing{status: stateReady, view: "A"})
	if err := clients[1].FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := Create(t.Context(), clients, "other"); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Create when one server is ready and another one has forgotten: %v, want ErrUnavailable", err)
	}
	move(1, empty, born)
	if err := Create(t.Context(), clients, "other"); err != nil {
		t.Errorf("Create after it was interrupted: %v", err)
	}
	if found := s.standings(t.Context(), 3); len(readyIn(found, "A")) != 3 {
		t.Errorf("after that the servers are %+v, want all ready in one view", found)
	}
}

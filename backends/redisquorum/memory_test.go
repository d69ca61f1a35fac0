package redisquorum_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/redisquorum"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// caughtUp waits until a server votes again: it does if it is needed for a majority.
func caughtUp(t *testing.T, f *fleet, store *redisquorum.Store, i int) {
	t.Helper()
	operator := connect(t, f.addrs[i:i+1])[0]
	storetest.Until(t, 20*time.Second, "the server votes again", func() bool {
		_, _ = store.Read(storetest.Within(t, 5*time.Second), "any")
		state, err := operator.HMGet(storetest.Within(t, 5*time.Second), "tenure:{n}:state", "state", "run").Result()
		info, infoErr := operator.InfoMap(storetest.Within(t, 5*time.Second), "server").Result()
		return err == nil && infoErr == nil && state[0] == "ready" && state[1] == info["Server"]["run_id"]
	})
}

// Each of the servers forgets in turn, always one whose vote was needed: of the other two
// one has missed what was written, and the other one goes away next. Records, sessions,
// deaths and tombstones outlive it.
func TestForgetting_OneAfterTheOther(t *testing.T) {
	t.Parallel()
	flush := func(t *testing.T, f *fleet, i int) {
		if err := connect(t, f.addrs[i:i+1])[0].FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	reboot := func(t *testing.T, f *fleet, i int) { restart(t, f.servers[i]) }
	for name, test := range map[string]struct {
		forget func(*testing.T, *fleet, int)
		args   []string
	}{
		"flushed":                {flush, nil},
		"restarted without data": {reboot, []string{"--appendonly", "no"}},
		"restarted on its data":  {reboot, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, 3, test.args...)
			proxies, addrs := f.proxies(t)
			store := client(t, "n", addrs)
			for i := range 3 {
				forgets, leaves, missed := i, (i+1)%3, (i+2)%3
				b := before(t, store, fmt.Sprint(i))
				proxies[missed].Cut()
				b.change(t, store)
				proxies[missed].Restore()
				test.forget(t, f, forgets)
				caughtUp(t, f, store, forgets)
				proxies[leaves].Cut()
				b.check(t, store)
				proxies[leaves].Restore()
			}
		})
	}
}

// belongings are what must not be forgotten.
type belongings struct {
	changed, deleted backends.Key
	revision, gone   backends.Revision
	live, dead       backends.Session
}

// before makes what all servers have.
func before(t *testing.T, store *redisquorum.Store, name string) *belongings {
	t.Helper()
	b := &belongings{changed: backends.Key("d/changed" + name), deleted: backends.Key("d/deleted" + name), dead: storetest.OpenSession(t, store, time.Minute)}
	b.revision = storetest.Put(t, store, backends.Write{Key: b.changed, Value: []byte("old")})
	b.gone = storetest.Put(t, store, backends.Write{Key: b.deleted, Value: []byte("old")})
	return b
}

// change makes what one server misses.
func (b *belongings) change(t *testing.T, store *redisquorum.Store) {
	t.Helper()
	b.live = storetest.OpenSession(t, store, time.Minute)
	b.revision = storetest.Put(t, store, backends.Write{Key: b.changed, Value: []byte("new"), Expect: b.revision})
	storetest.Put(t, store, backends.Write{Key: b.deleted, Expect: b.gone, Delete: true})
	if err := b.dead.Close(storetest.Within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
}

func (b *belongings) check(t *testing.T, store *redisquorum.Store) {
	t.Helper()
	if r := try(t, store, backends.Write{Key: "proof" + b.changed, IfDead: b.live.ID()}); r.Outcome != backends.Alive {
		t.Errorf("a proof of a live session: %v %v, want alive", r.Outcome, r.Err)
	}
	if _, err := b.dead.Renew(storetest.Within(t, 20*time.Second)); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew of a closed session: %v, want ErrSessionLost", err)
	}
	if _, err := b.live.Renew(storetest.Within(t, 20*time.Second)); err != nil {
		t.Errorf("Renew of a live session: %v", err)
	}
	if r := read(t, store, b.changed); r.Revision != b.revision || string(r.Value) != "new" {
		t.Errorf("the record is %+v, want the new version %q", r, b.revision)
	}
	if r := read(t, store, b.deleted); r.Revision != backends.Absent {
		t.Errorf("a deleted record is back: %+v", r)
	}
}

func restart(t *testing.T, s *redisserver.Server) {
	t.Helper()
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A majority that was restarted does not vote, although it has kept its data, until
// somebody vouches for that.
func TestMajorityRestarted_NeedsTrust(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	store := client(t, "n", f.addrs)
	session := storetest.OpenSession(t, store, time.Minute)
	revision := storetest.Put(t, store, backends.Write{Key: "k", Value: []byte("v")})
	restart(t, f.servers[0])
	restart(t, f.servers[1])
	_, readErr := store.Read(storetest.Within(t, 20*time.Second), "k")
	_, renewErr := session.Renew(storetest.Within(t, 20*time.Second))
	_, newErr := redisquorum.New(t.Context(), connect(t, f.addrs), "n")
	createErr := redisquorum.Create(t.Context(), connect(t, f.addrs), "n")
	for what, err := range map[string]error{"Read": readErr, "Renew": renewErr, "New": newErr, "Create": createErr} {
		if !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "restarted") {
			t.Errorf("%s after a majority was restarted: %v, want ErrUnavailable that says so", what, err)
		}
	}
	if newErr != nil && !strings.Contains(newErr.Error(), "Trust") {
		t.Errorf("New does not say what to do: %v", newErr)
	}
	if err := redisquorum.Trust(t.Context(), connect(t, f.addrs), "n"); err != nil {
		t.Fatal(err)
	}
	if r := read(t, store, "k"); r.Revision != revision {
		t.Errorf("after Trust the record is %+v, want revision %q", r, revision)
	}
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew after Trust: %v", err)
	}
}

// A majority that is empty is never taken for a new namespace.
func TestMajorityEmptied_RefusesEverything(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	store := client(t, "n", f.addrs)
	storetest.Put(t, store, backends.Write{Key: "k", Value: []byte("v")})
	for _, c := range connect(t, f.addrs[:2]) {
		if err := c.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	_, readErr := store.Read(storetest.Within(t, 20*time.Second), "k")
	_, writeErr := store.Write(storetest.Within(t, 20*time.Second), backends.Write{Key: "k2"})
	_, _, openErr := store.OpenSession(storetest.Within(t, 20*time.Second), backends.SessionSpec{TTL: time.Second})
	createErr := redisquorum.Create(t.Context(), connect(t, f.addrs), "n")
	trustErr := redisquorum.Trust(t.Context(), connect(t, f.addrs), "n")
	for what, err := range map[string]error{"Read": readErr, "Write": writeErr, "OpenSession": openErr, "Create": createErr, "Trust": trustErr} {
		if !errors.Is(err, backends.ErrUnavailable) {
			t.Errorf("%s after a majority was emptied: %v, want ErrUnavailable", what, err)
		}
	}
}

func TestNew_AsksForCreate(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	_, err := redisquorum.New(t.Context(), connect(t, f.addrs), "n")
	if !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "Create") {
		t.Errorf("New in a namespace that is not set up: %v, want ErrUnavailable that says what to do", err)
	}
	if err := f.servers[2].Kill(); err != nil {
		t.Fatal(err)
	}
	if err := redisquorum.Create(storetest.Within(t, 20*time.Second), connect(t, f.addrs), "n"); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Create without one server: %v, want ErrUnavailable", err)
	}
	if err := f.servers[2].Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	store := client(t, "n", f.addrs)
	revision := storetest.Put(t, store, backends.Write{Key: "k"})
	if err := redisquorum.Create(t.Context(), connect(t, f.addrs), "n"); err != nil {
		t.Errorf("Create of what is there: %v", err)
	}
	if r := read(t, store, "k"); r.Revision != revision {
		t.Errorf("after a second Create the record is %+v", r)
	}
}

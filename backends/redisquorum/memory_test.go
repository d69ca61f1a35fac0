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
)

// caughtUp waits until a server votes again: it does if it is needed for a majority.
func caughtUp(t *testing.T, f *fleet, store *redisquorum.Store, i int) {
	t.Helper()
	operator := connect(t, f.addrs[i:i+1])[0]
	until(t, 20*time.Second, "the server votes again", func() bool {
		_, _ = store.Read(within(t, 5*time.Second), "any")
		state, err := operator.HMGet(within(t, 5*time.Second), "tenure:{n}:state", "state", "run").Result()
		info, infoErr := operator.InfoMap(within(t, 5*time.Second), "server").Result()
		return err == nil && infoErr == nil && state[0] == "ready" && state[1] == info["Server"]["run_id"]
	})
}

// Each of the servers forgets in turn, always the one whose vote was needed for what is
// there. Records, sessions, deaths and tombstones outlive it.
func TestForgetting_OneAfterTheOther(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(*testing.T, *fleet, int){
		"flushed": func(t *testing.T, f *fleet, i int) {
			if err := connect(t, f.addrs[i:i+1])[0].FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		},
		"restarted without data": func(t *testing.T, f *fleet, i int) {
			restart(t, f.servers[i])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{}
			if name == "restarted without data" {
				args = []string{"--appendonly", "no"}
			}
			f := start(t, 3, args...)
			store := client(t, "n", f.addrs)
			live, dead := open(t, store, time.Minute), open(t, store, time.Minute)
			if err := dead.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			revision := put(t, store, backends.Write{Key: "d/k", Value: []byte("0")})
			gone := put(t, store, backends.Write{Key: "d/gone"})
			put(t, store, backends.Write{Key: "d/gone", Expect: gone, Delete: true})
			for i := range f.servers {
				forget(t, f, i)
				caughtUp(t, f, store, i)
				// Without another server, the one that forgot is needed.
				other := f.servers[(i+1)%3]
				if err := other.Pause(); err != nil {
					t.Fatal(err)
				}
				if r := read(t, store, "d/k"); r.Revision != revision || string(r.Value) != fmt.Sprint(i) {
					t.Errorf("after server %d forgot the record is %+v, want %d at %q", i, r, i, revision)
				}
				revision = put(t, store, backends.Write{Key: "d/k", Value: fmt.Append(nil, i+1), Expect: revision})
				if r := read(t, store, "d/gone"); r.Revision != backends.Absent {
					t.Errorf("after server %d forgot a deleted record is back: %+v", i, r)
				}
				if _, err := live.Renew(within(t, 20*time.Second)); err != nil {
					t.Errorf("Renew after server %d forgot: %v", i, err)
				}
				if r := try(t, store, backends.Write{Key: "d/proof", IfDead: live.ID()}); r.Outcome != backends.Alive {
					t.Errorf("a proof of a live session after server %d forgot: %v %v, want alive", i, r.Outcome, r.Err)
				}
				if _, err := dead.Renew(within(t, 20*time.Second)); !errors.Is(err, backends.ErrSessionLost) {
					t.Errorf("Renew of a closed session after server %d forgot: %v, want ErrSessionLost", i, err)
				}
				if err := other.Resume(); err != nil {
					t.Fatal(err)
				}
				caughtUp(t, f, store, (i+1)%3)
			}
		})
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
	session := open(t, store, time.Minute)
	revision := put(t, store, backends.Write{Key: "k", Value: []byte("v")})
	restart(t, f.servers[0])
	restart(t, f.servers[1])
	_, readErr := store.Read(within(t, 20*time.Second), "k")
	_, renewErr := session.Renew(within(t, 20*time.Second))
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
	put(t, store, backends.Write{Key: "k", Value: []byte("v")})
	for _, c := range connect(t, f.addrs[:2]) {
		if err := c.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	_, readErr := store.Read(within(t, 20*time.Second), "k")
	_, writeErr := store.Write(within(t, 20*time.Second), backends.Write{Key: "k2"})
	_, _, openErr := store.OpenSession(within(t, 20*time.Second), backends.SessionSpec{TTL: time.Second})
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
	if err := redisquorum.Create(within(t, 20*time.Second), connect(t, f.addrs), "n"); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Create without one server: %v, want ErrUnavailable", err)
	}
	if err := f.servers[2].Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	store := client(t, "n", f.addrs)
	revision := put(t, store, backends.Write{Key: "k"})
	if err := redisquorum.Create(t.Context(), connect(t, f.addrs), "n"); err != nil {
		t.Errorf("Create of what is there: %v", err)
	}
	if r := read(t, store, "k"); r.Revision != revision {
		t.Errorf("after a second Create the record is %+v", r)
	}
}

package election_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/membership"
)

const ttl = 5 * time.Second

func join(t *testing.T, store *memory.Store, name string) *membership.Node {
	t.Helper()
	node, err := membership.Join(t.Context(), store.Client("test"), membership.Config{
		Name: name, TTL: ttl, Clock: membership.MonotonicClock(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return node
}

func leave(t *testing.T, node *membership.Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := node.Leave(ctx); err != nil {
		t.Errorf("leave: %v", err)
	}
}

func TestRun_ReturnsNilWhenTheWorkIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		node := join(t, store, "a")
		defer leave(t, node)
		ran := 0
		err := election.Run(t.Context(), node, "job", func(_ context.Context, term election.Term) error {
			ran++
			return term.Check()
		})
		if err != nil || ran != 1 {
			t.Fatalf("Run returned %v after %d terms, want nil after 1", err, ran)
		}
		if _, err := election.Lookup(t.Context(), node.Backend(), "job"); !errors.Is(err, election.ErrNoLeader) {
			t.Errorf("Lookup after the work: %v, want ErrNoLeader", err)
		}
	})
}

func TestRun_OneLeaderAtATimeAndHandOverAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		var leaders, terms atomic.Int32
		var last atomic.Uint64
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 3)
		var nodes []*membership.Node
		for i := range 3 {
			node := join(t, store, fmt.Sprint("n", i))
			nodes = append(nodes, node)
			go func() {
				done <- election.Run(ctx, node, "job", func(ctx context.Context, term election.Term) error {
					if n := leaders.Add(1); n != 1 {
						t.Errorf("%d leaders at once", n)
					}
					defer leaders.Add(-1)
					if before := last.Swap(uint64(term.Token())); before >= uint64(term.Token()) {
						t.Errorf("token %d after %d", term.Token(), before)
					}
					terms.Add(1)
					<-ctx.Done()
					return nil
				})
			}()
		}
		time.Sleep(2 * time.Second)
		if terms.Load() != 1 {
			t.Fatalf("%d terms after 2 s, want 1", terms.Load())
		}
		leader, err := election.Lookup(t.Context(), store.Client("test"), "job")
		if err != nil {
			t.Fatal(err)
		}
		for i, node := range nodes {
			if node.Name() == leader.Member {
				start := time.Now()
				leave(t, node)
				synctest.Wait()
				if terms.Load() != 2 {
					t.Errorf("node %d left: %d terms at once, want 2", i, terms.Load())
				}
				t.Logf("hand-over took %v", time.Since(start))
				nodes = append(nodes[:i], nodes[i+1:]...)
				break
			}
		}
		cancel()
		for range 3 {
			if err := <-done; !errors.Is(err, context.Canceled) && !errors.Is(err, membership.ErrLeft) {
				t.Errorf("Run returned %v", err)
			}
		}
		for _, node := range nodes {
			leave(t, node)
		}
	})
}

// A leader that is asked to stop leads until its work has returned.
func TestRun_ResignsAfterTheWorkHasReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		nodes := []*membership.Node{join(t, store, "a"), join(t, store, "b")}
		var works atomic.Int32
		done := make(chan error, 2)
		run := func(ctx context.Context, node *membership.Node) {
			done <- election.Run(ctx, node, "job", func(ctx context.Context, _ election.Term) error {
				if works.Add(1) != 1 {
					t.Error("two work at once")
				}
				defer works.Add(-1)
				<-ctx.Done()
				time.Sleep(time.Second) // finishing takes a moment
				return nil
			})
		}
		first, stopFirst := context.WithCancel(t.Context())
		second, stopSecond := context.WithCancel(t.Context())
		go run(first, nodes[0])
		time.Sleep(time.Second)
		go run(second, nodes[1])
		time.Sleep(time.Second)
		stopFirst()
		time.Sleep(2 * time.Second)
		if works.Load() != 1 {
			t.Errorf("%d work a second after the first leader's work has returned, want 1", works.Load())
		}
		stopSecond()
		for range nodes {
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("Run returned %v", err)
			}
		}
		for _, node := range nodes {
			leave(t, node)
		}
	})
}

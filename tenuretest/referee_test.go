package tenuretest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions"
)

// owner is a worker that owns partitions and does nothing.
func owner(ctx context.Context, m *Member) error {
	node, err := m.Join(ctx)
	if err != nil {
		return err
	}
	_ = partitions.Run(ctx, node, partitions.Config{
		Group: "orders", Partitions: partitions.Count(4),
		OnAcquire: func(context.Context, *partitions.Claim) error { return nil },
	})
	return nil
}

// report returns what a cluster on a store reports.
func report(t *testing.T, open openStore, f func(c *Cluster)) string {
	t.Helper()
	return strings.Join(attempt(t, open, 1, nil, func(c *Cluster, _ Schedule) { f(c) }), "\n")
}

// brokenStore is a store in memory that breaks its contract.
type brokenStore struct {
	backends.Backend
	half  bool // sessions die at half their time
	loses bool // acknowledges writes of elections, and loses them
}

func broken(half, loses bool) openStore {
	return func() func() backends.Backend {
		store := memory.NewStore()
		return func() backends.Backend { return &brokenStore{store.Client("broken"), half, loses} }
	}
}

func (b *brokenStore) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	results := make([]backends.Result, len(writes))
	for i, w := range writes {
		if b.loses && strings.HasSuffix(string(w.Key), "/claim") {
			results[i] = backends.Result{Outcome: backends.Applied, Revision: "acknowledged"}
			continue
		}
		one, err := b.Backend.Write(ctx, w)
		if err != nil {
			return nil, err
		}
		results[i] = one[0]
	}
	return results, nil
}

func (b *brokenStore) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	promised := spec.TTL
	if b.half {
		spec.TTL /= 2
	}
	s, renewal, err := b.Backend.OpenSession(ctx, spec)
	renewal.ValidFor = promised
	return &brokenSession{s, promised}, renewal, err
}

// brokenSession is granted more time than the store keeps it.
type brokenSession struct {
	backends.Session
	promised time.Duration
}

func (s *brokenSession) Renew(ctx context.Context) (backends.Renewal, error) {
	renewal, err := s.Session.Renew(ctx)
	renewal.ValidFor = s.promised
	return renewal, err
}

// The members obey the rules; the store lets two own, and the referee says so.
func TestReferee_SeesABrokenStore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		open openStore
		want []string
	}{
		"sessions die at half their time": {
			broken(true, false),
			[]string{"S2 bert takes orders/", "from anna, whose session lives", "S2 bert starts orders/", "while anna trusts its own"},
		},
		"acknowledged writes are lost": {broken(false, true), []string{"S1 ", "S2 "}},
	} {
		t.Run(name, func(t *testing.T) {
			got := report(t, test.open, func(c *Cluster) {
				anna := c.Start("anna", owner)
				time.Sleep(time.Second)
				c.Start("bert", owner)
				time.Sleep(c.ttl())
				anna.Cut()
				time.Sleep(4 * c.ttl())
			})
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("reported, without %q:\n%s", want, got)
				}
			}
		})
	}
}

// What a healthy library never says: each lie of a member's events, or of a
// record, is a breach of the guarantee that it denies.
func TestReferee_SeesEachGuaranteeBroken(t *testing.T) {
	t.Parallel()
	claimOf := func(m *Member, token uint64) observe.Claim {
		return observe.Claim{Origin: observe.Origin{Node: m.Name()}, Scope: "orders", Key: "0", Token: token}
	}
	for want, lie := range map[string]func(c *Cluster, anna, bert *Member){
		"S1 bert starts": func(_ *Cluster, anna, bert *Member) {
			tell(anna, observe.ClaimReturned{Claim: claimOf(anna, 1)})
			tell(bert, observe.ClaimStarted{Claim: claimOf(bert, 1)})
		},
		"S1 the record of orders/0 goes from token 1 to 0": func(c *Cluster, anna, _ *Member) {
			overwrite(c, anna, claim.Record{})
		},
		"S2 bert starts": func(_ *Cluster, _, bert *Member) {
			tell(bert, observe.ClaimStarted{Claim: claimOf(bert, 2)})
		},
		"S3 anna is not told": func(c *Cluster, anna, _ *Member) {
			tell(anna, observe.SessionOpened{Session: "a session without an end", ValidFor: time.Second})
			time.Sleep(2 * time.Second)
		},
		"S4 anna renews": func(c *Cluster, anna, _ *Member) {
			s, _, err := anna.Backend().OpenSession(c.Context(), backends.SessionSpec{TTL: time.Minute})
			if err != nil {
				c.Fatalf("%v", err)
			}
			_, _ = s.Renew(c.Context()) // the breach is that it is sent
			_ = s.Close(c.Context())
		},
		"S5 anna starts": func(_ *Cluster, anna, _ *Member) {
			tell(anna, observe.ClaimStarted{Claim: claimOf(anna, 2)})
		},
		"S6 bert starts": func(_ *Cluster, _, bert *Member) {
			tell(bert, observe.ClaimStarted{Claim: claimOf(bert, 7)})
		},
		"S7 the position of orders/0": func(c *Cluster, _, _ *Member) {
			key, err := backends.NewKey("checkpoints", "orders", "0")
			if err != nil {
				c.Fatalf("%v", err)
			}
			revision := backends.Absent
			for _, token := range []int{5, 4} {
				w := backends.Write{Key: key, Value: fmt.Appendf(nil, `{"v":1,"token":"%d"}`, token), Expect: revision}
				results, err := c.Backend().Write(c.Context(), w)
				if err != nil {
					c.Fatalf("%v", err)
				}
				revision = results[0].Revision
			}
		},
		// A release, although the claim was never asked back.
		"S8 anna gives orders/0 away": func(c *Cluster, anna, _ *Member) {
			overwrite(c, anna, claim.Record{Token: 1})
		},
		"A3 bert has an effect": func(_ *Cluster, _, bert *Member) { bert.Effect("orders", "0") },
		"L3 a plan": func(_ *Cluster, anna, _ *Member) {
			tell(anna, observe.PlanMade{Exact: true, Moves: 3, LowerBound: 2})
		},
	} {
		t.Run(want, func(t *testing.T) {
			got := report(t, inMemory, func(c *Cluster) {
				anna := c.Start("anna", owner)
				c.WaitBalanced("orders")
				bert := c.Start("bert", func(ctx context.Context, m *Member) error {
					_, err := m.Join(ctx)
					<-ctx.Done()
					return err
				})
				synctest.Wait()
				lie(c, anna, bert)
			})
			if !strings.Contains(got, want) {
				t.Errorf("reported, without %q:\n%s", want, got)
			}
		})
	}
}

// tell passes an event to the referee, as a member's node does.
func tell(m *Member, e observe.Event) { m.Config().Observer.Observe(e) }

// overwrite writes into the claim of orders/0 in the name of a member.
func overwrite(c *Cluster, m *Member, rec claim.Record) {
	key, err := backends.NewKey("groups", "orders", "claims", "0")
	if err != nil {
		c.Fatalf("%v", err)
	}
	records, err := c.Backend().Read(c.Context(), key)
	if err != nil {
		c.Fatalf("%v", err)
	}
	results, err := m.Backend().Write(c.Context(), backends.Write{Key: key, Value: rec.Encode(), Expect: records[0].Revision})
	if err != nil || results[0].Outcome != backends.Applied {
		c.Fatalf("%v %v", results, err)
	}
}

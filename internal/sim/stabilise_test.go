package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions/plan"
)

// TestSelfStabilisation writes arbitrary nonsense into all records of a group,
// before it starts and while it runs, and expects every cluster to converge and
// then to write nothing but renewals. Claims that cannot be decoded stay with
// their unknown holder, by design.
func TestSelfStabilisation(t *testing.T) {
	n := 60
	if testing.Short() {
		n = 6
	}
	for i := range n {
		seed := uint64(i + 1)
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { disturb(t, seed) })
		})
	}
}

func disturb(t *testing.T, seed uint64) {
	parts := 1 + int(seed%13)
	c := NewCluster(t, seed, parts)
	defer c.Stop()
	defer func() {
		if t.Failed() {
			trace := c.Trace()
			t.Logf("the last of %d events:\n%s", len(trace), strings.Join(trace[max(0, len(trace)-200):], "\n"))
		}
	}()
	// Nothing of what the vandal writes obeys the rules: two members may both be
	// told that they hold a claim. The end counts, and what a node itself knows.
	c.Referee.Disturbed()
	v := &vandal{c: c, rng: rand.New(rand.NewPCG(seed, 7))}
	foreign, _, err := c.Store.Client("sim").OpenSession(c.world, backends.SessionSpec{TTL: 2 * TTL})
	if err != nil {
		t.Fatal(err)
	}
	v.sessions = append(v.sessions, foreign.ID(), backends.NewSessionID(), backends.NewSessionID(), "")
	v.strike()
	for range 2 + seed%4 {
		c.Join(c.Name(), 1, calm)
	}
	time.Sleep(2 * TTL)
	// Now also with the sessions of live members, contradicting their plans.
	for _, m := range c.Live() {
		if inc, _ := m.Node.Incarnation(); inc != nil {
			v.sessions = append(v.sessions, inc.ID())
		}
	}
	v.strike()
	for range 60 {
		time.Sleep(time.Second)
		if settledExcept(c) == nil {
			break
		}
	}
	if err := settledExcept(c); err != nil {
		t.Errorf("60 s after the last nonsense: %v", err)
	}
	time.Sleep(4 * TTL)
	before := c.Writes()
	time.Sleep(4 * TTL)
	if n := c.Writes() - before; n != 0 {
		t.Errorf("%d writes in four TTLs of a settled cluster", n)
	}
	if err := settledExcept(c); err != nil {
		t.Errorf("settled, then: %v", err)
	}
	for _, b := range c.Referee.Breaches() {
		t.Error(b)
	}
}

// settledExcept expects every partition with a readable claim to be run by the
// member that should own it.
func settledExcept(c *Cluster) error {
	o, err := c.Owners()
	if err != nil {
		return err
	}
	if !o.Settled {
		return fmt.Errorf("not settled: %d without owner, members %v", o.Unowned, o.Members)
	}
	least, most := 1<<30, 0
	for _, n := range o.Members {
		least, most = min(least, n), max(most, n)
	}
	if most-least > 1 || len(o.Members) != len(c.Live()) {
		return fmt.Errorf("not balanced: %v", o.Members)
	}
	for _, owner := range o.Owners {
		for _, m := range c.Live() {
			if m.Name == owner.Member && !m.runs(owner.Partition) {
				return fmt.Errorf("%s owns %s and does not run it", m.Name, owner.Partition)
			}
		}
	}
	return nil
}

// vandal writes nonsense.
type vandal struct {
	c        *Cluster
	rng      *rand.Rand
	sessions []backends.SessionID
}

func (v *vandal) session() backends.SessionID { return v.sessions[v.rng.IntN(len(v.sessions))] }

func (v *vandal) set() plan.IndexSet {
	var s plan.IndexSet
	for i := range v.c.parts + 2 {
		if v.rng.IntN(2) == 0 {
			s.Add(i)
		}
	}
	return s
}

func (v *vandal) order() plan.Order {
	return plan.Order{Token: claim.Token(v.rng.Uint64N(1 << v.rng.IntN(40))), Sequence: v.rng.Uint64N(100)}
}

// strike writes into every kind of record.
func (v *vandal) strike() {
	b := v.c.Store.Client("sim")
	root := backends.Dir("groups/" + group + "/")
	for i := range v.c.parts {
		key := backends.Key(fmt.Sprintf("%sclaims/%d", root, i))
		switch v.rng.IntN(8) {
		case 0, 1: // as it is
		case 2:
			v.c.Put(key, []byte("nonsense"))
		default:
			rec := claim.Record{Session: v.session(), Member: "somebody", Token: claim.Token(v.rng.IntN(50))}
			v.c.Put(key, rec.Encode())
		}
	}
	for _, dir := range []backends.Dir{root + "members/", root + "plans/"} {
		records, err := b.List(v.c.world, dir)
		if err != nil {
			v.c.T.Fatal(err)
		}
		for _, r := range records {
			if v.rng.IntN(2) == 0 {
				v.c.Put(r.Key, v.value(dir))
			}
		}
		for range v.rng.IntN(4) {
			v.c.Put(backends.Key(string(dir)+plan.RunName(backends.NewSessionID(), v.rng.Uint64N(9))), v.value(dir))
		}
	}
	v.c.Put(backends.Key(string(root)+"reserved/ghost"), plan.Encode(plan.Reservation{
		Partitions: v.set(), Deadline: time.Now().Add(time.Hour), Grace: 10 * time.Second,
	}))
	v.c.Put(backends.Key(string(root)+"coordinator/claim"), claim.Record{
		Session: v.session(), Token: claim.Token(v.rng.IntN(1000)), Deputies: []backends.SessionID{v.session()},
	}.Encode())
}

func (v *vandal) value(dir backends.Dir) []byte {
	if v.rng.IntN(4) == 0 {
		return []byte(`{"v":1,"token":{`)
	}
	if strings.HasSuffix(string(dir), "members/") {
		states := []plan.State{plan.Active, plan.Leaving, plan.Left, "odd"}
		return plan.Encode(plan.MemberRecord{
			Name: "somebody", Capacity: v.rng.IntN(3), State: states[v.rng.IntN(4)], Seen: v.order(),
			Count: v.rng.IntN(9), Digest: v.rng.Uint64(), Stuck: v.set(), Busy: v.set(), Refused: v.set(),
		})
	}
	return plan.Encode(plan.Plan{
		Order: v.order(), Wanted: v.set(), Dead: []backends.SessionID{v.session()},
		Give: []plan.Gift{{Session: v.session(), Member: "heir", Set: v.set()}},
	})
}

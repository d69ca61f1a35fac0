package sim

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/virtual"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions"
)

// scene runs f on a calm cluster and expects no breach.
func scene(t *testing.T, parts int, f func(t *testing.T, c *Cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := NewCluster(t, 1, parts)
		defer c.Stop()
		f(t, c)
		for _, b := range c.Referee.Breaches() {
			t.Error(b)
		}
		if t.Failed() {
			t.Log(strings.Join(c.Trace(), "\n"))
		}
	})
}

var calm = virtual.Faults{Delay: time.Millisecond}

// settled waits until the cluster is settled and balanced.
func settled(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Settle(); err != nil {
		t.Error(err)
	}
}

// within expects the cluster to be balanced after d.
func within(t *testing.T, c *Cluster, d time.Duration) {
	t.Helper()
	time.Sleep(d)
	if err := c.Balanced(); err != nil {
		t.Errorf("after %v: %v", d, err)
	}
}

// patient makes a member's callbacks ignore their context until release is
// closed.
func patient(release <-chan struct{}) func(*membership.Config, *partitions.Config, *Member) {
	return func(_ *membership.Config, _ *partitions.Config, m *Member) {
		m.work = func(context.Context, *partitions.Claim) error {
			<-release
			return nil
		}
	}
}

// holder returns the member that owns the partition.
func (c *Cluster) holder(partition string) *Member {
	o, err := c.Owners()
	if err != nil {
		c.T.Fatal(err)
	}
	for _, owner := range o.Owners {
		if owner.Partition == partition {
			for _, m := range c.Live() {
				if m.Name == owner.Member {
					return m
				}
			}
		}
	}
	return nil
}

// coordinator returns the member that coordinates.
func (c *Cluster) coordinator() *Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.plans) - 1; i >= 0; i-- {
		if m := c.members[c.plans[i].Node]; m != nil {
			return m
		}
	}
	return nil
}

// other returns a live member that is not m.
func (c *Cluster) other(m *Member) *Member {
	for _, o := range c.Live() {
		if o != m {
			return o
		}
	}
	return nil
}

func TestRejoinWhileAnOldCallbackStillRuns(t *testing.T) {
	scene(t, 4, func(t *testing.T, c *Cluster) {
		release := make(chan struct{})
		a := c.Join("a", 1, calm, patient(release))
		settled(t, c)
		a.Cut(true)
		time.Sleep(2 * TTL) // the session is lost, the callbacks run on
		a.Cut(false)
		time.Sleep(2 * TTL)
		// S5 is checked by the referee: nothing is started again under a
		// callback that still runs.
		if n := c.Referee.Starts(); n != 4 {
			t.Errorf("%d starts while the old callbacks run, want 4", n)
		}
		b := c.Join("b", 1, calm)
		time.Sleep(2 * TTL)
		if o, _ := c.Owners(); o.Members["b"] != 4 {
			t.Errorf("busy partitions go to the one who can run them: %v", o.Members)
		}
		close(release)
		_ = b
		settled(t, c)
	})
}

func TestLeaveWithAStuckCallback(t *testing.T) {
	scene(t, 4, func(t *testing.T, c *Cluster) {
		release := make(chan struct{})
		defer close(release)
		a := c.Join("a", 1, calm, func(_ *membership.Config, _ *partitions.Config, m *Member) {
			m.work = func(ctx context.Context, claim *partitions.Claim) error {
				if claim.Partition() == "2" {
					<-release
				}
				<-ctx.Done()
				return nil
			}
		})
		settled(t, c)
		c.Join("b", 1, calm)
		c.Join("c", 1, calm)
		time.Sleep(TTL)
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		err := a.Leave(ctx)
		if !errors.Is(err, membership.ErrStuck) || !strings.Contains(err.Error(), "sim/2") {
			t.Errorf("Leave returned %v, want ErrStuck naming sim/2", err)
		}
		within(t, c, 3*TTL) // the stuck claim has expired and is placed
	})
}

// Who leaves while nobody plans releases what it owns by itself, before a new
// coordinator could be elected.
func TestLeaveWithoutACoordinator(t *testing.T) {
	scene(t, 4, func(t *testing.T, c *Cluster) {
		c.Join("a", 1, calm)
		settled(t, c)
		b := c.Join("b", 1, calm)
		settled(t, c)
		c.other(b).Crash()
		ctx, cancel := context.WithTimeout(context.Background(), TTL*6/10)
		defer cancel()
		if err := b.Leave(ctx); err != nil {
			t.Errorf("Leave returned %v within %v, want nil", err, TTL*6/10)
		}
		c.Join("c", 1, calm)
		settled(t, c)
	})
}

func TestGiverDiesInMidMove(t *testing.T) {
	scene(t, 4, func(t *testing.T, c *Cluster) {
		a := c.Join("a", 1, calm, func(_ *membership.Config, _ *partitions.Config, m *Member) { m.drain = time.Hour })
		settled(t, c)
		c.Join("b", 1, calm)
		time.Sleep(2 * time.Second) // a drains two partitions for b
		a.Crash()
		within(t, c, 2*TTL+time.Second)
	})
}

func TestHandOverToAMemberThatJustDied(t *testing.T) {
	scene(t, 4, func(t *testing.T, c *Cluster) {
		c.Join("a", 1, calm, func(_ *membership.Config, _ *partitions.Config, m *Member) { m.drain = 2 * time.Second })
		settled(t, c)
		b := c.Join("b", 1, calm)
		time.Sleep(1500 * time.Millisecond) // a drains for b
		b.Crash()                           // and hands over to the dead
		within(t, c, 3*TTL)
	})
}

func TestHandOverToAMemberThatJustLeftTheGroup(t *testing.T) {
	scene(t, 4, func(t *testing.T, c *Cluster) {
		c.Join("a", 1, calm, func(_ *membership.Config, _ *partitions.Config, m *Member) { m.drain = 2 * time.Second })
		settled(t, c)
		// b takes part in the group, leaves it, and stays joined.
		node, err := membership.Join(c.world, c.Store.Client("sim"), membership.Config{Name: "b", TTL: TTL, Clock: membership.MonotonicClock()})
		if err != nil {
			t.Fatal(err)
		}
		run, stop := context.WithCancel(c.world)
		ended := make(chan error, 1)
		go func() {
			ended <- partitions.Run(run, node, partitions.Config{Group: group, Partitions: partitions.Count(4), OnAcquire: func(context.Context, *partitions.Claim) error { return nil }})
		}()
		time.Sleep(1500 * time.Millisecond) // a drains for b
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		settled(t, c)
		if o, _ := c.Owners(); o.Members["a"] != 4 {
			t.Errorf("owners %v, want all with a", o.Members)
		}
		if err := node.Leave(c.world); err != nil {
			t.Error(err)
		}
	})
}

func TestCoordinatorDiesBetweenTwoPlanWrites(t *testing.T) {
	scene(t, 12, func(t *testing.T, c *Cluster) {
		a := c.Join("a", 1, calm)
		settled(t, c)
		// The taker's plan is written, the giver's is lost with the coordinator.
		var wrote atomic.Int32
		a.net.Set(func(s *virtual.State) {
			s.Block = func(w backends.Write) bool {
				if !strings.Contains(string(w.Key), "/plans/") {
					return false
				}
				return wrote.Add(1) > 1
			}
		})
		c.Join("b", 1, calm)
		c.Join("c", 1, calm)
		time.Sleep(time.Second)
		a.Crash()
		within(t, c, 3*TTL)
	})
}

func TestCoordinatorThatRenewsButNoLongerPlans(t *testing.T) {
	scene(t, 12, func(t *testing.T, c *Cluster) {
		a := c.Join("a", 1, calm)
		settled(t, c)
		a.net.Set(func(s *virtual.State) {
			s.Block = func(w backends.Write) bool { return strings.Contains(string(w.Key), "/plans/") }
		})
		c.Join("b", 1, calm)
		within(t, c, 6*TTL) // a resigns after three TTLs, b plans
		if got := c.coordinator(); got == nil || got.Name != "b" {
			t.Errorf("the last plan was made by %v, want b", got)
		}
	})
}

func TestAStuckMoveAmongMany(t *testing.T) {
	scene(t, 12, func(t *testing.T, c *Cluster) {
		release := make(chan struct{})
		var stuck atomic.Pointer[string]
		c.Join("a", 1, calm, func(_ *membership.Config, p *partitions.Config, m *Member) {
			p.DrainTimeout = TTL
			m.work = func(ctx context.Context, claim *partitions.Claim) error {
				<-ctx.Done()
				name := claim.Partition()
				if stuck.CompareAndSwap(nil, &name) {
					<-release
				}
				return nil
			}
		})
		settled(t, c)
		c.Join("b", 1, calm)
		time.Sleep(2 * TTL)
		o, err := c.Owners()
		if err != nil {
			t.Fatal(err)
		}
		// All other moves are done, and another partition has gone in place of
		// the stuck one.
		if o.Members["b"] != 6 || o.Members["a"] != 6 {
			t.Errorf("owners %v, want 6 each although one is stuck", o.Members)
		}
		close(release)
		settled(t, c)
	})
}

func TestReservationAcrossCoordinatorChanges(t *testing.T) {
	scene(t, 12, func(t *testing.T, c *Cluster) {
		a := c.Join("a", 1, calm)
		settled(t, c)
		b := c.Join("b", 1, calm)
		d := c.Join("d", 1, calm)
		settled(t, c)
		before := map[string]bool{}
		o, _ := c.Owners()
		for _, owner := range o.Owners {
			if owner.Member == "b" {
				before[owner.Partition] = true
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := b.Leave(ctx, membership.Reserve(time.Minute)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		a.Crash() // it coordinated
		time.Sleep(3 * TTL)
		if o, _ := c.Owners(); o.Members["d"] != 8 || o.Unowned != 4 {
			t.Errorf("owners %v, unowned %d; want d with 8 and 4 reserved", o.Members, o.Unowned)
		}
		starts := c.Referee.Starts()
		c.Join("b", 1, calm)
		_ = d
		time.Sleep(2 * TTL)
		o, _ = c.Owners()
		for _, owner := range o.Owners {
			if before[owner.Partition] && owner.Member != "b" {
				t.Errorf("partition %s is with %q, it was reserved for b", owner.Partition, owner.Member)
			}
		}
		if n := c.Referee.Starts() - starts; n > 6 {
			t.Errorf("%d starts when b came back, want its 4 and at most 2 for balance", n)
		}
		settled(t, c)
	})
}

func TestReservationThatRunsOut(t *testing.T) {
	scene(t, 4, func(t *testing.T, c *Cluster) {
		c.Join("a", 1, calm)
		b := c.Join("b", 1, calm)
		settled(t, c)
		if err := b.Leave(context.Background(), membership.Reserve(20*time.Second)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if o, _ := c.Owners(); o.Unowned != 2 {
			t.Errorf("unowned %d, want the 2 that are reserved", o.Unowned)
		}
		within(t, c, 10*time.Second+2*TTL)
	})
}

func TestFailingPartitionGoesElsewhere(t *testing.T) {
	scene(t, 6, func(t *testing.T, c *Cluster) {
		var refused atomic.Int32
		c.Join("a", 1, calm, func(j *membership.Config, p *partitions.Config, m *Member) {
			see := j.Observer
			j.Observer = observe.Func(func(e observe.Event) {
				if f, ok := e.(observe.CallbackFailed); ok && f.Refused {
					refused.Add(1)
				}
				see.Observe(e)
			})
			m.work = func(ctx context.Context, claim *partitions.Claim) error {
				switch claim.Partition() {
				case "1":
					return errors.New("cannot open the source")
				case "2":
					panic("bad luck")
				}
				<-ctx.Done()
				return nil
			}
		})
		time.Sleep(time.Second)
		c.Join("b", 1, calm)
		time.Sleep(6 * TTL)
		for _, p := range []string{"1", "2"} {
			if m := c.holder(p); m == nil || m.Name != "b" {
				t.Errorf("partition %s fails on a and is not with b", p)
			}
		}
		if refused.Load() == 0 {
			t.Error("a never refused")
		}
	})
}

func TestClockBeyondItsBoundIsReported(t *testing.T) {
	// A clock that runs at half speed breaks assumption A2: the referee must see
	// the overlap, or it would see nothing.
	synctest.Test(t, func(t *testing.T) {
		c := NewCluster(t, 1, 4)
		defer c.Stop()
		slow := c.Join("slow", 0.5, calm)
		settled(t, c)
		c.Join("b", 1, calm)
		settled(t, c)
		slow.Cut(true)
		time.Sleep(3 * TTL)
		if len(c.Referee.Breaches()) == 0 {
			t.Error("no breach reported with a clock at half speed")
		}
	})
}

func TestHandOverThatLandsLate(t *testing.T) {
	// a hands over to b, the reply is lost, and the plan changes back before the
	// hand-over lands. Whoever reads the claim in between still sees a's name.
	scene(t, 2, func(t *testing.T, c *Cluster) {
		a := c.Join("a", 1, calm)
		b := c.Join("b", 1, calm)
		settled(t, c)
		admin, err := partitions.NewAdmin(c.Store.Client("sim"), group)
		if err != nil {
			t.Fatal(err)
		}
		var held atomic.Bool
		slow := func(w backends.Write) time.Duration {
			if strings.HasSuffix(string(w.Key), "claims/0") && held.CompareAndSwap(false, true) {
				return 2 * TTL
			}
			return 0
		}
		from, to := c.holder("0"), c.other(c.holder("0"))
		from.net.Set(func(s *virtual.State) { s.Hold = slow })
		_, _ = a, b
		if err := admin.Pin(c.world, "0", to.Name); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // the hand-over is on its way
		if !held.Load() {
			t.Fatal("no hand-over was sent")
		}
		if err := admin.Pin(c.world, "0", from.Name); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * TTL)
		if m := c.holder("0"); m == nil || m.Name != from.Name {
			t.Errorf("partition 0 is not with %s, where it is pinned", from.Name)
		}
	})
}

func TestCutAtEveryPhaseOfARenewal(t *testing.T) {
	// Replies take 1.4 s of the 1.67 s that a renewal may take. Whenever the
	// network is cut, the claims end before the store lets the session expire.
	const steps = 20
	for i := range steps {
		scene(t, 4, func(t *testing.T, c *Cluster) {
			a := c.Join("a", 1, virtual.Faults{ReplyDelay: 1400 * time.Millisecond})
			settled(t, c)
			c.Join("b", 1, calm)
			settled(t, c)
			time.Sleep(TTL * time.Duration(i) / steps)
			a.Cut(true)
			time.Sleep(2 * TTL)
			if o, _ := c.Owners(); o.Members["b"] != 4 {
				t.Errorf("cut at phase %d: owners %v, want all with b", i, o.Members)
			}
		})
	}
}

// What a watch says is a hint: a session that it calls gone is tried for, but
// nobody takes from it while it lives.
func TestFalseAlarms(t *testing.T) {
	scene(t, 12, func(t *testing.T, c *Cluster) {
		for _, name := range []string{"a", "b", "c", "d"} {
			c.Join(name, 1, virtual.Faults{Delay: 20 * time.Millisecond, FalseAlarm: 0.3})
		}
		settled(t, c)
		for i, name := range []string{"e", "f", "g", "h"} {
			m := c.Join(name, 1, virtual.Faults{Delay: 20 * time.Millisecond, FalseAlarm: 0.3})
			time.Sleep(2 * TTL)
			if i%2 == 0 {
				m.Crash()
			}
		}
		c.Heal()
		settled(t, c)
	})
}

// A session that a coordinator's watch calls gone is not dead, and its member is
// not struck off.
func TestAFalseAlarmProvesNoDeath(t *testing.T) {
	scene(t, 4, func(t *testing.T, c *Cluster) {
		c.Join("a", 1, virtual.Faults{Delay: time.Millisecond, FalseAlarm: 1})
		settled(t, c)
		c.Join("b", 1, calm)
		c.Join("c", 1, calm)
		time.Sleep(4 * TTL)
		for _, line := range c.Trace() {
			if strings.Contains(line, observe.DeathProven{}.Name()) {
				t.Error(line)
			}
		}
		c.Heal()
		settled(t, c)
	})
}

// soloist runs what one keeper outside of any group holds, under the eyes of the
// referee.
type soloist struct {
	member *Member
	stints map[*membership.Held]*virtual.Stint // one goroutine, the keeper's
}

func (s *soloist) Start(h *membership.Held) {
	st := &virtual.Stint{Node: s.member.Name, Key: h.Name(), Token: h.Token(), Session: h.Session()}
	st.Trusted = func() bool { return h.HeldContext().Err() == nil }
	s.stints[h] = st
	s.member.cluster.Referee.Started(st)
}

func (s *soloist) Stop(h *membership.Held, _ error) {
	if st := s.stints[h]; st != nil {
		s.member.cluster.Referee.Ended(st)
		delete(s.stints, h)
		h.Return()
	}
}

func (*soloist) Refresh(context.Context) error { return nil }

// A node that tries to prove a live holder dead does not get the claim.
func TestATryWhileTheHolderLives(t *testing.T) {
	scene(t, 1, func(t *testing.T, c *Cluster) {
		dir, err := backends.NewDir("solo")
		if err != nil {
			t.Fatal(err)
		}
		keeper := func(m *Member) *membership.Keeper {
			k, err := m.Node.Keep(membership.Scope{Name: "solo", Dir: dir, Follow: true}, &soloist{m, map[*membership.Held]*virtual.Stint{}})
			if err != nil {
				t.Fatal(err)
			}
			k.Wish(map[string]claim.Wish{"x": {Want: true}})
			time.Sleep(time.Second)
			return k
		}
		a, b := c.Join("a", 1, calm), c.Join("b", 1, calm)
		settled(t, c)
		first, second := keeper(a), keeper(b)
		for range 5 {
			second.Try("x")
			time.Sleep(TTL / 4)
		}
		for _, k := range []*membership.Keeper{first, second} {
			k.Withdraw()
		}
	})
}

// What a member or a coordinator reads again makes up for changes of the group
// that its watches lose without a word: plans, members, claims and sessions.
func TestWatchesThatLoseEvents(t *testing.T) {
	scene(t, 12, func(t *testing.T, c *Cluster) {
		deaf := func(s *virtual.State) {
			s.Lose = func(watch []backends.Selector, e backends.Event) bool {
				return slices.ContainsFunc(watch, backends.Selector.Sessions) || strings.Contains(string(e.Record.Key), "/plans/")
			}
		}
		for _, name := range []string{"a", "b", "c"} {
			c.Join(name, 1, calm).net.Set(deaf)
			settled(t, c)
		}
		c.other(c.coordinator()).Crash()
		settled(t, c)
		c.Join("d", 1, calm).net.Set(deaf)
		settled(t, c)
	})
}

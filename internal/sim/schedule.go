package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/internal/virtual"
	"github.com/tenure-go/tenure/membership"
)

// Weather draws the faults of one member's network.
func (c *Cluster) Weather() virtual.Faults {
	r := c.rng
	switch r.IntN(4) {
	case 0: // calm
		return virtual.Faults{Delay: 5 * time.Millisecond}
	case 1: // slow
		return virtual.Faults{Delay: time.Duration(r.IntN(1500)) * time.Millisecond, WatchLag: time.Second}
	case 2: // lossy
		return virtual.Faults{Delay: 50 * time.Millisecond, LoseRequest: 0.05, LoseReply: 0.1, WatchLag: 500 * time.Millisecond, WatchFails: 0.05}
	}
	return virtual.Faults{ // treacherous
		Delay: 300 * time.Millisecond, LoseRequest: 0.05, LoseReply: 0.15, Late: 0.1, LateBy: 3 * TTL, Twice: 0.2,
		WatchLag: 2 * time.Second, WatchFails: 0.02, FalseAlarm: 0.02,
	}
}

// Rate draws a clock rate with an error of at most rho.
func (c *Cluster) Rate(rho float64) float64 { return 1 - rho + 2*rho*c.rng.Float64() }

// Play lets random things happen to the cluster for d, with up to most members
// at a time.
func (c *Cluster) Play(d time.Duration, most int, rho float64) {
	end := time.Now().Add(d)
	for time.Now().Before(end) {
		c.act(most, rho)
		time.Sleep(time.Duration(c.rng.IntN(2000)) * time.Millisecond)
	}
}

// act makes one random thing happen.
func (c *Cluster) act(most int, rho float64) {
	live := c.Live()
	if len(live) == 0 || len(live) < most && c.rng.IntN(4) == 0 {
		name := c.Name()
		c.log("join %s", name)
		c.Join(name, c.Rate(rho), c.Weather())
		return
	}
	m := live[c.rng.IntN(len(live))]
	span := time.Duration(c.rng.IntN(int(3*TTL/time.Millisecond))) * time.Millisecond
	switch c.rng.IntN(8) {
	case 0:
		if len(live) > 1 {
			c.log("crash %s", m.Name)
			m.Crash()
		}
	case 1:
		if len(live) > 1 && m.joined() {
			c.log("leave %s", m.Name)
			c.depart(m)
		}
	case 2, 3:
		c.log("cut %s for %v", m.Name, span)
		m.Cut(true)
		time.AfterFunc(span, m.reconnect)
	case 4, 5:
		c.log("freeze %s for %v", m.Name, span)
		m.clock.Freeze()
		time.AfterFunc(span, m.revive)
	default:
		faults := c.Weather()
		c.log("weather %s %+v", m.Name, faults)
		m.net.Set(func(s *virtual.State) { s.Faults = faults })
	}
}

// depart makes a member leave in the background, with or without a reservation.
func (c *Cluster) depart(m *Member) {
	limit := time.Duration(1+c.rng.IntN(20)) * time.Second
	var options []membership.LeaveOption
	if c.rng.IntN(3) == 0 {
		options = append(options, membership.Reserve(time.Duration(1+c.rng.IntN(20))*time.Second))
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		_ = m.Leave(ctx, options...) // what is stuck is left to expire
	}()
}

// joined reports whether the member has a node that can leave.
func (m *Member) joined() bool {
	m.cluster.mu.Lock()
	defer m.cluster.mu.Unlock()
	return m.Node != nil
}

// revive thaws a member unless it has crashed meanwhile.
func (m *Member) revive() {
	if !m.dead() {
		m.clock.Thaw()
	}
}

// reconnect ends a cut unless the member has crashed meanwhile.
func (m *Member) reconnect() {
	if !m.dead() {
		m.Cut(false)
	}
}

func (m *Member) dead() bool {
	m.cluster.mu.Lock()
	defer m.cluster.mu.Unlock()
	return m.crashed
}

func (c *Cluster) log(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trace = append(c.trace, fmt.Sprintf("%12v ----- ", c.Referee.Elapsed())+fmt.Sprintf(format, args...))
}

// Trace returns what happened, a line each.
func (c *Cluster) Trace() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.trace...)
}

// SettleWithin is the documented bound: once faults have ended, every partition
// is run by a live member, and evenly, within this time. A lost session takes
// up to a TTL to expire and its holder as long to come back; a hanging call a
// third of one; a reservation as long as it was made for.
const SettleWithin = 12*TTL + 20*time.Second

// Settle waits until the cluster is settled and balanced, and returns what is
// wrong with it otherwise.
func (c *Cluster) Settle() error {
	end := time.Now().Add(SettleWithin)
	for {
		err := c.Balanced()
		if err == nil || time.Now().After(end) {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// Balanced says what is wrong with the present ownership, if anything.
func (c *Cluster) Balanced() error {
	o, err := c.Owners()
	if err != nil {
		return err
	}
	if !o.Settled {
		return fmt.Errorf("not settled: %d without owner, members %v", o.Unowned, o.Members)
	}
	least, most, live := 1<<30, 0, c.Live()
	for _, m := range live {
		n, ok := o.Members[m.Name]
		if !ok {
			return fmt.Errorf("%s is not in the group: %v", m.Name, o.Members)
		}
		least, most = min(least, n), max(most, n)
	}
	if len(o.Members) != len(live) || most-least > 1 {
		return fmt.Errorf("not balanced: %v", o.Members)
	}
	return nil
}

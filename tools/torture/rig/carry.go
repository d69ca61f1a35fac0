package rig

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/stands"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
)

// resetEvery is how often connections are reset.
const resetEvery = 200 * time.Millisecond

// carry does one fault to its end, and notes it. A server can take longer to come back than
// the plan says, so the next fault of a server waits for its turn.
func (r *run) carry(ctx context.Context, f nemesis.Fault) {
	if f.Kind.On() == nemesis.OnServer {
		r.turn <- struct{}{}
		defer func() { <-r.turn }()
	}
	whom := r.store.name
	switch f.Kind.On() {
	case nemesis.OnWorker, nemesis.OnPath:
		whom = r.members[f.Target-1].String()
	case nemesis.OnMachine:
		whom = "machine"
	}
	id := r.book.Begin(string(f.Kind), whom)
	r.book.End(id, r.do(ctx, f))
}

func (r *run) do(ctx context.Context, f nemesis.Fault) error {
	wait := func() error { return pause(ctx, f.For) }
	switch f.Kind.On() {
	case nemesis.OnWorker:
		return r.onWorker(ctx, f, r.members[f.Target-1], wait)
	case nemesis.OnPath:
		m := r.members[f.Target-1]
		if f.Kind == nemesis.Partition {
			return m.network.cut(wait)
		}
		return onPath(ctx, f, m.path, wait)
	case nemesis.OnServer:
		return r.onServer(ctx, f, wait)
	}
	if f.Kind == nemesis.Starve {
		return starve(ctx, f.For)
	}
	return r.visitor(wait)
}

func (r *run) onWorker(ctx context.Context, f nemesis.Fault, m *member, wait func() error) error {
	switch f.Kind {
	case nemesis.Kill:
		return errors.Join(m.kill(), wait(), m.start())
	case nemesis.Leave:
		return errors.Join(m.leave(), wait(), m.start())
	case nemesis.Stop:
		return m.stop(wait)
	case nemesis.Freeze:
		return m.freeze(ctx, wait)
	case nemesis.Deafen:
		err := m.kill()
		m.path.Cut()
		err = errors.Join(err, m.start(), wait())
		m.path.Restore()
		return err
	case nemesis.Session:
		process, _ := m.current()
		r.book.EndSession(process)
		return wait()
	case nemesis.Hang:
		return r.hangOne(ctx, m, f.For, wait)
	}
	return fmt.Errorf("nobody knows how to do %q", f.Kind)
}

// hangOne lets one callback of the member hang, as soon as it has one.
func (r *run) hangOne(ctx context.Context, m *member, within time.Duration, wait func() error) error {
	var keys []string
	err := r.until(ctx, within, func() string {
		if keys = r.owned(m); len(keys) == 0 {
			return "it owns nothing"
		}
		return ""
	})
	if err != nil {
		return err
	}
	r.book.Hang(keys[0], true)
	defer r.book.Hang(keys[0], false)
	return wait()
}

func onPath(ctx context.Context, f nemesis.Fault, p *stands.Path, wait func() error) error {
	defer p.Restore()
	switch f.Kind {
	case nemesis.Cut:
		p.Cut()
	case nemesis.CutRequests:
		p.CutRequests()
	case nemesis.CutReplies:
		p.CutReplies()
	case nemesis.Delay:
		p.Delay(f.Late)
	case nemesis.HalfOpen:
		p.Silence()
	case nemesis.Hold:
		p.Hold()
		defer p.Release()
	case nemesis.Resets:
		for end := time.Now().Add(f.For); time.Now().Before(end); {
			p.Reset()
			if err := pause(ctx, resetEvery); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("nobody knows how to do %q", f.Kind)
	}
	return wait()
}

func (r *run) onServer(ctx context.Context, f nemesis.Fault, wait func() error) error {
	target := f.Target
	switch f.Kind {
	case nemesis.ClockStep:
		return errors.Join(r.store.clock.set(clockStep), wait(), r.store.clock.set(0))
	case nemesis.Failover:
		return r.store.failover.do(ctx, wait)
	case nemesis.LeaderKill:
		leader, err := r.store.leader(ctx)
		if err != nil {
			return err
		}
		target = leader
	}
	server := r.store.servers[target]
	switch f.Kind {
	case nemesis.ServerKill, nemesis.LeaderKill:
		return errors.Join(server.Kill(), wait(), server.Restart(ctx))
	case nemesis.ServerStop, nemesis.ServerRestart:
		return errors.Join(server.Stop(), wait(), server.Restart(ctx))
	case nemesis.ServerPause:
		p := server.(pauser) // abilities leaves the kind out otherwise
		return errors.Join(p.Pause(), wait(), p.Resume())
	}
	return fmt.Errorf("nobody knows how to do %q", f.Kind)
}

// visitor is one more worker for a time.
func (r *run) visitor(wait func() error) error {
	m, err := r.add()
	if err != nil {
		return err
	}
	return errors.Join(m.start(), wait(), m.leave(), m.close())
}

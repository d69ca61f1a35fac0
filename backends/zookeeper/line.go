package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// tryLimit bounds dialling a server and its handshake, at first.
	tryLimit = 2 * time.Second
	// turnLimit is the longest silence in a turn of a session, whose caller waits.
	turnLimit = 10 * time.Second
	// roundPause follows a round in which no server took a connection.
	roundPause = 100 * time.Millisecond
)

var (
	errEnded = errors.New("the connection was given up")
	// errOther: the server has forgotten the session, or gave another one.
	errOther = errors.New("the server has ended the session")
)

// line decides when, and to which server, a zk.Conn connects: it is its dialer and its
// list of servers. The library connects again by itself, for ever, and pings; both would
// keep a session alive that nobody renews. So the line of a session lets it connect only
// during a turn, and ends the connection with the turn.
type line struct {
	dialer  DialFunc
	servers []string
	good    *atomic.Int32 // the index of the server of the newest handshake of any line
	single  bool          // one ZooKeeper session only: another one ends the line
	began   time.Time
	quit    chan struct{} // closed by end

	mu      sync.Mutex // guards what follows; never held across a call
	changed chan struct{}
	turn    *turn // while connecting is allowed
	wire    *wire // the connection of this turn, once dialled
	server  int   // the index of the one to connect to next
	failed  int   // attempts since the last handshake
	why     error // of the last failure since then
	session int64 // the ZooKeeper session, 0 before the first handshake
	granted time.Duration
	ended   bool
	lost    bool // the server gave another session
}

// turn is a time in which a line may connect.
type turn struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func newLine(dialer DialFunc, servers []string, good *atomic.Int32, single bool) *line {
	return &line{
		dialer: dialer, servers: servers, good: good, server: int(good.Load()), single: single, began: time.Now(),
		quit: make(chan struct{}), changed: make(chan struct{}),
	}
}

func (l *line) since() time.Duration { return time.Since(l.began) }

// begin starts a turn, which lasts until finish. There is one at a time.
func (l *line) begin(ctx context.Context) *turn {
	t := new(turn)
	t.ctx, t.cancel = context.WithCancel(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn = t
	l.tell()
	return t
}

// finish ends the turn and its connection, without a word to the server: the session
// goes on there until its timeout.
func (l *line) finish(t *turn) {
	t.cancel()
	l.mu.Lock()
	w := l.wire
	l.turn, l.wire = nil, nil
	l.tell()
	l.mu.Unlock()
	if w != nil {
		_ = w.Conn.Close()
	}
}

// tell wakes those who wait for a change; mu is held.
func (l *line) tell() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// end ends the connection, and lets the library make no other.
func (l *line) end() {
	l.mu.Lock()
	t := l.turn
	if !l.ended {
		l.ended = true
		close(l.quit)
	}
	l.mu.Unlock()
	if t != nil {
		l.finish(t)
	}
}

// dial is the library's dialer. It waits for a turn. The library's own time limit, of
// one second, is not used.
func (l *line) dial(_, address string, _ time.Duration) (net.Conn, error) {
	t, err := l.await()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(t.ctx, l.tryLimit(t.ctx))
	defer cancel()
	conn, err := l.dialer(ctx, "tcp", address)
	if err != nil {
		l.fail(fmt.Errorf("connect to %s: %w", address, err))
		return nil, err
	}
	limit, _ := ctx.Deadline() // also for the handshake
	if err := conn.SetDeadline(limit); err != nil {
		_ = conn.Close()
		return nil, err
	}
	w := &wire{Conn: conn, line: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.turn != t {
		_ = conn.Close()
		return nil, errEnded
	}
	if l.wire != nil {
		_ = l.wire.Conn.Close() // the library forgets one whose session has expired
	}
	l.wire = w
	return w, nil
}

// tryLimit leaves time for another server before the turn must be over. It doubles after
// each round in which no server was quick enough, for ensembles that are slow.
func (l *line) tryLimit(ctx context.Context) time.Duration {
	l.mu.Lock()
	limit := tryLimit << min(l.failed/len(l.servers), 3)
	l.mu.Unlock()
	deadline, ok := ctx.Deadline()
	if !ok {
		return limit
	}
	return min(limit, time.Until(deadline)/2)
}

// await returns the turn once there is one, and after a pause if every server has just
// failed: the library would try again at once.
func (l *line) await() (*turn, error) {
	for {
		l.mu.Lock()
		t, changed, again := l.turn, l.changed, l.failed > 0 && l.failed%len(l.servers) == 0
		l.mu.Unlock()
		if t == nil {
			select {
			case <-changed:
			case <-l.quit:
				return nil, errEnded
			}
			continue
		}
		if !again {
			return t, nil
		}
		select {
		case <-time.After(roundPause):
			return t, nil
		case <-t.ctx.Done():
			return nil, context.Cause(t.ctx)
		case <-l.quit:
			return nil, errEnded
		}
	}
}

// handshake is called by a wire that has read the server's answer. An error means that
// the library must not see that answer.
func (l *line) handshake(w *wire, granted time.Duration, session int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.single && (session == 0 || l.session != 0 && session != l.session) {
		l.lost = true
		l.tell()
		return errOther
	}
	if l.wire != w || l.turn == nil {
		return errEnded
	}
	l.session, l.granted, l.failed, l.why = session, granted, 0, nil
	if session == 0 {
		return nil // the library asks for another one now
	}
	l.good.Store(int32(l.server))
	w.idle = granted * 2 / 3
	if l.single {
		w.idle = turnLimit
	}
	_ = w.Conn.SetDeadline(time.Time{}) // a broken connection says so at the next read
	w.shaken.Store(true)
	l.tell()
	return nil
}

// fail notes why a server could not be used, and turns to the next one.
func (l *line) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(err)
}

// note is fail with mu held. That time ran out says less than what was noted before.
func (l *line) note(err error) {
	if l.why == nil || !errors.Is(err, context.DeadlineExceeded) {
		l.why = err
	}
	l.failed++
	l.server = (l.server + 1) % len(l.servers)
}

// closed is called when the library closes a connection.
func (l *line) closed(w *wire) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wire != w {
		return
	}
	l.wire = nil
	if !l.lost && !w.shaken.Load() {
		l.note(fmt.Errorf("%s: no handshake", l.servers[l.server]))
	}
}

// drop closes the connection if the server was not heard since an instant of the line,
// and turns to the next server: once, however many calls have run out of time.
func (l *line) drop(since time.Duration) {
	l.mu.Lock()
	w := l.wire
	silent := w != nil && w.shaken.Load() && time.Duration(w.heard.Load()) < since
	if silent {
		l.wire = nil
		l.note(fmt.Errorf("%s: no answer", l.servers[l.server]))
	}
	l.mu.Unlock()
	if silent {
		_ = w.Conn.Close()
	}
}

// connected waits for a handshake, and returns the ZooKeeper session.
func (l *line) connected(ctx context.Context) (int64, error) {
	for {
		l.mu.Lock()
		w, session, changed, lost := l.wire, l.session, l.changed, l.lost
		l.mu.Unlock()
		switch {
		case lost:
			return 0, errOther
		case w != nil && w.shaken.Load():
			return session, nil
		}
		select {
		case <-changed:
		case <-l.quit:
			return 0, errEnded
		case <-ctx.Done():
			return 0, l.because(context.Cause(ctx))
		}
	}
}

// because adds to the end of a context why there was no connection.
func (l *line) because(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == nil {
		return err
	}
	return fmt.Errorf("%w; the last failure: %w", err, l.why)
}

// linked reports whether there is a connection now.
func (l *line) linked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wire != nil && l.wire.shaken.Load()
}

// shaken reports whether there ever was a handshake.
func (l *line) shaken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session != 0
}

// timeout is what the server granted in the newest handshake.
func (l *line) timeout() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.granted
}

// The methods below are those of zk.HostProvider.

// Init implements zk.HostProvider. Names are looked up when they are dialled.
func (l *line) Init([]string) error { return nil }

// Len implements zk.HostProvider.
func (l *line) Len() int { return len(l.servers) }

// Next implements zk.HostProvider. The library looks whether it was closed only when it
// is told that a round is over.
func (l *line) Next() (server string, roundIsOver bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.servers[l.server], l.ended
}

// Connected implements zk.HostProvider.
func (l *line) Connected() {}

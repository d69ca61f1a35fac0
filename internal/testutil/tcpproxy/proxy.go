package tcpproxy

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Proxy passes bytes between its clients and one target until a fault is
// switched on. Requests are the bytes towards the target, replies those from
// it. All methods are safe for concurrent use.
type Proxy struct {
	target   string
	listener net.Listener
	requests *way
	replies  *way
	wg       sync.WaitGroup

	mu     sync.Mutex // guards what follows; not held during network calls that can block
	pairs  map[*pair]struct{}
	closed bool
}

// Start listens on a free port of 127.0.0.1 and passes every connection on to
// target (host:port). The target need not be up yet: a connection that cannot
// be passed on is reset. It returns the error of listening.
func Start(target string) (*Proxy, error) { return StartOn("127.0.0.1", target) }

// StartOn is Start for a free port of another address of this machine.
func StartOn(host, target string) (*Proxy, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, fmt.Errorf("tcpproxy: %w", err)
	}
	p := &Proxy{
		target: target, listener: l, requests: newWay(), replies: newWay(),
		pairs: map[*pair]struct{}{},
	}
	p.wg.Go(p.accept)
	return p, nil
}

// Addr returns the address for clients, host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut makes the network silent both ways: from its return on nothing is
// delivered, neither bytes on their way nor the end of a connection, and
// nothing is refused. New connections are accepted and stay silent.
func (p *Proxy) Cut() {
	p.CutRequests()
	p.CutReplies()
}

// CutRequests is Cut for the bytes towards the target only.
func (p *Proxy) CutRequests() { p.requests.set(func(w *way) { w.cut = true }) }

// CutReplies is Cut for the bytes from the target only: the target does what it
// is asked, and the client never hears of it.
func (p *Proxy) CutReplies() { p.replies.set(func(w *way) { w.cut = true }) }

// Delay makes every reply that the proxy reads from now on arrive d later; the
// order is kept. Zero ends it for later replies.
func (p *Proxy) Delay(d time.Duration) { p.replies.set(func(w *way) { w.delay = d }) }

// Hold keeps replies back until Release.
func (p *Proxy) Hold() { p.replies.set(func(w *way) { w.held = true }) }

// Release delivers what Hold kept back, in order.
func (p *Proxy) Release() { p.replies.set(func(w *way) { w.held = false }) }

// Silence makes the open connections silent both ways, as when a router forgets them: they
// are half-open until Restore. New ones are good.
func (p *Proxy) Silence() {
	p.mu.Lock()
	for c := range p.pairs {
		c.silent.Store(true)
	}
	p.mu.Unlock()
	// What waits for its delay looks again.
	p.requests.set(func(*way) {})
	p.replies.set(func(*way) {})
}

// Reset ends all connections with RST. Faults stay on for new ones.
func (p *Proxy) Reset() { p.reset(func(*pair) bool { return true }) }

// Restore ends all faults. A connection that lost bytes cannot go on and is
// reset; the others stay.
func (p *Proxy) Restore() {
	p.requests.set((*way).heal)
	p.replies.set((*way).heal)
	// No byte is dropped from here on, so the marks are complete.
	p.reset(func(c *pair) bool { return c.lost.Load() || c.silent.Load() })
}

// Sends returns how many pieces clients have sent so far: about one for each request,
// where requests are small and each waits for the answer to the one before.
func (p *Proxy) Sends() int64 { return p.requests.pieces.Load() }

// Close stops listening, resets all connections and waits for the proxy's
// goroutines. It may be called more than once.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	err := p.listener.Close()
	p.Reset()
	p.wg.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed; loopback gives no other lasting error
		}
		c := &pair{client: client.(*net.TCPConn), stop: make(chan struct{})}
		if !p.add(c) {
			c.reset()
			return
		}
		p.wg.Go(func() { p.serve(c) })
	}
}

// add keeps c so that it can be reset, unless the proxy is closed.
func (p *Proxy) add(c *pair) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.pairs[c] = struct{}{}
	return true
}

// serve connects c with the target and carries bytes until both sides ended.
func (p *Proxy) serve(c *pair) {
	defer p.remove(c)
	server, err := net.DialTimeout("tcp", p.target, 5*time.Second)
	switch {
	case err != nil && (p.requests.silences(c) || p.replies.silences(c)):
		<-c.stop // a refusal would be an answer
		return
	case err != nil || !c.connect(server.(*net.TCPConn)):
		c.reset()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { carry(p.requests, c, c.client, c.server) })
	both.Go(func() { carry(p.replies, c, c.server, c.client) })
	both.Wait()
	c.close()
}

func (p *Proxy) remove(c *pair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pairs, c)
}

// reset ends the chosen connections with RST.
func (p *Proxy) reset(chosen func(*pair) bool) {
	p.mu.Lock()
	pairs := make([]*pair, 0, len(p.pairs))
	for c := range p.pairs {
		if chosen(c) {
			pairs = append(pairs, c)
		}
	}
	p.mu.Unlock()
	for _, c := range pairs {
		c.reset()
	}
}

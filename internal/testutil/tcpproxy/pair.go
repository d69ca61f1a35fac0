package tcpproxy

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// pair is a client's connection and its continuation to the target.
type pair struct {
	client *net.TCPConn
	stop   chan struct{} // closed when the pair ends
	lost   atomic.Bool   // something was not delivered: the byte stream has a hole
	silent atomic.Bool   // nothing is delivered any more

	mu     sync.Mutex
	server *net.TCPConn // nil until connected
	ended  bool
}

// connect sets the target's side, unless the pair was reset meanwhile; then it
// closes server and returns false.
func (c *pair) connect(server *net.TCPConn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		_ = server.Close()
		return false
	}
	c.server = server
	return true
}

// reset ends both sides with RST.
func (c *pair) reset() { c.end(func(conn *net.TCPConn) { _ = conn.SetLinger(0) }) }

// close ends both sides in order.
func (c *pair) close() { c.end(func(*net.TCPConn) {}) }

func (c *pair) end(before func(*net.TCPConn)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ended = true
	close(c.stop)
	for _, conn := range []*net.TCPConn{c.client, c.server} {
		if conn != nil {
			before(conn)
			_ = conn.Close() // does not block: a close with data left goes on in the kernel
		}
	}
}

func (c *pair) stopped() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

// chunk is what one read returned. An empty one stands for the end.
type chunk struct {
	data []byte
	due  time.Time
	err  error // why it ended; io.EOF is an orderly end
}

// queued bounds what one direction keeps. More waits in the kernel, and then at
// the sender, as on a network.
const queued = 1024

// carry moves bytes from one side of c to the other through w. Reading goes on
// while delivery waits, so that a delay does not limit the throughput.
func carry(w *way, c *pair, from, to *net.TCPConn) {
	queue := make(chan chunk, queued)
	var reader sync.WaitGroup
	reader.Go(func() { read(w, c, from, queue) })
	defer reader.Wait()
	for k := range queue {
		switch {
		case !w.admit(c, k.due):
			if k.err != nil {
				<-c.stop // the end was lost: the other side must not see one
			}
		case k.err == nil:
			if _, err := to.Write(k.data); err != nil {
				c.reset()
			}
		case errors.Is(k.err, io.EOF):
			_ = to.CloseWrite() // it fails only if the other side is gone already
		default:
			c.reset()
		}
	}
}

// read fills the queue until the connection ends, and closes it.
func read(w *way, c *pair, from *net.TCPConn, queue chan<- chunk) {
	defer close(queue)
	for {
		data := make([]byte, 16<<10)
		n, err := from.Read(data)
		if n > 0 {
			w.pieces.Add(1)
		}
		if n > 0 && !put(c, queue, chunk{data: data[:n], due: w.due()}) {
			return
		}
		if err != nil {
			put(c, queue, chunk{due: w.due(), err: err})
			return
		}
	}
}

// put returns false if the pair ended before there was room.
func put(c *pair, queue chan<- chunk, k chunk) bool {
	select {
	case queue <- k:
		return true
	case <-c.stop:
		return false
	}
}

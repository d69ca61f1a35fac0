package logbook

import (
	"encoding/gob"
	"fmt"
	"net"
)

// Client is how a worker tells the service. All methods are safe for concurrent use.
type Client struct {
	conn  net.Conn // of the goroutine
	queue chan request
	done  chan struct{} // closed when the service cannot be reached any more
	ended chan struct{} // closed by Close
}

type request struct {
	event Event
	reply chan Reply // nil if nobody waits
}

// Dial reaches the service for a process. The client's goroutine ends with Close, or when
// the service is gone.
func Dial(path, process string) (*Client, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, fmt.Errorf("reach the log: %w", err)
	}
	c := &Client{conn: conn, queue: make(chan request, 1024), done: make(chan struct{}), ended: make(chan struct{})}
	go c.talk(process)
	return c, nil
}

// talk sends what is in the queue, in its order. A write that was noted is thereby in the
// log before it can be in the store.
func (c *Client) talk(process string) {
	defer close(c.done)
	defer func() { _ = c.conn.Close() }()
	out, in := gob.NewEncoder(c.conn), gob.NewDecoder(c.conn)
	if out.Encode(process) != nil {
		return
	}
	for {
		var r request
		select {
		case r = <-c.queue:
		case <-c.ended:
			return
		}
		if out.Encode(message{Event: r.event, Wait: r.reply != nil}) != nil {
			return
		}
		if r.reply == nil {
			continue
		}
		var reply Reply
		if in.Decode(&reply) != nil {
			return
		}
		r.reply <- reply
	}
}

// Tell sends an event and does not wait for it.
func (c *Client) Tell(e Event) {
	select {
	case c.queue <- request{event: e}:
	case <-c.done:
	}
}

// Ask sends an event and waits for the answer. Without a log it answers nothing: false.
func (c *Client) Ask(e Event) Reply {
	reply := make(chan Reply, 1)
	select {
	case c.queue <- request{e, reply}:
	case <-c.done:
		return Reply{}
	}
	select {
	case r := <-reply:
		return r
	case <-c.done:
		return Reply{}
	}
}

// Flush returns when all that was told before is in the log.
func (c *Client) Flush() { c.Ask(Event{}) }

// Done is closed when the service cannot be reached any more.
func (c *Client) Done() <-chan struct{} { return c.done }

// Close ends the client. It is called once, when nobody tells anything any more.
func (c *Client) Close() {
	close(c.ended)
	<-c.done
}

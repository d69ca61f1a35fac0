package zookeeper

import (
	"encoding/binary"
	"net"
	"sync/atomic"
	"time"
)

// A connect response begins with its length, the protocol's version, the timeout that
// the server grants in milliseconds, and the session's number: 4, 4, 4 and 8 bytes.
const connectHead = 20

// wire is one TCP connection of a zk.Conn. The library tells neither which timeout the
// server granted nor when it last heard of it, and takes any session that the server
// hands out, so the wire reads along.
type wire struct {
	net.Conn
	line *line

	heard  atomic.Int64  // when the server was last heard, as nanoseconds since the line began
	shaken atomic.Bool   // the handshake is over
	idle   time.Duration // the longest silence after the handshake; set before shaken
	head   []byte        // of the connect response; belongs to the reader
}

// Read implements net.Conn.
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n == 0 {
		return n, err
	}
	w.heard.Store(int64(w.line.since()))
	if w.shaken.Load() {
		return n, err
	}
	w.head = append(w.head, p[:min(n, connectHead-len(w.head))]...)
	if len(w.head) < connectHead {
		return n, err
	}
	granted := time.Duration(int32(binary.BigEndian.Uint32(w.head[8:]))) * time.Millisecond
	if refused := w.line.handshake(w, granted, int64(binary.BigEndian.Uint64(w.head[12:]))); refused != nil {
		return 0, refused
	}
	return n, err
}

// SetReadDeadline implements net.Conn. During the handshake the line's own limit holds:
// the library allows ten times its usual one for the first bytes, and any time for the
// rest. Later it is the wire's: the library's own is two thirds of the session's timeout,
// too short for the answer of a busy ensemble if that timeout is.
func (w *wire) SetReadDeadline(time.Time) error {
	if !w.shaken.Load() {
		return nil
	}
	return w.Conn.SetReadDeadline(time.Now().Add(w.idle))
}

// SetWriteDeadline implements net.Conn like SetReadDeadline.
func (w *wire) SetWriteDeadline(t time.Time) error {
	if !w.shaken.Load() {
		return nil
	}
	return w.Conn.SetWriteDeadline(t)
}

// Close implements net.Conn.
func (w *wire) Close() error {
	w.line.closed(w)
	return w.Conn.Close()
}

package zookeeper

import (
	"errors"
	"sync"

	"github.com/go-zookeeper/zk"
)

// hints sets ZooKeeper's watches while it reads, and tells those who listen when one of
// them fires. A watch fires once, and the library has no way to take one back: so each is
// set at most once until it has fired, whoever asks. A nil *hints only reads.
type hints struct {
	mu        sync.Mutex // guards what follows; never held across a call
	set       map[watched]bool
	listeners map[*listener]bool
}

// watched is a znode, with what of it is watched: its data, or its children.
type watched struct {
	path     string
	children bool
}

// listener is told of the paths that it wants.
type listener struct {
	wants func(path string) bool
	tell  func() // never blocks
}

func newHints() *hints {
	return &hints{set: map[watched]bool{}, listeners: map[*listener]bool{}}
}

func (h *hints) add(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners[l] = true
}

func (h *hints) remove(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
}

// claim reports whether the caller is to set the watch. It is marked as set before the
// request, because it can fire before the answer has been seen:
//
//	caller           connection
//	GetW             answer arrives, watch fires: mark removed, all told
//	mark (too late): the watch counts as set, and nobody is told again
func (h *hints) claim(w watched) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.set[w] {
		return false
	}
	h.set[w] = true
	return true
}

func (h *hints) forget(w watched) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.set, w)
}

// get reads a znode and watches it, also for its creation.
func (h *hints) get(c *zk.Conn, path string) ([]byte, *zk.Stat, error) {
	w := watched{path: path}
	if h == nil || !h.claim(w) {
		return c.Get(path)
	}
	data, stat, _, err := c.GetW(path)
	if errors.Is(err, zk.ErrNoNode) {
		if _, _, _, watchErr := c.ExistsW(path); watchErr != nil {
			err = watchErr
		}
	}
	if err != nil && !errors.Is(err, zk.ErrNoNode) {
		h.forget(w)
	}
	return data, stat, err
}

// children reads the names of a znode's children and watches for others, or for the
// znode itself while there is none.
func (h *hints) children(c *zk.Conn, path string) ([]string, error) {
	w := watched{path: path, children: true}
	if h == nil || !h.claim(w) {
		names, _, err := c.Children(path)
		return names, err
	}
	names, _, _, err := c.ChildrenW(path)
	if err != nil {
		h.forget(w)
	}
	if errors.Is(err, zk.ErrNoNode) {
		_, _, err = h.get(c, path) // nil if it was created meanwhile: the next poll sees it
	}
	return names, err
}

// take is the library's callback for events: a watch that has fired, or that is void
// because the session of the connection has ended.
func (h *hints) take(e zk.Event) {
	if e.Type == zk.EventSession {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.Type != zk.EventNodeChildrenChanged {
		delete(h.set, watched{path: e.Path})
	}
	if e.Type != zk.EventNodeCreated && e.Type != zk.EventNodeDataChanged {
		delete(h.set, watched{path: e.Path, children: true})
	}
	for l := range h.listeners {
		if l.wants(e.Path) {
			l.tell()
		}
	}
}

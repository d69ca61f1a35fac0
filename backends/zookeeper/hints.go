package zookeeper

import (
	"errors"
	"sync"

	"github.com/go-zookeeper/zk"
)

// hints sets ZooKeeper's watches while it reads, keeps what it has read for as long as
// they do not fire, and tells those who listen when one does. So a poll that finds nothing
// new asks for nothing. A watch fires once, and the library has no way to take one back: so
// each is set at most once until it has fired, whoever asks. A nil *hints only reads.
type hints struct {
	mu        sync.Mutex           // guards what follows; never held across a call
	set       map[watched]*content // watches that have not fired
	listeners map[*listener]bool
	session   int64 // the ZooKeeper session in which the server was last known to be up to date
}

// watched is a znode, with what of it is watched: its data, or its children.
type watched struct {
	path     string
	children bool
}

// content is what a watched znode holds, once that was read.
type content struct {
	read  bool
	node  node
	names []string
}

// listener is told of the paths that it wants.
type listener struct {
	wants func(path string) bool
	tell  func() // never blocks
}

func newHints() *hints {
	return &hints{set: map[watched]*content{}, listeners: map[*listener]bool{}}
}

func (h *hints) add(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners[l] = true
}

// remove also drops what was kept for the listener alone. The server keeps its watches
// until they fire.
func (h *hints) remove(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
	for w, k := range h.set {
		if k.read && !h.wanted(w.path) {
			h.set[w] = new(content)
		}
	}
}

// wanted reports whether anybody listens; mu is held.
func (h *hints) wanted(path string) bool {
	for l := range h.listeners {
		if l.wants(path) {
			return true
		}
	}
	return false
}

// claim returns what is known, and whether the caller is to set the watch. It counts as set
// before the request, because it can fire before the answer has been seen:
//
//	caller                       connection
//	GetW                         answer arrives, watch fires: nothing to forget, all told
//	keep the answer (too late): it would be shown until the next change
func (h *hints) claim(w watched) (k *content, first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k, there := h.set[w]
	if !there {
		k = new(content)
		h.set[w] = k
	}
	return k, !there
}

// kept returns what is known of a znode.
func (h *hints) kept(w watched) (content, bool) {
	if h == nil {
		return content{}, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.set[w]
	if k == nil || !k.read {
		return content{}, false
	}
	return *k, true
}

// keep notes an answer for as long as somebody listens. If the watch has fired since it
// was claimed, nobody looks at what was claimed any more.
func (h *hints) keep(w watched, claimed *content, answer content) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.wanted(w.path) {
		answer.read = true
		*claimed = answer
	}
}

func (h *hints) forget(w watched) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.set, w)
}

// get reads a znode and watches it, also for its creation.
func (h *hints) get(c *zk.Conn, path string) (node, error) {
	if h == nil {
		data, stat, err := c.Get(path)
		return node{data, stat}, err
	}
	w := watched{path: path}
	k, first := h.claim(w)
	read := c.Get
	if first {
		read = func(path string) ([]byte, *zk.Stat, error) {
			data, stat, _, err := c.GetW(path)
			return data, stat, err
		}
	}
	data, stat, err := read(path)
	switch {
	case err == nil:
		h.keep(w, k, content{node: node{data, stat}})
	case !errors.Is(err, zk.ErrNoNode):
		h.forget(w)
	case first:
		return node{}, h.awaitCreation(c, w, k)
	default:
		h.keep(w, k, content{})
	}
	return node{data, stat}, err
}

// awaitCreation watches a znode that is not there.
func (h *hints) awaitCreation(c *zk.Conn, w watched, k *content) error {
	there, _, _, err := c.ExistsW(w.path)
	switch {
	case err != nil:
		h.forget(w)
		return err
	case !there:
		h.keep(w, k, content{})
	}
	return zk.ErrNoNode // so it was a moment ago; the next poll finds what there is
}

// children reads the names of a znode's children and watches for others, or for the
// znode itself while there is none.
func (h *hints) children(c *zk.Conn, path string) ([]string, error) {
	if h == nil {
		names, _, err := c.Children(path)
		return names, err
	}
	w := watched{path: path, children: true}
	k, first := h.claim(w)
	read := c.Children
	if first {
		read = func(path string) ([]string, *zk.Stat, error) {
			names, stat, _, err := c.ChildrenW(path)
			return names, stat, err
		}
	}
	names, _, err := read(path)
	switch {
	case err == nil:
		h.keep(w, k, content{names: names})
	case errors.Is(err, zk.ErrNoNode):
		h.forget(w)
		_, err = h.get(c, path)
	default:
		h.forget(w)
	}
	return names, err
}

// take is the library's callback for events: a watch that has fired, or that is void
// because the session of the connection has ended. The server sends an event before any
// answer that shows the change, and the library takes them in order.
func (h *hints) take(e zk.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.Type == zk.EventSession {
		if e.State == zk.StateHasSession {
			h.doubt()
		}
		return
	}
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

// doubt drops what was read over an earlier connection; mu is held. The library sets the
// watches again some time after it has connected, and only then the missed ones fire.
func (h *hints) doubt() {
	for w := range h.set {
		h.set[w] = new(content)
	}
}

// settled reports whether the server was known to be up to date in this ZooKeeper session.
func (h *hints) settled(session int64) bool {
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.session == session
}

func (h *hints) settle(session int64) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session = session
}

package memory

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// change names a row that has changed.
type change struct {
	path    string
	session bool
}

// watch collects which rows have changed since its reader last read.
type watch struct {
	namespace string
	selectors []backends.Selector

	mu    sync.Mutex // guards what follows; never held across a channel send
	dirty map[change]bool
	order []change
	poke  chan struct{} // capacity 1
}

// Watch implements backends.Backend. The store is never silent: it is in this
// process.
func (c *Client) Watch(ctx context.Context, _ time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	if len(selectors) == 0 {
		return nil, fmt.Errorf("memory: watch: %w: no selector", backends.ErrInvalid)
	}
	w := &watch{namespace: c.namespace, selectors: selectors, dirty: map[change]bool{}, poke: make(chan struct{}, 1)}
	c.store.add(w) // before the snapshot, so that nothing falls between
	events := make(chan backends.Event)
	go func() {
		defer close(events)
		defer c.store.remove(w)
		c.deliver(ctx, w, events)
	}()
	return events, nil
}

// add and remove keep the index of watches, so that a write costs as much as
// there are watches of what it changes.
func (s *Store) add(w *watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range w.places() {
		if s.watches[at] == nil {
			s.watches[at] = map[*watch]bool{}
		}
		s.watches[at][w] = true
	}
}

func (s *Store) remove(w *watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range w.places() {
		delete(s.watches[at], w)
		if len(s.watches[at]) == 0 {
			delete(s.watches, at)
		}
	}
}

// places are where the index lists a watch: the rows and directories that its
// selectors name. All sessions are the directory "".
func (w *watch) places() []change {
	places := make([]change, len(w.selectors))
	for i, s := range w.selectors {
		places[i] = change{path: path(w.namespace, string(s.Key())+string(s.Dir())+string(s.Session())), session: s.Sessions() || s.Session() != ""}
	}
	return places
}

// tell notes changes for every watch that follows them: those of the row, and
// those of each directory above it. The caller holds mu.
func (s *Store) tell(changes ...change) {
	for _, c := range changes {
		s.tellAt(c, c)
		for i, b := range []byte(c.path) {
			if b == '/' && !c.session || b == 0 && c.session {
				s.tellAt(change{path: c.path[:i+1], session: c.session}, c)
			}
		}
	}
}

func (s *Store) tellAt(at, c change) {
	for w := range s.watches[at] {
		w.note(c)
	}
}

func (w *watch) note(c change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dirty[c] {
		return
	}
	w.dirty[c] = true
	w.order = append(w.order, c)
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

func (w *watch) take() []change {
	w.mu.Lock()
	defer w.mu.Unlock()
	order := w.order
	w.order = nil
	clear(w.dirty)
	return order
}

// deliver sends the snapshot, Synced, and then changes, until ctx is done.
func (c *Client) deliver(ctx context.Context, w *watch, events chan<- backends.Event) {
	send := func(e backends.Event) bool {
		select {
		case events <- e:
			return true
		case <-ctx.Done():
			return false
		}
	}
	for _, e := range append(c.snapshot(w.selectors), backends.Event{Kind: backends.Synced}) {
		if !send(e) {
			return
		}
	}
	for {
		select {
		case <-w.poke:
		case <-ctx.Done():
			return
		}
		for _, ch := range w.take() {
			if !send(c.now(ch)) {
				return
			}
		}
	}
}

// snapshot returns what the selectors name, each row once.
func (c *Client) snapshot(selectors []backends.Selector) []backends.Event {
	txn := c.store.db.Txn(false)
	seen := map[string]bool{}
	var events []backends.Event
	put := func(r backends.Record) {
		if r.Revision != backends.Absent && !seen[string(r.Key)] {
			seen[string(r.Key)] = true
			events = append(events, backends.Event{Kind: backends.Put, Record: r})
		}
	}
	for _, s := range selectors {
		switch {
		case s.Key() != "":
			put(c.read(txn, s.Key()))
		case s.Dir() != "":
			for _, r := range c.list(txn, s.Dir()) {
				put(r)
			}
		default:
			rows, err := txn.Get(sessionTable, "id_prefix", path(c.namespace, string(s.Session())))
			must(err)
			for row := rows.Next(); row != nil; row = rows.Next() {
				if info := row.(*session).info(); !seen["\x00"+string(info.ID)] {
					seen["\x00"+string(info.ID)] = true
					events = append(events, backends.Event{Kind: backends.SessionSeen, Session: info})
				}
			}
		}
	}
	return events
}

// now returns the present state of a row as an event.
func (c *Client) now(ch change) backends.Event {
	txn := c.store.db.Txn(false)
	_, name, _ := strings.Cut(ch.path, "\x00")
	if ch.session {
		if row := first[session](txn, sessionTable, ch.path); row != nil {
			return backends.Event{Kind: backends.SessionSeen, Session: row.info()}
		}
		return backends.Event{Kind: backends.SessionGone, Session: backends.SessionInfo{ID: backends.SessionID(name)}}
	}
	r := c.read(txn, backends.Key(name))
	if r.Revision == backends.Absent {
		return backends.Event{Kind: backends.Deleted, Record: r}
	}
	return backends.Event{Kind: backends.Put, Record: r}
}

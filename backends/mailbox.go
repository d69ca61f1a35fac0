package backends

import (
	"context"
	"sync"
)

// Mailbox helps a store to deliver a watch's events to a reader that may be
// slow: per key and per session only the newest event is kept until the reader
// takes it, so that putting never waits and memory is bounded by what is
// followed (clause N8). It is safe for concurrent use.
type Mailbox struct {
	mu     sync.Mutex // guards what follows; never held across a channel send
	latest map[string]Event
	order  []string
	poke   chan struct{} // capacity 1
	events chan Event
}

// NewMailbox returns a mailbox whose Events channel delivers until ctx is done
// or a Failed event was delivered, and is closed then.
func NewMailbox(ctx context.Context) *Mailbox {
	m := &Mailbox{latest: map[string]Event{}, poke: make(chan struct{}, 1), events: make(chan Event)}
	go m.deliver(ctx)
	return m
}

// Events returns the channel that Watch returns.
func (m *Mailbox) Events() <-chan Event { return m.events }

// Put adds an event. It never blocks.
func (m *Mailbox) Put(e Event) {
	id := ""
	switch e.Kind {
	case Put, Deleted:
		id = "r" + string(e.Record.Key)
	case SessionSeen, SessionGone:
		id = "s" + string(e.Session.ID)
	case Synced:
		id = "synced"
	case Failed:
		id = "failed"
	}
	m.mu.Lock()
	if _, waiting := m.latest[id]; !waiting {
		m.order = append(m.order, id)
	}
	m.latest[id] = e
	m.mu.Unlock()
	select {
	case m.poke <- struct{}{}:
	default:
	}
}

func (m *Mailbox) take() []Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	events := make([]Event, len(m.order))
	for i, id := range m.order {
		events[i] = m.latest[id]
	}
	m.order = nil
	clear(m.latest)
	return events
}

func (m *Mailbox) deliver(ctx context.Context) {
	defer close(m.events)
	for {
		select {
		case <-m.poke:
		case <-ctx.Done():
			return
		}
		for _, e := range m.take() {
			select {
			case m.events <- e:
			case <-ctx.Done():
				return
			}
			if e.Kind == Failed {
				return
			}
		}
	}
}

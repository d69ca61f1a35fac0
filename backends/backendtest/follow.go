package backendtest

import (
	"context"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// follower reads a watch and keeps what it shows.
type follower struct {
	e        *env
	events   <-chan backends.Event
	cancel   context.CancelFunc
	records  map[backends.Key]backends.Record
	sessions map[backends.SessionID]backends.SessionInfo
	synced   bool
	each     func(backends.Event) // if not nil, is shown every event
}

// silence is long enough for every store that is there.
const silence = 10 * time.Second

// start starts a watch and reads nothing.
func (e *env) start(b backends.Backend, selectors ...backends.Selector) *follower {
	e.Helper()
	ctx, cancel := context.WithCancel(e.Context())
	e.Cleanup(cancel)
	events, err := b.Watch(ctx, silence, selectors...)
	if err != nil {
		e.Fatalf("Watch: %v", err)
	}
	return &follower{e: e, events: events, cancel: cancel, records: map[backends.Key]backends.Record{}, sessions: map[backends.SessionID]backends.SessionInfo{}}
}

// follow starts a watch and reads it up to Synced.
func (e *env) follow(b backends.Backend, selectors ...backends.Selector) *follower {
	e.Helper()
	f := e.start(b, selectors...)
	f.until("Synced", func() bool { return f.synced })
	return f
}

// until reads events until ok.
func (f *follower) until(what string, ok func() bool) {
	f.e.Helper()
	limit := time.NewTimer(soon + 5*f.e.h.TTL)
	defer limit.Stop()
	for !ok() {
		select {
		case event, open := <-f.events:
			if !open {
				f.e.Fatalf("the watch was closed before: %s", what)
			}
			f.take(event)
		case <-limit.C:
			f.e.Fatalf("the watch does not show in time: %s", what)
		}
	}
}

func (f *follower) take(event backends.Event) {
	f.e.Helper()
	if f.each != nil {
		f.each(event)
	}
	switch event.Kind {
	case backends.Put:
		if event.Record.Revision == backends.Absent {
			f.e.Errorf("the watch shows %q put without a revision", event.Record.Key)
		}
		f.records[event.Record.Key] = event.Record
	case backends.Deleted:
		delete(f.records, event.Record.Key)
	case backends.SessionSeen:
		f.sessions[event.Session.ID] = event.Session
	case backends.SessionGone:
		delete(f.sessions, event.Session.ID)
	case backends.Synced:
		if f.synced {
			f.e.Errorf("Synced came twice")
		}
		f.synced = true
	case backends.Failed:
		f.e.Fatalf("the watch has failed: %v", event.Err)
	default:
		f.e.Fatalf("the watch shows an event of unknown kind %d", event.Kind)
	}
}

// value is what the watch shows of a record, "" if nothing.
func (f *follower) value(k backends.Key) string { return string(f.records[k].Value) }

// seen reports whether the watch shows the session, and not as expired.
func (f *follower) seen(id backends.SessionID) bool {
	info, ok := f.sessions[id]
	return ok && !info.Expired
}

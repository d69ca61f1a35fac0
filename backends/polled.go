package backends

import (
	"context"
	"maps"
	"time"
)

// polled is what one poll has found.
type polled struct {
	records  map[Key]Record
	sessions map[SessionID]SessionInfo
	stamp    string    // what Stamp returned before the records were read
	read     time.Time // when they were
}

// nextExpiry is how long after the poll the next session runs out. Left was told at
// some instant of the poll, so that it has surely run out then.
func (f polled) nextExpiry() time.Duration {
	next := time.Duration(1<<63 - 1)
	for _, s := range f.sessions {
		if !s.Expired && s.Left > 0 {
			next = min(next, s.Left)
		}
	}
	return next
}

// poll reads what the selectors name, one request after the other. A key that
// two selectors name is taken from the later request, and each poll begins after
// the one before has ended: both because reads are linearizable only in the
// order in which they are made, and a watch must never go back.
func (w *pollWatch) poll(ctx context.Context, deadline time.Time) (polled, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	found := polled{records: w.records, sessions: map[SessionID]SessionInfo{}, stamp: w.stamp, read: w.read}
	stamp, changed, err := w.changed(ctx)
	if err == nil && changed {
		found.stamp, found.read = stamp, time.Now()
		found.records, err = w.readAll(ctx)
	}
	if err != nil {
		return found, err
	}
	if w.all || len(w.ids) > 0 {
		infos, err := w.p.Sessions(ctx)
		if err != nil {
			return found, err
		}
		for _, info := range infos {
			if w.all || w.ids[info.ID] {
				found.sessions[info.ID] = info
			}
		}
	}
	return found, nil
}

// changed reports whether records have to be read. The stamp is asked for before they
// are, so that a write between the two gives another one at the next poll.
func (w *pollWatch) changed(ctx context.Context) (stamp string, changed bool, err error) {
	if w.p.Stamp == nil {
		return "", true, nil
	}
	stamp, err = w.p.Stamp(ctx)
	same := stamp == w.stamp && w.synced && time.Since(w.read) < fullEvery*w.silence
	return stamp, !same, err
}

func (w *pollWatch) readAll(ctx context.Context) (map[Key]Record, error) {
	found := map[Key]Record{}
	for _, dir := range w.dirs {
		records, err := w.p.List(ctx, dir)
		if err != nil {
			return nil, err
		}
		maps.DeleteFunc(found, func(k Key, _ Record) bool { return dir.Has(k) })
		for _, r := range records {
			found[r.Key] = r
		}
	}
	if len(w.keys) == 0 {
		return found, nil
	}
	records, err := w.p.Read(ctx, w.keys...)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		delete(found, r.Key)
		if r.Revision != Absent {
			found[r.Key] = r
		}
	}
	return found, nil
}

// show delivers the differences to what was shown before, and reports whether
// there were any. The snapshot is not a difference.
func (w *pollWatch) show(found polled) bool {
	var events []Event
	for k, r := range found.records {
		if w.records[k].Revision != r.Revision {
			events = append(events, Event{Kind: Put, Record: r})
		}
	}
	for k := range w.records {
		if _, there := found.records[k]; !there {
			events = append(events, Event{Kind: Deleted, Record: Record{Key: k}})
		}
	}
	for id, s := range found.sessions {
		if before, there := w.sessions[id]; !there || before.Expired != s.Expired {
			events = append(events, Event{Kind: SessionSeen, Session: s})
		}
	}
	for id := range w.sessions {
		if _, there := found.sessions[id]; !there {
			events = append(events, Event{Kind: SessionGone, Session: SessionInfo{ID: id}})
		}
	}
	w.polled = found
	for _, e := range events {
		w.mail.Put(e)
	}
	if !w.synced {
		w.synced = true
		w.mail.Put(Event{Kind: Synced})
		return false
	}
	return len(events) > 0
}

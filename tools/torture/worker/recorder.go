package worker

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// endWithin is how long ending the session from outside may take.
const endWithin = 2 * time.Second

// recorder is a store that tells the log what is done with sessions and claims.
type recorder struct {
	backends.Backend
	log     *logbook.Client
	id      atomic.Uint64
	session atomic.Pointer[session] // the newest
}

// OpenSession implements backends.Backend.
func (r *recorder) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	from := logbook.Now()
	s, renewal, err := r.Backend.OpenSession(ctx, spec)
	if err != nil {
		return s, renewal, err
	}
	own := &session{s, r.log}
	own.tell(from, renewal, nil)
	r.session.Store(own)
	return own, renewal, nil
}

// endSession closes the session as somebody outside would: the library is not told.
func (r *recorder) endSession() {
	ctx, cancel := context.WithTimeout(context.Background(), endWithin)
	defer cancel()
	if s := r.session.Load(); s != nil {
		_ = s.Close(ctx) // the log has the outcome
	}
}

// session tells the log of its renewals.
type session struct {
	backends.Session
	log *logbook.Client
}

// Renew implements backends.Session.
func (s *session) Renew(ctx context.Context) (backends.Renewal, error) {
	from := logbook.Now()
	renewal, err := s.Session.Renew(ctx)
	s.tell(from, renewal, err)
	return renewal, err
}

// Close implements backends.Session.
func (s *session) Close(ctx context.Context) error {
	from := logbook.Now()
	err := s.Session.Close(ctx)
	s.log.Tell(logbook.Event{Kind: logbook.Closed, Session: string(s.ID()), From: from, To: logbook.Now(), OK: err == nil})
	return err
}

func (s *session) tell(from time.Duration, renewal backends.Renewal, err error) {
	s.log.Tell(logbook.Event{Kind: logbook.Renewed, Session: string(s.ID()), From: from, To: logbook.Now(), OK: err == nil, Valid: renewal.ValidFor})
}

// Read implements backends.Backend.
func (r *recorder) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	from := logbook.Now()
	records, err := r.Backend.Read(ctx, keys...)
	if err == nil {
		r.found(logbook.Read, from, records)
	}
	return records, err
}

// List implements backends.Backend.
func (r *recorder) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	from := logbook.Now()
	records, err := r.Backend.List(ctx, dir)
	if err == nil {
		r.found(logbook.List, from, records)
	}
	return records, err
}

func (r *recorder) found(kind logbook.OpKind, from time.Duration, records []backends.Record) {
	to := logbook.Now()
	for _, record := range records {
		if e, ok := Found(kind, record); ok {
			e.From, e.To = from, to
			r.log.Tell(e)
		}
	}
}

// Found is the event of having read a claim; false for another record.
func Found(kind logbook.OpKind, record backends.Record) (logbook.Event, bool) {
	name, ok := claimName(record.Key)
	if !ok {
		return logbook.Event{}, false
	}
	op := &logbook.StoreOp{Kind: kind, Done: true, Revision: string(record.Revision)}
	if record.Revision != backends.Absent {
		op.Claim = decode(record.Value)
	}
	return logbook.Event{Kind: logbook.Op, Key: name, Op: op}, true
}

// Write implements backends.Backend. What is about to be sent is in the log before it is
// sent: the process may not live to tell it.
func (r *recorder) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	events := make([]logbook.Event, len(writes))
	from := logbook.Now()
	for i, w := range writes {
		if strings.HasPrefix(string(w.Key), "checkpoints/") {
			continue // the callbacks tell of these themselves
		}
		events[i] = r.sent(w)
		events[i].From = from
		r.log.Tell(events[i])
	}
	r.log.Flush()
	results, err := r.Backend.Write(ctx, writes...)
	to := logbook.Now()
	for i, e := range events {
		if e.Kind != logbook.Op {
			continue
		}
		done := *e.Op
		done.Done, done.Outcome = true, backends.NotSent.String()
		if err == nil {
			done.Outcome, done.Revision = results[i].Outcome.String(), string(results[i].Revision)
		}
		e.Op, e.To = &done, to
		r.log.Tell(e)
	}
	return results, err
}

// sent is the event of a write that is about to be sent.
func (r *recorder) sent(w backends.Write) logbook.Event {
	name, ok := claimName(w.Key)
	if !ok {
		return logbook.Event{Kind: logbook.Wrote, Key: string(w.Key)}
	}
	return logbook.Event{Kind: logbook.Op, Key: name, Op: &logbook.StoreOp{
		ID: r.id.Add(1), Kind: logbook.Write, Expect: string(w.Expect), IfDead: string(w.IfDead), Claim: decode(w.Value),
	}}
}

// claimName tells whether a key is that of a claim, and names it.
func claimName(key backends.Key) (name string, ok bool) {
	if strings.HasSuffix(string(key), "/coordinator/claim") {
		return Coordinator, true
	}
	if !strings.Contains(string(key), "/claims/") {
		return "", false
	}
	name, err := key.Name()
	return name, err == nil
}

// Coordinator is what the claim of the coordinator is called in the log.
const Coordinator = "(coordinator)"

func decode(value []byte) logbook.Claim {
	r, err := claim.Decode(value)
	if err != nil {
		return logbook.Claim{Session: "(garbage)"}
	}
	return logbook.Claim{Session: string(r.Session), Token: uint64(r.Token)}
}

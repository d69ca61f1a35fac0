package worker

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// record returns a recorder over a store of this process, and the book that it fills.
func record(t *testing.T, store backends.Backend) (*recorder, *logbook.Book) {
	t.Helper()
	book := logbook.NewBook()
	path := filepath.Join(t.TempDir(), "log")
	s, err := logbook.Serve(path, book)
	if err != nil {
		t.Fatal(err)
	}
	c, err := logbook.Dial(path, "w1.1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &recorder{Backend: store, log: c}, book
}

// lossy is a store whose replies to writes are lost. It looks into the book before.
type lossy struct {
	backends.Backend
	before func()
}

func (l lossy) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	l.before()
	results, err := l.Backend.Write(ctx, writes...)
	for i := range results {
		results[i] = backends.Result{Outcome: backends.Unknown, Err: backends.ErrUnavailable}
	}
	return results, err
}

func TestRecorder_TellsOfAWriteBeforeItIsSent(t *testing.T) {
	t.Parallel()
	var book *logbook.Book
	sent := 0
	var r *recorder
	r, book = record(t, lossy{memory.New(), func() { sent = len(book.Events()) }})
	key, err := backends.NewKey("groups", "g", "claims", "a/b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Write(t.Context(), backends.Write{Key: key, Value: claim.Record{Session: "s", Token: 7}.Encode()}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	r.log.Flush()
	events := book.Events()
	if sent != 1 || len(events) != 3 {
		t.Fatalf("%d events before the write, %d in all; want 1 and 3", sent, len(events))
	}
	want := logbook.Claim{Session: "s", Token: 7}
	for i, e := range events {
		if e.Kind != logbook.Op || e.Key != "a/b" || e.Op.Claim != want || e.Op.Done != (i > 0) {
			t.Errorf("event %d is %+v, %+v", i, e, e.Op)
		}
	}
	if events[1].Op.Outcome != "unknown" || events[1].Op.ID != events[0].Op.ID || events[2].Op.Revision == "" {
		t.Errorf("%+v, %+v", events[1].Op, events[2].Op)
	}
}

func TestRecorder_EndsASessionBehindTheLibrarysBack(t *testing.T) {
	t.Parallel()
	r, book := record(t, memory.New())
	s, _, err := r.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	r.endSession()
	if _, err := s.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("a renewal after it: %v, want ErrSessionLost", err)
	}
	r.log.Flush()
	var kinds []logbook.Kind
	for _, e := range book.Events() {
		kinds = append(kinds, e.Kind)
	}
	if want := []logbook.Kind{logbook.Renewed, logbook.Closed, logbook.Renewed}; fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("kinds %v, want %v", kinds, want)
	}
}

func TestWhy(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"trust ended": fmt.Errorf("%w: %w", membership.ErrLost, membership.ErrTrustEnded), "lost": membership.ErrLost,
		"revoked": membership.ErrRevoked, "released": membership.ErrReleased, "": nil, "other": errors.New("other"),
	} {
		if got := why(err); got != want {
			t.Errorf("why(%v) = %q, want %q", err, got, want)
		}
	}
}

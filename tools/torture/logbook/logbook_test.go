package logbook_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

func serve(t *testing.T) (*logbook.Book, *logbook.Client) {
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
	return book, c
}

func event(kind logbook.Kind, token uint64) logbook.Event {
	return logbook.Event{Kind: kind, Key: "0", Token: token}
}

func TestService_KeepsTheOrderAndNamesTheProcess(t *testing.T) {
	t.Parallel()
	book, c := serve(t)
	for token := range uint64(100) {
		c.Tell(logbook.Event{Kind: logbook.Op, Token: token, Op: &logbook.StoreOp{ID: token}})
	}
	c.Flush()
	events := book.Events()
	if len(events) != 100 {
		t.Fatalf("%d events, want 100", len(events))
	}
	for i, e := range events {
		if e.Process != "w1.1" || e.Token != uint64(i) || e.Op.ID != uint64(i) {
			t.Fatalf("event %d is %+v", i, e)
		}
	}
}

// The resource refuses what is below the largest token, also when that has only begun.
func TestBook_RefusesSmallerTokens(t *testing.T) {
	t.Parallel()
	book, c := serve(t)
	for _, step := range []struct {
		kind     logbook.Kind
		token    uint64
		accepted bool
	}{
		{logbook.Granted, 1, false}, {logbook.Effect, 1, true}, {logbook.Granted, 2, false},
		{logbook.Effect, 1, false}, {logbook.Effect, 2, true}, {logbook.Effect, 3, true}, {logbook.Effect, 2, false},
	} {
		if r := c.Ask(event(step.kind, step.token)); r.Accepted != step.accepted {
			t.Errorf("kind %d, token %d: accepted %v, want %v", step.kind, step.token, r.Accepted, step.accepted)
		}
	}
	if n := book.Counts().Refused; n != 2 {
		t.Errorf("%d refused, want 2", n)
	}
	book.Open = true
	if !c.Ask(event(logbook.Effect, 1)).Accepted {
		t.Error("a resource that checks nothing refuses")
	}
}

func TestBook_KnowsWhatRuns(t *testing.T) {
	t.Parallel()
	book, c := serve(t)
	c.Ask(event(logbook.Granted, 1))
	book.Add(logbook.Event{Kind: logbook.Granted, Process: "w2.1", Key: "0", Token: 2})
	if running := book.Running("0"); len(running) != 2 || running[1].Token != 2 {
		t.Errorf("running %v, want tokens 1 and 2", running)
	}
	c.Ask(event(logbook.Lost, 1))
	if running := book.Running("0"); len(running) != 1 || running[0].Process != "w2.1" {
		t.Errorf("running %v, want w2.1", running)
	}
	book.Died("w2.1")
	if running := book.Running("0"); len(running) > 0 {
		t.Errorf("running %v, want none", running)
	}
}

func TestBook_AsksForHangingAndForTheEndOfASession(t *testing.T) {
	t.Parallel()
	book, c := serve(t)
	book.Hang("0", true)
	book.EndSession("w1.1")
	if r := c.Ask(event(logbook.Checked, 1)); !r.Hang || !r.EndSession {
		t.Errorf("%+v, want both", r)
	}
	book.Hang("0", false)
	if r := c.Ask(event(logbook.Checked, 1)); r.Hang || r.EndSession {
		t.Errorf("%+v, want neither", r)
	}
}

func TestNow_Rises(t *testing.T) {
	t.Parallel()
	a := logbook.Now()
	if b := logbook.Now(); b < a || b > a+time.Minute {
		t.Errorf("%v after %v", b, a)
	}
}

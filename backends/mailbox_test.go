package backends_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/tenure-go/tenure/backends"
)

func put(key backends.Key, value string) backends.Event {
	return backends.Event{Kind: backends.Put, Record: backends.Record{Key: key, Value: []byte(value), Revision: backends.Revision(value)}}
}

func TestMailbox_KeepsTheNewestInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		m := backends.NewMailbox(ctx)
		m.Put(put("first", "0"))
		synctest.Wait() // the mailbox now waits for its reader with this one
		for _, value := range []string{"1", "2", "3"} {
			m.Put(put("a", value))
			m.Put(put("b", value))
		}
		m.Put(backends.Event{Kind: backends.Synced})
		m.Put(backends.Event{Kind: backends.Deleted, Record: backends.Record{Key: "a"}})
		m.Put(backends.Event{Kind: backends.SessionSeen, Session: backends.SessionInfo{ID: "a"}}) // not the record a
		m.Put(backends.Event{Kind: backends.SessionGone, Session: backends.SessionInfo{ID: "a"}})
		synctest.Wait()
		for i, want := range []backends.Event{
			put("first", "0"), {Kind: backends.Deleted, Record: backends.Record{Key: "a"}}, put("b", "3"), {Kind: backends.Synced},
			{Kind: backends.SessionGone, Session: backends.SessionInfo{ID: "a"}},
		} {
			got := <-m.Events()
			if got.Kind != want.Kind || got.Record.Key != want.Record.Key || got.Record.Revision != want.Record.Revision || got.Session.ID != want.Session.ID {
				t.Errorf("event %d is %+v, want %+v", i, got, want)
			}
		}
		select {
		case e := <-m.Events():
			t.Errorf("one event too many: %+v", e)
		default:
		}
		m.Put(put("a", "4"))
		if e := <-m.Events(); string(e.Record.Value) != "4" {
			t.Errorf("after it was emptied: %+v, want version 4", e)
		}
		cancel()
		synctest.Wait()
		if e, open := <-m.Events(); open {
			t.Errorf("after its context was done: %+v, want it closed", e)
		}
		m.Put(put("a", "5")) // nobody reads any more: must not block
	})
}

func TestMailbox_ClosedWhileItsReaderIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		m := backends.NewMailbox(ctx)
		m.Put(put("a", "1"))
		synctest.Wait()
		cancel()
		synctest.Wait()
		if e, open := <-m.Events(); open {
			t.Errorf("got %+v, want it closed", e)
		}
	})
}

func TestMailbox_EndsAfterFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := backends.NewMailbox(t.Context())
		m.Put(put("a", "1"))
		m.Put(backends.Event{Kind: backends.Failed, Err: backends.ErrSilent})
		m.Put(put("b", "1"))
		if e := <-m.Events(); e.Kind != backends.Put {
			t.Errorf("first %+v, want a put", e)
		}
		if e := <-m.Events(); e.Kind != backends.Failed || !errors.Is(e.Err, backends.ErrSilent) {
			t.Errorf("then %+v, want ErrSilent", e)
		}
		if e, open := <-m.Events(); open {
			t.Errorf("after Failed: %+v, want it closed", e)
		}
	})
}

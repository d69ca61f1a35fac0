package azureblob_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver/azuritetest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/membership"
)

// A connection that breaks after the server has applied a write must not make the
// client library send it again: the second copy would answer conflict.
func TestLostReply_IsUnknownAndClosedBySendingAgain(t *testing.T) {
	t.Parallel()
	server := azuritetest.Start(t)
	makeContainer(t, server, "lost")
	p := storetest.Proxy(t, server.Addr())
	direct, store := open(t, connect(t, server.Addr(), "lost"), "n"), open(t, connect(t, p.Addr(), "lost"), "n")
	session := storetest.OpenSession(t, store, leastTTL)
	w := backends.Write{Key: "k", Value: []byte("v")}
	applied := storetest.LoseReply(t, p, store, direct, w)[0]
	if r := storetest.Try(t, store, w); r.Outcome != backends.Conflict {
		t.Errorf("the same write again: %v %v, want conflict", r.Outcome, r.Err)
	}
	if records, err := direct.Read(t.Context(), w.Key); err != nil || records[0].Revision != applied.Revision {
		t.Errorf("the record is now %+v, %v; want %q", records, err, applied.Revision)
	}

	// A delete and its proof, too: each is sent once, and repeating them is harmless.
	remove := backends.Write{Key: "k", Expect: applied.Revision, Delete: true, IfDead: backends.NewSessionID()}
	p.CutReplies()
	if _, err := store.Write(storetest.Within(t, time.Second), remove); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("a write whose proof got no answer: %v, want ErrUnavailable and nothing sent", err)
	}
	remove.IfDead = ""
	if results, err := store.Write(storetest.Within(t, time.Second), remove); err != nil || results[0].Outcome != backends.Unknown {
		t.Errorf("a delete without an answer: %+v, %v; want unknown", results, err)
	}
	if _, err := session.Renew(storetest.Within(t, time.Second)); !errors.Is(err, backends.ErrUnavailable) || errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("a renewal without an answer: %v, want ErrUnavailable", err)
	}
	if _, _, err := store.OpenSession(storetest.Within(t, time.Second), backends.SessionSpec{TTL: leastTTL}); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("OpenSession without an answer: %v, want ErrUnavailable", err)
	}
	p.Restore()
	if r := storetest.Try(t, store, remove); r.Outcome != backends.Conflict {
		t.Errorf("the delete again: %v %v, want conflict", r.Outcome, r.Err)
	}
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew after lost replies: %v", err)
	}
	// What the attempt without an answer has left behind shows as expired: it has no lease.
	infos, err := store.Sessions(t.Context())
	if err != nil || len(infos) != 2 || infos[0].Expired == infos[1].Expired {
		t.Errorf("listed %+v, %v; want one alive, and one that was never leased", infos, err)
	}
}

func TestServer_PausedStoppedAndStarted(t *testing.T) {
	t.Parallel()
	server := azuritetest.Start(t)
	makeContainer(t, server, "outage")
	store := open(t, connect(t, server.Addr(), "outage"), "n")
	session := storetest.OpenSession(t, store, time.Minute)
	first := storetest.Try(t, store, backends.Write{Key: "d/k", Value: []byte("v")})
	silent, err := store.Watch(t.Context(), time.Second, backends.AllSessions())
	if err != nil {
		t.Fatal(err)
	}
	patient, err := store.Watch(t.Context(), time.Minute, backends.InDir("d/"))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Next(t, silent, backends.Synced)
	storetest.Next(t, patient, backends.Synced)
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	begun := time.Now()
	results, err := store.Write(ctx, backends.Write{Key: "k"})
	if err != nil || results[0].Outcome != backends.Unknown {
		t.Errorf("a cancelled write to a paused server: %+v, %v; want unknown", results, err)
	}
	refused(t, everyCall(storetest.Within(t, time.Second), store, session), backends.ErrUnavailable, "")
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("calls with a second of time took %v", took)
	}
	if e := storetest.Next(t, silent, backends.Failed); !errors.Is(e.Err, backends.ErrSilent) {
		t.Errorf("the watch of a paused server ended with %v, want ErrSilent", e.Err)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew after the pause: %v", err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	calls := everyCall(t.Context(), store, session)
	refused(t, calls, backends.ErrUnavailable, "refused")
	if _, err := store.Write(t.Context(), backends.Write{Key: "k"}); err == nil {
		t.Error("a write that could not be sent has no error")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew after a restart: %v", err)
	}
	second := storetest.Try(t, store, backends.Write{Key: "d/k", Expect: first.Revision})
	if second.Outcome != backends.Applied {
		t.Fatalf("a write over the version from before the restart: %v %v", second.Outcome, second.Err)
	}
	for e := storetest.Next(t, patient, backends.Put); e.Record.Revision != second.Revision; e = storetest.Next(t, patient, backends.Put) {
		if e.Record.Key == "d/k" {
			t.Fatalf("the watch shows %+v, want revision %q", e.Record, second.Revision)
		}
	}
}

// A node rides out an outage that is shorter than its trust window, and loses its session
// in a longer one; then it comes back with a new one.
func TestNode_RidesOutAnOutage(t *testing.T) {
	t.Parallel()
	server := azuritetest.Start(t)
	makeContainer(t, server, "node")
	store := open(t, connect(t, server.Addr(), "node"), "n")
	node, err := membership.Join(t.Context(), store, membership.Config{Name: "worker", TTL: leastTTL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Leave(context.Background()) })
	for range 2 {
		if err := server.Pause(); err != nil {
			t.Fatal(err)
		}
		<-time.After(leastTTL / 3)
		if err := server.Resume(); err != nil {
			t.Fatal(err)
		}
		<-time.After(leastTTL / 2)
	}
	if s := node.Status(); s.Rejoins != 0 {
		t.Errorf("after two short outages: %+v, want the first session", s)
	}
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	<-time.After(leastTTL + leastTTL/3)
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, 2*leastTTL, "the node has joined again", func() bool { return node.Status().Rejoins == 1 })
}

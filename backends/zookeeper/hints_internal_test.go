package zookeeper

import (
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

// The polls are an hour apart here, so only hints can tell.
func TestHints_TellOfWhatChanged(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	s := start(t, Options{Servers: []string{server.Addr()}})
	s.idle, s.fast = time.Hour, time.Hour
	session := storetest.OpenSession(t, s, 30*time.Second)
	events, err := s.Watch(t.Context(), 4*time.Hour, backends.InDir("d/"), backends.AtKey("k"), backends.OfSession(session.ID()))
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Watch(t.Context(), 4*time.Hour, backends.AllSessions())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []backends.EventKind{backends.SessionSeen, backends.Synced} {
		if e, f := storetest.Next(t, events), storetest.Next(t, all); e.Kind != kind || f.Kind != kind {
			t.Fatalf("the snapshots show %+v and %+v, want kind %d", e, f, kind)
		}
	}
	revisions := map[backends.Key]backends.Revision{}
	write := func(w backends.Write) {
		t.Helper()
		results, err := s.Write(t.Context(), w)
		if err != nil || results[0].Outcome != backends.Applied {
			t.Fatalf("write %q: %+v, %v", w.Key, results, err)
		}
		revisions[w.Key] = results[0].Revision
	}
	// First the creation of the directory, then a change, another record in it, a key.
	for _, key := range []backends.Key{"d/a", "d/a", "d/b", "k", "k", "d/a"} {
		write(backends.Write{Key: key, Expect: revisions[key]})
		if e := storetest.Next(t, events); e.Kind != backends.Put || e.Record.Key != key || e.Record.Revision != revisions[key] {
			t.Errorf("the watch shows %+v, want %q at %q", e, key, revisions[key])
		}
	}
	write(backends.Write{Key: "d/b", Expect: revisions["d/b"], Delete: true})
	if e := storetest.Next(t, events); e.Kind != backends.Deleted || e.Record.Key != "d/b" {
		t.Errorf("the watch shows %+v, want the deletion of d/b", e)
	}
	if err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, watch := range []<-chan backends.Event{events, all} {
		if e := storetest.Next(t, watch); e.Kind != backends.SessionGone || e.Session.ID != session.ID() {
			t.Errorf("the watch shows %+v, want the end of the session", e)
		}
	}
}

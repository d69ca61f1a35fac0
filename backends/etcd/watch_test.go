package etcd_test

import (
	"errors"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/etcd"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func watch(t testing.TB, store *etcd.Store, silence time.Duration, selectors ...backends.Selector) <-chan backends.Event {
	t.Helper()
	events, err := store.Watch(t.Context(), silence, selectors...)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// synced reads a snapshot to its end.
func synced(t testing.TB, events <-chan backends.Event) <-chan backends.Event {
	t.Helper()
	for {
		switch e := storetest.Next(t, events); e.Kind {
		case backends.Synced:
			return events
		case backends.Put, backends.SessionSeen:
		default:
			t.Fatalf("in the snapshot: %+v", e)
		}
	}
}

// mustStay fails when anything arrives within d.
func mustStay(t testing.TB, events <-chan backends.Event, d time.Duration) {
	t.Helper()
	select {
	case e := <-events:
		t.Errorf("an idle watch delivered %+v", e)
	case <-time.After(d):
	}
}

func TestWatch_Compacted(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	p := storetest.Proxy(t, cluster.Member(0).Endpoint())
	operator := connect(t, cluster.Endpoints()...)
	direct := open(t, operator, "compacted")
	store := open(t, connect(t, p.Addr()), "compacted")

	events := synced(t, watch(t, store, time.Minute, backends.InDir("d/")))
	p.Cut()
	revision := storetest.Put(t, direct, backends.Write{Key: "d/k"})
	revision = storetest.Put(t, direct, backends.Write{Key: "d/k", Expect: revision})
	resp, err := operator.Get(t.Context(), "any")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := operator.Compact(t.Context(), resp.Header.Revision); err != nil {
		t.Fatal(err)
	}
	p.Restore()
	if e := storetest.Next(t, events); e.Kind != backends.Failed || !errors.Is(e.Err, backends.ErrCompacted) {
		t.Fatalf("the watch that fell behind delivered %+v, want ErrCompacted", e)
	}
	if e, open := <-events; open {
		t.Errorf("after Failed came %+v", e)
	}
	events = watch(t, store, time.Minute, backends.InDir("d/"))
	if e := storetest.Next(t, events); e.Kind != backends.Put || e.Record.Revision != revision {
		t.Errorf("a new watch begins with %+v, want the record of revision %s", e, revision)
	}
	synced(t, events)
}

// The server answers a request for progress only when all watches of a stream are
// up to date, and this one never will be.
func TestWatch_BesideAForeignWatchOfTheFuture(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	client := connect(t, cluster.Endpoints()...)
	ctx := clientv3.WithRequireLeader(t.Context())
	foreign := client.Watch(ctx, "foreign", clientv3.WithRev(1<<40), clientv3.WithCreatedNotify())
	if resp := <-foreign; !resp.Created {
		t.Fatalf("foreign watch: %+v", resp)
	}
	events := synced(t, watch(t, open(t, client, ""), time.Second, backends.AllSessions()))
	mustStay(t, events, 3*time.Second)
}

func TestWatch_SessionsOfAnOperator(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	client := connect(t, cluster.Endpoints()...)
	store := open(t, client, "")
	events := synced(t, watch(t, store, time.Minute, backends.AllSessions()))
	session := storetest.OpenSession(t, store, 10*time.Second)
	if e := storetest.Next(t, events); e.Kind != backends.SessionSeen || e.Session.ID != session.ID() {
		t.Errorf("a new session: %+v", e)
	}
	if _, err := client.Delete(t.Context(), "tenure/sessions/", clientv3.WithPrefix()); err != nil {
		t.Fatal(err)
	}
	if e := storetest.Next(t, events); e.Kind != backends.SessionGone || e.Session.ID != session.ID() {
		t.Errorf("after its key was deleted: %+v", e)
	}
}

func TestList_ManyAndBig(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	client := connect(t, cluster.Endpoints()...)
	store := open(t, client, "")
	var writes []backends.Write
	add := func(dir backends.Dir, n, size int) {
		for i := range n {
			key, err := dir.Key(string([]byte{byte('a' + i/676%26), byte('a' + i/26%26), byte('a' + i%26)}))
			if err != nil {
				t.Fatal(err)
			}
			writes = append(writes, backends.Write{Key: key, Value: make([]byte, size)})
		}
	}
	add("big/", 40, 300_000)
	add("many/", 6000, 10)
	results, err := store.Write(t.Context(), writes...)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []struct {
		dir   backends.Dir
		begin int
		n     int
	}{{"big/", 0, 40}, {"many/", 40, 6000}} {
		records, err := store.List(t.Context(), dir.dir)
		if err != nil || len(records) != dir.n {
			t.Fatalf("%s: %d records, %v, want %d", dir.dir, len(records), err, dir.n)
		}
		for i, r := range records {
			w := writes[dir.begin+i]
			if r.Key != w.Key || r.Revision != results[dir.begin+i].Revision || len(r.Value) != len(w.Value) {
				t.Fatalf("%s: record %d is %s of revision %s, want %s of %s", dir.dir, i, r.Key, r.Revision, w.Key, results[dir.begin+i].Revision)
			}
		}
	}
}

// The watch begins at the revision of its snapshot, which the server then sends
// once more.
func TestWatch_SnapshotIsNotRepeated(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	store := open(t, connect(t, cluster.Endpoints()...), "")
	storetest.Put(t, store, backends.Write{Key: "d/k"})
	events := watch(t, store, time.Minute, backends.InDir("d/"))
	if e := storetest.Next(t, events); e.Kind != backends.Put || e.Record.Key != "d/k" {
		t.Fatalf("the snapshot begins with %+v", e)
	}
	synced(t, events)
	mustStay(t, events, time.Second)
}

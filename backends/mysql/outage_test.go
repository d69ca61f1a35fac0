package mysql_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/mysql"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver/mariadbtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// What the server had confirmed is there after it was stopped, and after a crash. An
// outage shorter than the TTL costs no session.
func TestServer_StoppedAndCrashed(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := connect(t, server.Addr())
	migrate(t, db)
	store := open(t, db, "outage")
	session := storetest.OpenSession(t, store, time.Minute)
	if r := storetest.Try(t, store, backends.Write{Key: "d/k", Value: []byte("v")}); r.Outcome != backends.Applied {
		t.Fatalf("write: %+v", r)
	}
	for name, end := range map[string]func() error{"stopped": server.Stop, "crashed": server.Kill} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		storetest.Refused(t, storetest.EveryCall(storetest.Within(t, time.Second), store, session), backends.ErrUnavailable, "")
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := storetest.Try(t, store, backends.Write{Key: "other", IfDead: session.ID()}); r.Outcome != backends.Alive {
			t.Errorf("proof after the server was %s: %+v, want alive", name, r)
		}
		if _, err := session.Renew(t.Context()); err != nil {
			t.Errorf("Renew after the server was %s: %v", name, err)
		}
		if records, err := store.List(t.Context(), "d/"); err != nil || len(records) != 1 {
			t.Errorf("List after the server was %s: %v, %v", name, records, err)
		}
	}
}

// An outage longer than the TTL ends a session for good as soon as somebody proves it;
// the process opens another one.
func TestServer_GoneForLongerThanTheTTL(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := connect(t, server.Addr())
	migrate(t, db)
	store := open(t, db, "long")
	session := storetest.OpenSession(t, store, time.Second)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	expired := storetest.Within(t, 1100*time.Millisecond)
	<-expired.Done()
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := storetest.Try(t, store, backends.Write{Key: "k", IfDead: session.ID()}); r.Outcome != backends.Applied {
		t.Errorf("proof: %+v", r)
	}
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew: %v, want ErrSessionLost", err)
	}
	if _, err := storetest.OpenSession(t, store, time.Minute).Renew(t.Context()); err != nil {
		t.Errorf("Renew of a new session: %v", err)
	}
}

// A frozen server takes connections and answers nothing: calls end with their context,
// also those that need a new connection.
func TestServer_Frozen(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := connect(t, server.Addr())
	migrate(t, db)
	store := open(t, db, "frozen")
	session := storetest.OpenSession(t, store, time.Minute)
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	const limit = 300 * time.Millisecond
	begun := time.Now()
	storetest.Refused(t, storetest.EveryCall(storetest.Within(t, limit), store, session), backends.ErrUnavailable, "")
	_, err := mysql.New(storetest.Within(t, limit), connect(t, server.Addr()), "frozen")
	storetest.Refused(t, map[string]error{"New": err}, backends.ErrUnavailable, "")
	if took := time.Since(begun); took < limit || took > 2*limit+2*time.Second {
		t.Errorf("calls with a context of %v took %v", limit, took)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, 5*time.Second, "the session is renewed", func() bool {
		_, err := session.Renew(t.Context())
		return err == nil
	})
}

// A server that has become a replica refuses everything, also to say that something is
// not there, because it answers with old data.
func TestServer_BecomesReadOnly(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t, "--skip-name-resolve")
	root := connect(t, server.Addr())
	migrate(t, root)
	run(t, root, `CREATE USER app IDENTIFIED BY 'app-secret'`)
	for _, grant := range grants {
		run(t, root, grant)
	}
	app := login(t, server, "app", "app-secret")
	store, other := open(t, app, "replica"), open(t, app, "nobody")
	session := storetest.OpenSession(t, store, time.Minute)
	run(t, root, `SET GLOBAL read_only = 1`)
	calls := storetest.EveryCall(t.Context(), store, session)
	_, calls["Read of what is not there"] = store.Read(t.Context(), "d/none")
	_, calls["Read of nothing"] = store.Read(t.Context())
	_, calls["List of nothing"] = store.List(t.Context(), "none/")
	_, calls["Sessions of nobody"] = other.Sessions(t.Context())
	storetest.Refused(t, calls, backends.ErrUnavailable, "connect to the primary")
	_, err := mysql.New(t.Context(), app, "n")
	storetest.Refused(t, map[string]error{"New": err}, backends.ErrUnsupported, "connect to the primary")
	run(t, root, `SET GLOBAL read_only = 0`)
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew on the primary again: %v", err)
	}
}

// A client that goes away does not take its statement with it: it waits for a row, and
// is applied when that is free. So it was unknown.
func TestAbandonedWrite_AppliesLater(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := connect(t, server.Addr())
	migrate(t, db)
	store := open(t, db, "late")
	first := storetest.Try(t, store, backends.Write{Key: "k", Value: []byte("1")})
	tx, err := connect(t, server.Addr()).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `SELECT name FROM tenure_records FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	write := backends.Write{Key: "k", Value: []byte("2"), Expect: first.Revision}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	written := make(chan []backends.Result, 1)
	go func() {
		results, err := store.Write(ctx, write)
		if err != nil {
			t.Errorf("write: %v", err)
		}
		written <- results
	}()
	shared(db, server.Addr()).Await(t, 1)
	cancel()
	if results := <-written; len(results) != 1 || results[0].Outcome != backends.Unknown || !errors.Is(results[0].Err, context.Canceled) {
		t.Fatalf("a write that waits: %+v, want unknown", results)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, 5*time.Second, "the abandoned write is applied", func() bool {
		records, err := store.Read(t.Context(), "k")
		return err == nil && string(records[0].Value) == "2"
	})
	if r := storetest.Try(t, store, write); r.Outcome != backends.Conflict {
		t.Errorf("the same write sent again: %+v, want conflict", r)
	}
}

// mariadbserver.User may do everything, also write to a replica; the store is for
// others, but it must not read there either.
func TestReadOnly_ReadsOfAnAdministrator(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	root := connect(t, server.Addr())
	migrate(t, root)
	store := open(t, root, "root "+mariadbserver.User)
	run(t, root, `SET GLOBAL read_only = 1`)
	if _, err := store.Sessions(t.Context()); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Sessions on a replica: %v, want ErrUnavailable", err)
	}
}

package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/postgres"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver/postgrestest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestServer_StoppedStartedAndMadeAStandby(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{})
	pool := connect(t, server.Addr())
	migrate(t, pool)
	store, other := open(t, pool, "outage"), open(t, pool, "nobody")
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
		pool.Reset()
		if _, err := session.Renew(t.Context()); err != nil {
			t.Errorf("Renew after the server was %s: %v", name, err)
		}
		if records, err := store.List(t.Context(), "d/"); err != nil || len(records) != 1 {
			t.Errorf("List after the server was %s: %v, %v", name, records, err)
		}
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := server.Standby(t.Context()); err != nil {
		t.Fatal(err)
	}
	pool.Reset() // else some connections of the old server tell of its end
	calls := storetest.EveryCall(t.Context(), store, session)
	_, calls["Read of what is not there"] = store.Read(t.Context(), "d/none")
	_, calls["List of nothing"] = store.List(t.Context(), "none/")
	_, calls["Sessions of nobody"] = other.Sessions(t.Context())
	storetest.Refused(t, calls, backends.ErrUnavailable, "target_session_attrs")
	_, err := postgres.New(t.Context(), pool, postgres.Options{Namespace: "n"})
	storetest.Refused(t, map[string]error{"New": err}, backends.ErrUnsupported, "target_session_attrs")
}

// A watch that listens hears of each change long before it would poll, also after its
// connection was ended.
func TestListen_IsAHint(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{})
	pool := connect(t, server.Addr())
	migrate(t, pool)
	config, err := pgx.ParseConfig("postgres://postgres@" + server.Addr() + "/postgres?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["application_name"] = "listener"
	store, err := postgres.New(t.Context(), pool, postgres.Options{Namespace: "listen", Listen: config})
	if err != nil {
		t.Fatal(err)
	}
	listeners := func() (n int) {
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'listener' AND query LIKE 'LISTEN%'`).Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	watch := func() (<-chan backends.Event, context.CancelFunc) {
		ctx, cancel := context.WithCancel(t.Context())
		events, err := store.Watch(ctx, time.Minute, backends.InDir("d/"))
		if err != nil {
			t.Fatal(err)
		}
		if e := <-events; e.Kind != backends.Synced {
			t.Fatalf("first event %+v", e)
		}
		return events, cancel
	}
	events, stop := watch()
	_, stopOther := watch()
	storetest.Until(t, 5*time.Second, "one connection listens", func() bool { return listeners() == 1 })

	// Polling alone finds a change up to a second later, after a quiet time.
	var slowest time.Duration
	for i := range 3 {
		quiet(t, 2500*time.Millisecond)
		begun := time.Now()
		if r := storetest.Try(t, store, backends.Write{Key: backends.Key(fmt.Sprint("d/", i))}); r.Outcome != backends.Applied {
			t.Fatalf("write: %+v", r)
		}
		<-events
		slowest = max(slowest, time.Since(begun))
	}
	if slowest > 300*time.Millisecond {
		t.Errorf("the slowest of three changes was seen after %v", slowest)
	}
	run(t, pool, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listener'`)
	storetest.Until(t, 5*time.Second, "it listens again", func() bool { return listeners() == 1 })
	stop()
	if n := listeners(); n != 1 {
		t.Errorf("%d connections listen for the watch that is left", n)
	}
	stopOther()
	storetest.Until(t, 5*time.Second, "nobody listens when nobody watches", func() bool { return listeners() == 0 })
}

// quiet lets d go by.
func quiet(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

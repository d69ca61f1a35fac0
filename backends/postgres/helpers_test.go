package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/postgres"
)

// within returns a context that ends after d.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// until waits for ok, asking again every 20 ms.
func until(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(limit)
	for !ok() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

func newSession(t testing.TB, store *postgres.Store, ttl time.Duration) backends.Session {
	t.Helper()
	session, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: ttl})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// try writes one item.
func try(t testing.TB, store *postgres.Store, w backends.Write) backends.Result {
	t.Helper()
	results, err := store.Write(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return results[0]
}

// everyCall makes each call that reads or writes.
func everyCall(ctx context.Context, store *postgres.Store, session backends.Session) map[string]error {
	_, _, open := store.OpenSession(ctx, backends.SessionSpec{TTL: time.Minute})
	_, renew := session.Renew(ctx)
	_, sessions := store.Sessions(ctx)
	_, read := store.Read(ctx, "d/k")
	_, list := store.List(ctx, "d/")
	_, write := store.Write(ctx, backends.Write{Key: "d/k"})
	_, proof := store.Write(ctx, backends.Write{Key: "d/k", IfDead: session.ID()})
	return map[string]error{
		"OpenSession": open, "Renew": renew, "Sessions": sessions, "Read": read, "List": list, "Write": write,
		"Write with IfDead": proof, "Close": session.Close(ctx),
	}
}

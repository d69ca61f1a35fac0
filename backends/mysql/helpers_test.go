package mysql_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/mysql"
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

func newSession(t testing.TB, store *mysql.Store, ttl time.Duration) backends.Session {
	t.Helper()
	session, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: ttl})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// try writes one item.
func try(t testing.TB, store *mysql.Store, w backends.Write) backends.Result {
	t.Helper()
	results, err := store.Write(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return results[0]
}

// everyCall makes each call that reads or writes.
func everyCall(ctx context.Context, store *mysql.Store, session backends.Session) map[string]error {
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

func run(t testing.TB, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
}

// wants demands the kind of each error, what it advises, and that it holds no secret.
func wants(t *testing.T, calls map[string]error, kind error, advice string) {
	t.Helper()
	for name, err := range calls {
		switch {
		case !errors.Is(err, kind) || !strings.Contains(err.Error(), advice):
			t.Errorf("%s: %v, want %v and %q", name, err, kind, advice)
		case strings.Contains(err.Error(), "secret"):
			t.Errorf("%s shows a secret: %v", name, err)
		}
	}
}

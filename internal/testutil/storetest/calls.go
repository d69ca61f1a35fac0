package storetest

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
)

// Secret belongs into every password of a test. Refused finds it in errors.
const Secret = "secret"

// EveryCall makes each call that reads or writes, and returns the errors by its name.
// The session is closed at the end.
func EveryCall(ctx context.Context, store backends.Backend, session backends.Session) map[string]error {
	_, sessions := store.Sessions(ctx)
	_, read := store.Read(ctx, "d/k")
	_, list := store.List(ctx, "d/")
	errs := map[string]error{"Sessions": sessions, "Read": read, "List": list}
	maps.Copy(errs, EveryWrite(ctx, store, session))
	return errs
}

// EveryWrite is EveryCall without the calls that only read.
func EveryWrite(ctx context.Context, store backends.Backend, session backends.Session) map[string]error {
	_, _, open := store.OpenSession(ctx, backends.SessionSpec{TTL: time.Minute})
	_, renew := session.Renew(ctx)
	_, write := store.Write(ctx, backends.Write{Key: "d/k", Value: []byte("v")})
	_, proof := store.Write(ctx, backends.Write{Key: "d/proof", IfDead: backends.NewSessionID()})
	return map[string]error{
		"OpenSession": open, "Renew": renew, "Write": write, "Write with IfDead": proof, "Close": session.Close(ctx),
	}
}

// Refused demands the kind of each error, what it advises, and that it shows neither
// Secret nor one of the secrets.
func Refused(t backendtest.TB, errs map[string]error, kind error, advice string, secrets ...string) {
	t.Helper()
	for name, err := range errs {
		if !errors.Is(err, kind) || !strings.Contains(err.Error(), advice) {
			t.Errorf("%s: %v, want %v and %q", name, err, kind, advice)
		}
		NoSecret(t, name, err, append(secrets, Secret)...)
	}
}

// NoSecret demands that neither an error nor one that it wraps shows a secret.
func NoSecret(t backendtest.TB, what string, err error, secrets ...string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, secret := range secrets {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s shows a secret: %v", what, err)
		}
	}
	switch err := err.(type) { //nolint:errorlint // the whole tree is walked
	case interface{ Unwrap() error }:
		NoSecret(t, what, err.Unwrap(), secrets...)
	case interface{ Unwrap() []error }:
		for _, inner := range err.Unwrap() {
			NoSecret(t, what, inner, secrets...)
		}
	}
}

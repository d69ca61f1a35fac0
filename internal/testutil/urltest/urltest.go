// Package urltest checks how a store is opened by its address: see backends/backendurl.
package urltest

import (
	"errors"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// Secret is what no error may show. Use it for passwords.
const Secret = "hunter2"

// Refuses demands that each address is backends.ErrInvalid, with a text that contains what
// the address maps to and no Secret. The addresses need no server.
func Refuses(t *testing.T, scheme backendurl.Scheme, wants map[string]string) {
	t.Helper()
	for address, want := range wants {
		Fails(t, scheme, address, backends.ErrInvalid, want)
	}
}

// Fails demands that an address fails with an error of a kind, with a text, and without
// the Secret.
func Fails(t *testing.T, scheme backendurl.Scheme, address string, kind error, want string) {
	t.Helper()
	_, closeStore, err := backendurl.Open(t.Context(), address, scheme)
	switch {
	case err == nil:
		t.Errorf("%s: it is opened, want %v", address, kind)
		_ = closeStore() // that it was opened is the mistake
	case !errors.Is(err, kind), !strings.Contains(err.Error(), want):
		t.Errorf("%s: %v, want %v and %q", address, err, kind, want)
	}
	storetest.NoSecret(t, address, err, Secret)
}

// Open opens a store and closes it when the test ends.
func Open(t *testing.T, scheme backendurl.Scheme, address string) backends.Backend {
	t.Helper()
	store, closeStore, err := backendurl.Open(t.Context(), address, scheme)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	t.Cleanup(func() {
		if err := closeStore(); err != nil {
			t.Errorf("%s: close: %v", address, err)
		}
	})
	return store
}

// Works demands that the same address opens the same namespace, and another namespace
// another one. The address has no namespace.
func Works(t *testing.T, scheme backendurl.Scheme, address string) {
	t.Helper()
	with := func(namespace string) string {
		if strings.Contains(address, "?") {
			return address + "&namespace=" + namespace
		}
		return address + "?namespace=" + namespace
	}
	one, two := Open(t, scheme, address), Open(t, scheme, with(backendurl.DefaultNamespace))
	other := Open(t, scheme, with("other"))
	results, err := one.Write(t.Context(), backends.Write{Key: "url/k", Value: []byte("v")})
	if err != nil || results[0].Outcome != backends.Applied {
		t.Fatalf("%s: write: %v, %v", address, results, err)
	}
	for store, want := range map[backends.Backend]string{two: "v", other: ""} {
		if records, err := store.Read(t.Context(), "url/k"); err != nil || string(records[0].Value) != want {
			t.Errorf("%s: read %v, %v; want %q", address, records, err, want)
		}
	}
}

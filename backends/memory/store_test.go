package memory_test

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestNew_StoresAreSeparate(t *testing.T) {
	a, b := memory.New(), memory.New()
	storetest.Try(t, a, backends.Write{Key: "k", Value: []byte("v")})
	if records, err := b.Read(t.Context(), "k"); err != nil || records[0].Revision != backends.Absent {
		t.Errorf("a second store shows %+v, %v", records, err)
	}
}

func TestStore_NamespacesOfAnyNameAreSeparate(t *testing.T) {
	store := memory.NewStore()
	names := []string{"", "a", "a/", "a\x00", "a\x00k", "a%00", "A", ".", "/"}
	for i, name := range names {
		if r := storetest.Try(t, store.Client(name), backends.Write{Key: "k", Value: []byte(strconv.Itoa(i))}); r.Outcome != backends.Applied {
			t.Errorf("namespace %q: %v; does it meet another one?", name, r.Outcome)
		}
	}
	for i, name := range names {
		records, err := store.Client(name).List(t.Context(), "")
		if err != nil || len(records) != 1 || string(records[0].Value) != strconv.Itoa(i) {
			t.Errorf("namespace %q lists %+v, %v, want its own record only", name, records, err)
		}
	}
}

func TestStore_ValuesAreCopied(t *testing.T) {
	b, value := memory.New(), []byte("v")
	storetest.Try(t, b, backends.Write{Key: "k", Value: value})
	value[0] = 'x'
	for range 2 {
		records, err := b.Read(t.Context(), "k")
		if err != nil || string(records[0].Value) != "v" {
			t.Fatalf("the record holds %q, %v, want what was written", records[0].Value, err)
		}
		records[0].Value[0] = 'y'
	}
}

func TestStore_KillSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		b := store.Client("ns")
		s, _, err := b.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if store.KillSession(backends.NewSessionID()) {
			t.Error("a session that is not there was removed")
		}
		if r := storetest.Try(t, b, backends.Write{Key: "k", IfDead: s.ID()}); r.Outcome != backends.Alive {
			t.Errorf("before: %v, want alive", r.Outcome)
		}
		if !store.KillSession(s.ID()) || store.KillSession(s.ID()) {
			t.Error("want the session to be there once")
		}
		if r := storetest.Try(t, b, backends.Write{Key: "k", IfDead: s.ID()}); r.Outcome != backends.Applied {
			t.Errorf("after: %v, want applied", r.Outcome)
		}
		if _, err := s.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
			t.Errorf("Renew: %v, want ErrSessionLost", err)
		}
	})
}

// TestSession_ComesBackUntilProven holds the weakest behaviour that the contract
// allows, as the layers above are tested against it.
func TestSession_ComesBackUntilProven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := memory.New()
		s, _, err := b.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if infos, err := b.Sessions(t.Context()); err != nil || len(infos) != 1 || !infos[0].Expired {
			t.Fatalf("Sessions: %+v, %v, want one expired session", infos, err)
		}
		if _, err := s.Renew(t.Context()); err != nil {
			t.Fatalf("Renew of an expired session that nobody proved dead: %v", err)
		}
		if r := storetest.Try(t, b, backends.Write{Key: "k", IfDead: s.ID()}); r.Outcome != backends.Alive {
			t.Errorf("after the renewal: %v, want alive", r.Outcome)
		}
		time.Sleep(time.Second) // exactly its TTL: expired
		if r := storetest.Try(t, b, backends.Write{Key: "k", IfDead: s.ID()}); r.Outcome != backends.Applied {
			t.Errorf("at the end of the TTL: %v, want applied", r.Outcome)
		}
	})
}

// TestWatch_TellsExpiryAtItsInstant: nothing polls, and virtual time shows when.
func TestWatch_TellsExpiryAtItsInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := memory.New()
		events, err := b.Watch(t.Context(), time.Minute, backends.AllSessions())
		if err != nil {
			t.Fatal(err)
		}
		if e := <-events; e.Kind != backends.Synced {
			t.Fatalf("first %+v, want Synced", e)
		}
		begun := time.Now()
		s, _, err := b.OpenSession(t.Context(), backends.SessionSpec{TTL: 7 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if e := <-events; e.Kind != backends.SessionSeen || e.Session.Expired {
			t.Errorf("at the opening: %+v", e)
		}
		if e := <-events; e.Kind != backends.SessionSeen || !e.Session.Expired || time.Since(begun) != 7*time.Second {
			t.Errorf("%v later: %+v, want it expired after 7 s", time.Since(begun), e)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if e := <-events; e.Kind != backends.SessionGone || e.Session.ID != s.ID() {
			t.Errorf("after Close: %+v, want it gone", e)
		}
	})
}

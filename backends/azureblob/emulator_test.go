package azureblob_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/azureblob"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver/azuritetest"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
)

// The emulator forgets a lease when it ends, also in order: a session can be proven dead
// right after it was renewed. The tests of faults leave that out (stands.Stand.Forgets);
// when this one fails, Azurite has learned it, and they can do it.
func TestEmulator_ForgetsLeasesWhenItEnds(t *testing.T) {
	t.Parallel()
	server := azuritetest.Start(t)
	store := urltest.Open(t, azureblob.URL(), "azblob://"+azuriteserver.Account+":"+url.PathEscape(azuriteserver.Key)+"@"+server.Addr()+"/emulator?emulator=true&create=true")
	session, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: 15 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	proof := backends.Write{Key: "k", Value: []byte("v"), IfDead: session.ID()}
	if results, err := store.Write(t.Context(), proof); err != nil || results[0].Outcome != backends.Alive {
		t.Fatalf("before it ends: %v, %v; want alive", results, err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if results, err := store.Write(t.Context(), proof); err != nil || results[0].Outcome != backends.Applied {
		t.Errorf("after a restart: %v, %v; the emulator was known to forget the lease", results, err)
	}
}

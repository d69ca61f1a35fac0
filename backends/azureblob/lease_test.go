package azureblob_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestLease(t *testing.T) {
	t.Parallel()
	onOneServer(t, map[string]func(*testing.T, *azuriteserver.Server){
		"ID of its own":                leaseHasAnIDOfItsOwn,
		"answer about another lease":   renewChecksWhoseLease,
		"taken by somebody else":       renewOfATakenLease,
		"broken":                       brokenLease,
		"expired":                      expiredLease,
		"proven dead before the lease": provenDeadBeforeTheLease,
		"snapshots":                    snapshotsKeepNothingAlive,
	})
}

// leaseIDs notes the leases that one client takes, and answers with the ID of another
// one while other is set.
type leaseIDs struct {
	taken []string
	other string
}

func (l *leaseIDs) Do(r *policy.Request) (*http.Response, error) {
	if id := header(r, "x-ms-proposed-lease-id"); id != "" {
		l.taken = append(l.taken, id)
	}
	answer, err := r.Next()
	if err == nil && l.other != "" && answer.Header.Get("x-ms-lease-id") != "" {
		answer.Header.Set("x-ms-lease-id", l.other)
	}
	return answer, err
}

// The lease's ID is a secret of its owner: it is fresh, and not the session's, which
// everybody sees.
func leaseHasAnIDOfItsOwn(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "leases")
	ids := new(leaseIDs)
	store := open(t, connect(t, server.Addr(), "leases", ids), "n")
	first, second := storetest.OpenSession(t, store, leastTTL), storetest.OpenSession(t, store, leastTTL)
	if len(ids.taken) != 2 || ids.taken[0] == ids.taken[1] {
		t.Fatalf("leases %q, want two different ones", ids.taken)
	}
	for i, session := range []backends.Session{first, second} {
		digits := ""
		for _, c := range ids.taken[i] {
			if c != '-' {
				digits += string(c)
			}
		}
		if len(ids.taken[i]) != 36 || digits == string(session.ID()) {
			t.Errorf("session %q has the lease %q, want a GUID of its own", session.ID(), ids.taken[i])
		}
	}
}

// An answer about another lease is no success, whatever its status.
func renewChecksWhoseLease(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "answers")
	ids := new(leaseIDs)
	store := open(t, connect(t, server.Addr(), "answers", ids), "n")
	session := storetest.OpenSession(t, store, leastTTL)
	ids.other = "11111111-2222-3333-4444-555555555555"
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew whose answer names another lease: %v, want ErrSessionLost", err)
	}
	if _, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: leastTTL}); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("OpenSession whose answer names another lease: %v, want ErrUnavailable", err)
	}
}

// Somebody breaks the lease and takes one of his own. When that has expired, Azurite
// renews it for anybody and answers with its ID; the service refuses.
func renewOfATakenLease(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "taken")
	store := open(t, connect(t, server.Addr(), "taken"), "n")
	session := storetest.OpenSession(t, store, leastTTL)
	b := sessionBlob(operator, "n", session)
	breakLease(t, b, 0)
	acquire(t, b, 15)
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew while somebody else holds the lease: %v, want ErrSessionLost", err)
	}
	if r := storetest.Try(t, store, backends.Write{Key: "k", IfDead: session.ID()}); r.Outcome != backends.Alive {
		t.Errorf("a write with IfDead while a lease holds the session: %v %v, want alive", r.Outcome, r.Err)
	}
	if err := session.Close(t.Context()); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Close while somebody else holds the lease: %v, want ErrUnavailable", err)
	}
	storetest.Until(t, 20*time.Second, "the other lease has expired", func() bool { return leaseState(t, b) == lease.StateTypeExpired })
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew after somebody else's lease has expired: %v, want ErrSessionLost", err)
	}
}

// A lease that is being broken cannot be renewed, and holds until it is broken.
func brokenLease(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "broken")
	store := open(t, connect(t, server.Addr(), "broken"), "n")
	session := storetest.OpenSession(t, store, leastTTL)
	dead := backends.Write{Key: "k", IfDead: session.ID()}
	breakLease(t, sessionBlob(operator, "n", session), 3)
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew of a lease that is being broken: %v, want ErrSessionLost", err)
	}
	if r := storetest.Try(t, store, dead); r.Outcome != backends.Alive {
		t.Errorf("a write with IfDead while the lease is being broken: %v %v, want alive", r.Outcome, r.Err)
	}
	if infos, err := store.Sessions(t.Context()); err != nil || len(infos) != 1 || infos[0].Expired {
		t.Errorf("while the lease is being broken Sessions shows %+v, %v", infos, err)
	}
	storetest.Until(t, 10*time.Second, "the lease is broken", func() bool {
		infos, err := store.Sessions(t.Context())
		return err == nil && len(infos) == 1 && infos[0].Expired
	})
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew of a broken lease: %v, want ErrSessionLost", err)
	}
	if r := storetest.Try(t, store, dead); r.Outcome != backends.Applied {
		t.Errorf("a write with IfDead after the lease was broken: %v %v, want applied", r.Outcome, r.Err)
	}
}

// A session that has expired comes back until somebody has proven it dead, and can be
// closed, although its lease no longer opens its blob.
func expiredLease(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "expired")
	store := open(t, connect(t, server.Addr(), "expired"), "n")
	closed, renewed := storetest.OpenSession(t, store, leastTTL), storetest.OpenSession(t, store, leastTTL)
	storetest.Until(t, 20*time.Second, "both have expired", func() bool {
		return leaseState(t, sessionBlob(operator, "n", closed)) == lease.StateTypeExpired &&
			leaseState(t, sessionBlob(operator, "n", renewed)) == lease.StateTypeExpired
	})
	if err := closed.Close(t.Context()); err != nil {
		t.Errorf("Close of an expired session: %v", err)
	}
	if _, err := renewed.Renew(t.Context()); err != nil {
		t.Errorf("Renew of an expired session: %v", err)
	}
	if infos, err := store.Sessions(t.Context()); err != nil || len(infos) != 1 || infos[0].Expired || infos[0].ID != renewed.ID() {
		t.Errorf("listed %+v, %v; want the renewed session alive", infos, err)
	}
	if r := storetest.Try(t, store, backends.Write{Key: "k", IfDead: renewed.ID()}); r.Outcome != backends.Alive {
		t.Errorf("a write with IfDead after the renewal: %v %v, want alive", r.Outcome, r.Err)
	}
}

// The session's blob and its lease are two requests. One that was created and never
// leased can be proven dead, and then the attempt fails.
func provenDeadBeforeTheLease(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "open")
	prover := open(t, connect(t, server.Addr(), "open"), "n")
	kill := policyFunc(func(r *policy.Request) (*http.Response, error) {
		if header(r, "x-ms-proposed-lease-id") != "" {
			infos, err := prover.Sessions(t.Context())
			if err != nil || len(infos) != 1 || !infos[0].Expired {
				t.Errorf("before the lease Sessions shows %+v, %v; want one that is expired", infos, err)
				return r.Next()
			}
			if w := storetest.Try(t, prover, backends.Write{Key: "k", IfDead: infos[0].ID}); w.Outcome != backends.Applied {
				t.Errorf("a proof before the lease: %v %v", w.Outcome, w.Err)
			}
		}
		return r.Next()
	})
	store := open(t, connect(t, server.Addr(), "open", kill), "n")
	if _, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: leastTTL}); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("OpenSession: %v, want ErrUnavailable", err)
	}
	if infos, err := prover.Sessions(t.Context()); err != nil || len(infos) > 0 {
		t.Errorf("listed %+v, %v; want nothing", infos, err)
	}
}

// A snapshot would keep the blob from being deleted, and its session from dying.
func snapshotsKeepNothingAlive(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "snapshots")
	store := open(t, connect(t, server.Addr(), "snapshots"), "n")
	session := storetest.OpenSession(t, store, leastTTL)
	first := storetest.Try(t, store, backends.Write{Key: "k"})
	for _, b := range []*blob.Client{sessionBlob(operator, "n", session), operator.NewBlobClient("n/records/k")} {
		if _, err := b.CreateSnapshot(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	breakLease(t, sessionBlob(operator, "n", session), 0)
	if r := storetest.Try(t, store, backends.Write{Key: "k2", IfDead: session.ID()}); r.Outcome != backends.Applied {
		t.Errorf("a proof of a session with a snapshot: %v %v", r.Outcome, r.Err)
	}
	if r := storetest.Try(t, store, backends.Write{Key: "k", Expect: first.Revision, Delete: true}); r.Outcome != backends.Applied {
		t.Errorf("delete of a record with a snapshot: %v %v", r.Outcome, r.Err)
	}
}

// policyFunc is a step that every request of a client takes.
type policyFunc func(*policy.Request) (*http.Response, error)

func (f policyFunc) Do(r *policy.Request) (*http.Response, error) { return f(r) }

func sessionBlob(c *container.Client, namespace string, session backends.Session) *blob.Client {
	return c.NewBlobClient(namespace + "/sessions/" + string(session.ID()))
}

// acquire takes a lease of an operator's own.
func acquire(t *testing.T, b *blob.Client, seconds int32) {
	t.Helper()
	l, err := lease.NewBlobClient(b, nil)
	if err == nil {
		_, err = l.AcquireLease(t.Context(), seconds, nil)
	}
	if err != nil {
		t.Fatalf("acquire a lease of %s: %v", b.URL(), err)
	}
}

func leaseState(t *testing.T, b *blob.Client) lease.StateType {
	t.Helper()
	p, err := b.GetProperties(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return *p.LeaseState
}

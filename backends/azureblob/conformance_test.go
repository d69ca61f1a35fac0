package azureblob_test

import (
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/azureblob"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver/azuritetest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// leastTTL is the shortest lease that the service and Azurite give.
const leastTTL = 15 * time.Second

func TestConformance(t *testing.T) {
	t.Parallel()
	servers := serversFor(t, "R3", "N7")
	connectTo := func(t backendtest.TB, addr string) *container.Client { return connect(t, addr, "conformance") }
	backendtest.Run(t, backendtest.Harness{
		Name:    "azureblob (Azurite)",
		Version: servers[""].Version(),
		TTL:     leastTTL,
		Open: func(t backendtest.TB, namespace string) backends.Backend {
			return open(t, connectTo(t, servers.of(t).Addr()), namespace)
		},
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			remove(t, connectTo(t, servers.of(t).Addr()), namespace, id)
		},
		Cut: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			p := storetest.Proxy(t, servers.of(t).Addr())
			return open(t, connectTo(t, p.Addr()), namespace), p.Cut
		},
		Hold: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			p := storetest.Proxy(t, servers.of(t).Addr())
			return open(t, connectTo(t, p.Addr()), namespace), p.CutReplies
		},
	})
}

// clauseServers are the servers of some clauses, and that of all others under "".
// Azurite has one thread: a clause that writes thousands of records at once, and one that
// has a second, get a server of their own.
type clauseServers map[string]*azuriteserver.Server

func serversFor(t *testing.T, clauses ...string) clauseServers {
	t.Helper()
	s := clauseServers{}
	for _, clause := range append(clauses, "") {
		s[clause] = azuritetest.Start(t)
		makeContainer(t, s[clause], "conformance")
	}
	return s
}

// of returns the server of the clause that a test runs: TestConformance/R3/ListIsWhole.
func (s clauseServers) of(t backendtest.TB) *azuriteserver.Server {
	if named, ok := t.(interface{ Name() string }); ok {
		if parts := strings.Split(named.Name(), "/"); len(parts) > 1 && s[parts[1]] != nil {
			return s[parts[1]]
		}
	}
	return s[""]
}

// remove breaks a session's lease and deletes its blob, as an operator could.
func remove(t backendtest.TB, operator *container.Client, namespace string, id backends.SessionID) {
	t.Helper()
	b := operator.NewBlobClient(namespace + "/sessions/" + string(id))
	breakLease(t, b, 0)
	if _, err := b.Delete(t.Context(), nil); err != nil {
		t.Fatalf("delete the blob of session %q: %v", id, err)
	}
}

func breakLease(t backendtest.TB, b *blob.Client, seconds int32) {
	t.Helper()
	l, err := lease.NewBlobClient(b, nil)
	if err == nil {
		_, err = l.BreakLease(t.Context(), &lease.BlobBreakOptions{BreakPeriod: &seconds})
	}
	if err != nil {
		t.Fatalf("break the lease of %s: %v", b.URL(), err)
	}
}

func containerURL(addr, name string) string {
	return "http://" + addr + "/" + azuriteserver.Account + "/" + name
}

// connect returns a client with the account's key, and with further policies for every
// request. Its settings are the library's own.
func connect(t backendtest.TB, addr, name string, policies ...policy.Policy) *container.Client {
	t.Helper()
	key, err := container.NewSharedKeyCredential(azuriteserver.Account, azuriteserver.Key)
	if err != nil {
		t.Fatalf("key: %v", err)
	}
	options := &container.ClientOptions{}
	options.PerRetryPolicies = policies
	options.Transport = transport(t)
	c, err := container.NewClientWithSharedKeyCredential(containerURL(addr, name), key, options)
	if err != nil {
		t.Fatalf("client: %v", err)
	}
	return c
}

func makeContainer(t backendtest.TB, server *azuriteserver.Server, name string) *container.Client {
	t.Helper()
	c := connect(t, server.Addr(), name)
	if _, err := c.Create(t.Context(), nil); err != nil {
		t.Fatalf("create the container: %v", err)
	}
	return c
}

func open(t backendtest.TB, c *container.Client, namespace string) *azureblob.Store {
	t.Helper()
	store, err := azureblob.New(t.Context(), c, namespace)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return store
}

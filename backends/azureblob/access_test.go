package azureblob_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/azureblob"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver/azuritetest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestAccess(t *testing.T) {
	t.Parallel()
	onOneServer(t, map[string]func(*testing.T, *azuriteserver.Server){
		"keys":                     credentials,
		"SAS of the documentation": documentedSAS,
		"SAS that runs out":        sasRunsOut,
		"missing container":        missingContainer,
	})
}

// wrongKey is as well formed as the right one.
const wrongKey = "YW5vdGhlciBrZXkgdGhhdCBvcGVucyBub3RoaW5nIGF0IGFsbA=="

// withSAS returns a client that has the permissions, such as "rl", for a time.
func withSAS(t *testing.T, operator *container.Client, permissions string, valid time.Duration) *container.Client {
	t.Helper()
	var allowed sas.ContainerPermissions
	for _, p := range permissions {
		switch p {
		case 'r':
			allowed.Read = true
		case 'a':
			allowed.Add = true
		case 'c':
			allowed.Create = true
		case 'w':
			allowed.Write = true
		case 'd':
			allowed.Delete = true
		case 'l':
			allowed.List = true
		default:
			t.Fatalf("unknown permission %q", p)
		}
	}
	url, err := operator.GetSASURL(allowed, time.Now().Add(valid), nil)
	if err != nil {
		t.Fatal(err)
	}
	options := &container.ClientOptions{}
	options.Transport = transport(t)
	c, err := container.NewClientWithNoCredential(url, options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func credentials(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "keys")
	text := func(key string) string {
		return "DefaultEndpointsProtocol=http;AccountName=" + azuriteserver.Account + ";AccountKey=" + key +
			";BlobEndpoint=http://" + server.Addr() + "/" + azuriteserver.Account + ";"
	}
	for key, kind := range map[string]error{azuriteserver.Key: nil, wrongKey: backends.ErrDenied} {
		c, err := container.NewClientFromConnectionString(text(key), "keys", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = azureblob.New(t.Context(), c, "n")
		if !errors.Is(err, kind) {
			t.Errorf("New with a connection string: %v, want %v", err, kind)
		}
		if kind != nil {
			refused(t, map[string]error{"wrong key": err}, kind, "check the account's key")
		}
	}
	anonymous, err := container.NewClientWithNoCredential(containerURL(server.Addr(), "keys"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = azureblob.New(t.Context(), anonymous, "n")
	if !errors.Is(err, backends.ErrDenied) {
		t.Errorf("New without credentials: %v, want ErrDenied", err)
	}
}

// The permissions are those of the package documentation; without any of them New says
// what is missing, and changes nothing.
func documentedSAS(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "sas")
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`sp=([a-z]+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("the documentation names no permissions of a SAS")
	}
	permissions := string(found[1])
	store := open(t, withSAS(t, operator, permissions, time.Hour), "n")
	session := storetest.OpenSession(t, store, leastTTL)
	first := storetest.Try(t, store, backends.Write{Key: "d/k", Value: []byte("v"), IfDead: backends.NewSessionID()})
	if r := storetest.Try(t, store, backends.Write{Key: "d/k", Expect: first.Revision, Delete: true}); r.Outcome != backends.Applied {
		t.Errorf("delete: %v %v", r.Outcome, r.Err)
	}
	for name, err := range everyCall(t.Context(), store, session) {
		if err != nil {
			t.Errorf("%s with sp=%s: %v", name, permissions, err)
		}
	}
	for letter, what := range map[string]string{"l": "list", "r": "read", "w": "write", "d": "delete"} {
		if !strings.Contains(permissions, letter) {
			t.Errorf("sp=%s lacks %s", permissions, letter)
		}
		c := withSAS(t, operator, strings.ReplaceAll(permissions, letter, ""), time.Hour)
		_, err := azureblob.New(t.Context(), c, "other")
		refused(t, map[string]error{"without " + letter: err}, backends.ErrDenied, what+" in the container")
	}
	if pages := operator.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: ptr("other/")}); pages.More() {
		page, err := pages.NextPage(t.Context())
		if err != nil || len(page.Segment.BlobItems) > 0 {
			t.Errorf("New has left %d blobs, %v", len(page.Segment.BlobItems), err)
		}
	}
}

// A SAS that runs out ends renewals with an error that says so, not with a lost session:
// the lease itself still holds.
func sasRunsOut(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "expiry")
	store := open(t, withSAS(t, operator, "rwdl", 4*time.Second), "n")
	session := storetest.OpenSession(t, store, leastTTL)
	storetest.Until(t, 15*time.Second, "the SAS has run out", func() bool {
		_, err := store.Sessions(t.Context())
		return err != nil
	})
	refused(t, everyCall(t.Context(), store, session), backends.ErrDenied, "SAS")
	r := storetest.Try(t, open(t, operator, "n"), backends.Write{Key: "k", IfDead: session.ID()})
	if r.Outcome != backends.Alive {
		t.Errorf("a write with IfDead: %v %v, want alive", r.Outcome, r.Err)
	}
}

func missingContainer(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	_, err := azureblob.New(t.Context(), connect(t, server.Addr(), "absent"), "n")
	refused(t, map[string]error{"New": err}, backends.ErrInvalid, "create it")
	operator := makeContainer(t, server, "deleted")
	store := open(t, connect(t, server.Addr(), "deleted"), "n")
	session := storetest.OpenSession(t, store, leastTTL)
	if _, err := operator.Delete(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	calls := everyCall(t.Context(), store, session)
	refused(t, map[string]error{"Renew": calls["Renew"]}, backends.ErrSessionLost, "ContainerNotFound")
	delete(calls, "Renew")
	refused(t, calls, backends.ErrInvalid, "create it")
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	nobody := connect(t, "127.0.0.1:1", "c")
	for name, c := range map[string]struct {
		client    *container.Client
		namespace string
		kind      error
		text      string
	}{
		"no client":      {nil, "n", backends.ErrInvalid, "nil"},
		"long namespace": {nobody, strings.Repeat("%", 86), backends.ErrInvalid, "256"},
		"no server":      {nobody, "", backends.ErrUnavailable, "refused"},
	} {
		_, err := azureblob.New(t.Context(), c.client, c.namespace)
		refused(t, map[string]error{name: err}, c.kind, c.text)
	}
	server := azuritetest.Start(t)
	_, err := azureblob.New(t.Context(), connect(t, server.Addr(), "No_Container!"), "n")
	refused(t, map[string]error{"bad name": err}, backends.ErrInvalid, "")
}

func ptr[T any](v T) *T { return &v }

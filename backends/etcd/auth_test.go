package etcd_test

import (
	"errors"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/etcd"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

const (
	rootPassword = "root-secret"
	appPassword  = "app-secret"
	tokenTTL     = 2 * time.Second
)

// guarded starts a server with authentication and tokens that are soon forgotten. It
// returns an administrator, and a client of the user "app" with the role that the
// package documentation shows.
func guarded(t *testing.T) (root, app *clientv3.Client) {
	t.Helper()
	t.Parallel() // they mostly wait for tokens and password checks
	cluster := etcdtest.Start(t, etcdserver.Options{RootPassword: rootPassword, Args: []string{"--auth-token-ttl=2"}})
	root = login(t, cluster, "root", rootPassword)
	ctx := t.Context()
	if _, err := root.RoleAdd(ctx, "tenure"); err != nil {
		t.Fatal(err)
	}
	// etcdctl role grant-permission tenure --prefix=true readwrite tenure/
	if _, err := root.RoleGrantPermission(ctx, "tenure", "tenure/", clientv3.GetPrefixRangeEnd("tenure/"), clientv3.PermissionType(clientv3.PermReadWrite)); err != nil {
		t.Fatal(err)
	}
	if _, err := root.UserAdd(ctx, "app", appPassword); err != nil {
		t.Fatal(err)
	}
	if _, err := root.UserGrantRole(ctx, "app", "tenure"); err != nil {
		t.Fatal(err)
	}
	return root, login(t, cluster, "app", appPassword)
}

func login(t testing.TB, cluster *etcdserver.Cluster, user, password string) *clientv3.Client {
	t.Helper()
	client, err := clientv3.New(clientv3.Config{
		Endpoints: cluster.Endpoints(), Username: user, Password: password, DialTimeout: 5 * time.Second, Logger: zap.NewNop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestAuth_DocumentedRoleIsEnough(t *testing.T) {
	_, app := guarded(t)
	store := open(t, app, "")
	events := watch(t, store, time.Minute, backends.AllSessions(), backends.InDir("d/"))
	session := storetest.OpenSession(t, store, 10*time.Second)
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew: %v", err)
	}
	synced(t, events)
	if e := storetest.Next(t, events); e.Kind != backends.SessionSeen {
		t.Errorf("Watch: %+v", e)
	}
	write := backends.Write{Key: "d/k", IfDead: session.ID()}
	if results, err := store.Write(t.Context(), write); err != nil || results[0].Outcome != backends.Alive {
		t.Errorf("Write with IfDead: %+v, %v", results, err)
	}
	if infos, err := store.Sessions(t.Context()); err != nil || len(infos) != 1 {
		t.Errorf("Sessions: %+v, %v", infos, err)
	}
	if err := session.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	results, err := store.Write(t.Context(), write)
	if err != nil || results[0].Outcome != backends.Applied {
		t.Fatalf("Write: %+v, %v", results, err)
	}
	if records, err := store.List(t.Context(), "d/"); err != nil || len(records) != 1 {
		t.Errorf("List: %+v, %v", records, err)
	}
	write.Delete, write.Expect = true, results[0].Revision
	if results, err := store.Write(t.Context(), write); err != nil || results[0].Outcome != backends.Applied {
		t.Errorf("Delete: %+v, %v", results, err)
	}
}

func TestAuth_OtherPrefixIsDenied(t *testing.T) {
	_, app := guarded(t)
	store := open(t, app, "elsewhere")
	if _, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: 5 * time.Second}); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("OpenSession: %v, want ErrDenied", err)
	}
	if results, err := store.Write(t.Context(), backends.Write{Key: "k"}); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("Write: %+v, %v, want ErrDenied: it cannot apply", results, err)
	}
	if _, err := store.Read(t.Context(), "k"); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("Read: %v, want ErrDenied", err)
	}
	if _, err := store.Watch(t.Context(), time.Second, backends.AtKey("k")); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("Watch: %v, want ErrDenied", err)
	}
}

func TestAuth_ForgottenTokens(t *testing.T) {
	root, app := guarded(t)
	store := open(t, app, "")
	session := storetest.OpenSession(t, store, 10*time.Second)
	if _, err := session.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	events := synced(t, watch(t, store, time.Second, backends.InDir("d/")))
	mustStay(t, events, 2*tokenTTL) // the server forgets a token that is not used
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew with a forgotten token: %v", err)
	}
	other := storetest.OpenSession(t, store, 10*time.Second)
	mustStay(t, events, 2*tokenTTL)
	storetest.Put(t, store, backends.Write{Key: "d/k"})
	if e := storetest.Next(t, events); e.Kind != backends.Put || e.Record.Key != "d/k" {
		t.Errorf("the watch delivered %+v", e)
	}
	// Any change of users or roles makes all tokens old.
	if _, err := root.RoleAdd(t.Context(), "unrelated"); err != nil {
		t.Fatal(err)
	}
	for _, s := range []backends.Session{session, other} {
		if _, err := s.Renew(t.Context()); err != nil {
			t.Errorf("Renew after a change of roles: %v", err)
		}
	}
	storetest.Put(t, store, backends.Write{Key: "d/k2"})
	if e := storetest.Next(t, events); e.Kind != backends.Put || e.Record.Key != "d/k2" {
		t.Errorf("the watch delivered %+v", e)
	}
}

func TestAuth_PasswordChanged(t *testing.T) {
	root, app := guarded(t)
	store := open(t, app, "")
	session := storetest.OpenSession(t, store, 10*time.Second)
	if _, err := root.UserChangePassword(t.Context(), "app", "new-secret"); err != nil {
		t.Fatal(err)
	}
	_, renew := session.Renew(storetest.Within(t, 5*time.Second))
	_, write := store.Write(storetest.Within(t, 5*time.Second), backends.Write{Key: "k"})
	_, list := store.List(storetest.Within(t, 5*time.Second), "d/")
	_, again := etcd.New(storetest.Within(t, 5*time.Second), app, "")
	storetest.Refused(t, map[string]error{"Renew": renew, "Write": write, "List": list, "New": again}, backends.ErrDenied, "")
}

func TestAuth_NoUser(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{RootPassword: rootPassword})
	client := connect(t, cluster.Endpoints()...)
	if _, err := etcd.New(storetest.Within(t, 5*time.Second), client, ""); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("New without a user: %v, want ErrDenied", err)
	}
}

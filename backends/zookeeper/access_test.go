package zookeeper_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/zookeeper"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

const password = "correct-horse"

func asUser(addr, namespace, password string) zookeeper.Options {
	return zookeeper.Options{
		Servers: []string{addr}, Namespace: namespace,
		Auth: []zookeeper.Auth{{Scheme: "digest", Credentials: []byte("app:" + password)}},
	}
}

// The commands are those of the package documentation.
func TestAccess_CommandsOfTheDocumentationAreEnough(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^//\t((?:create|addauth|setAcl) .*)$`).FindAllStringSubmatch(string(text), -1)
	commands := ""
	for _, line := range lines {
		commands += strings.Replace(line[1], "PASSWORD", password, 1) + "\n"
	}
	if err := server.Shell(t.Context(), commands); err != nil || len(lines) != 3 {
		t.Fatalf("%d commands: %v", len(lines), err)
	}
	store := open(t, asUser(server.Addr(), "", password))
	useAll(t, store)
	operator := connect(t, server.Addr())
	if _, _, err := operator.Get("/tenure/records/d/k"); !errors.Is(err, zk.ErrNoAuth) {
		t.Errorf("anybody reads a record: %v, want ErrNoAuth", err)
	}
	if err := operator.AddAuth("digest", []byte("app:"+password)); err != nil {
		t.Fatal(err)
	}
	// The server hides the digest from whoever is no administrator of the znode.
	want := []zk.ACL{{Perms: zk.PermRead | zk.PermWrite | zk.PermCreate | zk.PermDelete, Scheme: "digest", ID: "app:x"}}
	for _, path := range []string{"/tenure", "/tenure/sessions", "/tenure/records/d", "/tenure/records/d/k"} {
		acl, _, err := operator.GetACL(path)
		if err != nil || !slices.Equal(acl, want) {
			t.Errorf("ACL of %s: %+v, %v; want read, write, create and delete for the user alone", path, acl, err)
		}
	}
	_, err = zookeeper.New(t.Context(), asUser(server.Addr(), "", "battery-staple"))
	if !errors.Is(err, backends.ErrDenied) || !strings.Contains(err.Error(), "check the Auth") || strings.Contains(err.Error(), "battery") {
		t.Errorf("New with a wrong password: %v, want ErrDenied that says what to do", err)
	}
	if _, err := zookeeper.New(t.Context(), zookeeper.Options{Servers: []string{server.Addr()}}); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("New without a password: %v, want ErrDenied", err)
	}
}

// useAll uses every permission that the store needs, and leaves a record d/k.
func useAll(t *testing.T, store *zookeeper.Store) {
	t.Helper()
	events, err := store.Watch(t.Context(), 30*time.Second, backends.AllSessions(), backends.InDir("d/"))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Next(t, events, backends.Synced)
	session := storetest.OpenSession(t, store, 10*time.Second)
	if _, err := session.Renew(t.Context()); err != nil {
		t.Error(err)
	}
	writes := []backends.Write{{Key: "d/k", IfDead: backends.NewSessionID()}, {Key: "d/gone"}}
	for i, r := range storetest.Write(t, store, writes...) {
		if r.Outcome != backends.Applied {
			t.Fatalf("item %d: %v %v", i, r.Outcome, r.Err)
		}
		writes[i].Expect = r.Revision
	}
	writes[1].Delete = true
	for i, r := range storetest.Write(t, store, writes...) {
		if r.Outcome != backends.Applied {
			t.Errorf("item %d again: %v %v", i, r.Outcome, r.Err)
		}
	}
	if records, err := store.List(t.Context(), "d/"); err != nil || len(records) != 1 {
		t.Errorf("listed %+v, %v", records, err)
	}
	if err := session.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// A permission that is missing turns the whole transaction down, so nothing was sent.
func TestAccess_MissingPermissions(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	store := client(t, "n", server.Addr())
	first := storetest.Try(t, store, backends.Write{Key: "d/k"})
	session := storetest.OpenSession(t, store, 30*time.Second)
	admin := connect(t, server.Addr())
	setACL := func(path string, perms int32) {
		t.Helper()
		if _, err := admin.SetACL(path, zk.WorldACL(perms), -1); err == nil {
			return
		}
		t.Fatalf("set the ACL of %s", path)
	}
	// The store gives no right to administer its znodes, so these are made by hand.
	if _, err := admin.Create("/n/records/mine", nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
		t.Fatal(err)
	}
	setACL("/n/records/mine", zk.PermRead|zk.PermAdmin)
	if _, err := store.Write(t.Context(), backends.Write{Key: "mine/k"}); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("Write without the right to create: %v, want ErrDenied and nothing sent", err)
	}
	setACL("/n/records/mine", zk.PermAdmin)
	if _, err := store.Read(t.Context(), "mine"); !errors.Is(err, backends.ErrDenied) || !strings.Contains(err.Error(), "getAcl") {
		t.Errorf("Read without the right to: %v, want ErrDenied that says what to do", err)
	}
	if r := storetest.Try(t, store, backends.Write{Key: "d/k", Expect: first.Revision}); r.Outcome != backends.Applied {
		t.Errorf("Write elsewhere: %v %v", r.Outcome, r.Err)
	}
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew: %v", err)
	}
	if _, err := admin.Create("/locked", nil, 0, zk.WorldACL(zk.PermRead)); err != nil {
		t.Fatal(err)
	}
	if _, err := zookeeper.New(t.Context(), zookeeper.Options{Servers: []string{server.Addr()}, Namespace: "locked"}); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("New in a namespace without the right to create: %v, want ErrDenied", err)
	}
}

func TestOptions_AreChecked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		o    zookeeper.Options
		want string
	}{
		{zookeeper.Options{}, "no servers"},
		{zookeeper.Options{Servers: []string{"127.0.0.1"}}, "host:port"},
		{zookeeper.Options{Servers: []string{"a:1,b:1"}}, "host:port"},
		{zookeeper.Options{Servers: []string{"a:1"}, Namespace: "a//b"}, "empty"},
		{zookeeper.Options{Servers: []string{"a:1"}, Namespace: "/a"}, "empty"},
		{zookeeper.Options{Servers: []string{"a:1"}, Namespace: "a/records"}, "records"},
		{zookeeper.Options{Servers: []string{"a:1"}, Namespace: "zookeeper/a"}, "zookeeper"},
		{zookeeper.Options{Servers: []string{"a:1"}, Namespace: strings.Repeat("n", zookeeper.MaxNamespaceBytes+1)}, "256"},
		{zookeeper.Options{Servers: []string{"a:1"}, Auth: []zookeeper.Auth{{Credentials: []byte(password)}}}, "scheme"},
		{zookeeper.Options{Servers: []string{"a:1"}, ACL: []zk.ACL{}}, "ACL"},
	} {
		_, err := zookeeper.New(t.Context(), test.o)
		if !errors.Is(err, backends.ErrInvalid) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), password) {
			t.Errorf("%+v: %v, want ErrInvalid with %q", test.o, err, test.want)
		}
	}
	o := asUser("a:1", "n", password)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		for _, shown := range []string{password, strings.Trim(fmt.Sprintf(format, []byte(password)), "[]byte{}")} {
			if text := fmt.Sprintf(format, o); strings.Contains(text, shown) {
				t.Errorf("%s shows the password: %s", format, text)
			}
		}
	}
}

func TestOptions_ACLIsGivenToNewZnodes(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	acl := append(zk.DigestACL(zk.PermAll, "app", password), zk.WorldACL(zk.PermRead|zk.PermAdmin)...)
	o := asUser(server.Addr(), "shown/to all", password)
	o.ACL = acl
	storetest.Write(t, open(t, o), backends.Write{Key: "k"})
	got, _, err := connect(t, server.Addr()).GetACL("/shown/to%20all/records/k")
	if err != nil || !slices.Equal(got, acl) {
		t.Errorf("ACL of a record: %+v, %v; want %+v", got, err, acl)
	}
}

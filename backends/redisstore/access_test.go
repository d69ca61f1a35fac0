package redisstore_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/redisstore"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

const password = "correct-horse"

// asUser returns a client that logs in.
func asUser(t *testing.T, addr, user, password string) *redis.Client {
	t.Helper()
	o := options(addr)
	o.Username, o.Password = user, password
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestPassword(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--requirepass", password)
	if _, err := redisstore.New(t.Context(), asUser(t, server.Addr(), "", password), "n"); err != nil {
		t.Errorf("New with the password: %v", err)
	}
	for _, wrong := range []string{"", "battery-staple"} {
		_, err := redisstore.New(t.Context(), asUser(t, server.Addr(), "", wrong), "n")
		storetest.Refused(t, map[string]error{"New": err}, backends.ErrDenied, "user name and password", "battery-staple")
	}
}

// The ACL is the one of the package documentation.
func TestACL_OfTheDocumentationIsEnough(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`ACL SETUSER app .*`).FindString(string(text))
	admin := connect(t, server.Addr())
	setUser(t, admin, strings.Replace(line, "PASSWORD", password, 1))

	store, err := redisstore.New(t.Context(), asUser(t, server.Addr(), "app", password), "default")
	if err != nil {
		t.Fatal(err)
	}
	events, err := store.Watch(t.Context(), 30*time.Second, backends.AllSessions(), backends.InDir("d/"))
	if err != nil {
		t.Fatal(err)
	}
	session := storetest.OpenSession(t, store, time.Minute)
	if _, err := session.Renew(t.Context()); err != nil {
		t.Error(err)
	}
	r := storetest.Try(t, store, backends.Write{Key: "d/k", IfDead: backends.NewSessionID()})
	if r.Outcome != backends.Applied {
		t.Errorf("write: %v %v", r.Outcome, r.Err)
	}
	if _, err := store.List(t.Context(), "d/"); err != nil {
		t.Error(err)
	}
	if r := storetest.Try(t, store, backends.Write{Key: "d/k", Expect: r.Revision, Delete: true}); r.Outcome != backends.Applied {
		t.Errorf("delete: %v %v", r.Outcome, r.Err)
	}
	if err := session.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for e := range events {
		if e.Kind == backends.Failed {
			t.Fatal(e.Err)
		}
		if e.Kind == backends.Synced {
			break
		}
	}
	storetest.Until(t, 5*time.Second, "the user has subscribed", func() bool {
		channels, err := admin.PubSubShardChannels(t.Context(), "*").Result()
		return err == nil && len(channels) == 1
	})
	if _, err := redisstore.New(t.Context(), asUser(t, server.Addr(), "app", password), "other"); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("New in another namespace: %v, want ErrDenied", err)
	}
}

func TestACL_MissingCommandsAreNamed(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	admin := connect(t, server.Addr())
	setUser(t, admin, "ACL SETUSER app on >"+password+" ~* &* +@all -hset -pexpire")
	_, err := redisstore.New(t.Context(), asUser(t, server.Addr(), "app", password), "n")
	if !errors.Is(err, backends.ErrDenied) || !strings.Contains(err.Error(), "HSET PEXPIRE") {
		t.Errorf("New without HSET and PEXPIRE: %v, want ErrDenied that names both", err)
	}
	setUser(t, admin, "ACL SETUSER app on >"+password+" ~* &* +@all -eval -evalsha")
	if _, err := redisstore.New(t.Context(), asUser(t, server.Addr(), "app", password), "n"); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("New without EVALSHA: %v, want ErrDenied", err)
	}
}

// A permission that is taken away stops a script in its middle: what it did before
// stays, so the write is unknown.
func TestACL_TakenAwayLater(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	admin := connect(t, server.Addr())
	setUser(t, admin, "ACL SETUSER app on >"+password+" ~* &* +@all")
	store := open(t, asUser(t, server.Addr(), "app", password), "n")
	session := storetest.OpenSession(t, store, time.Minute)
	setUser(t, admin, "ACL SETUSER app -zrem -pexpire")
	first := storetest.Try(t, client(t, "n", server.Addr()), backends.Write{Key: "k"})
	r, err := store.Write(t.Context(), backends.Write{Key: "k", Expect: first.Revision, Delete: true})
	if err != nil || r[0].Outcome != backends.Unknown || !errors.Is(r[0].Err, backends.ErrDenied) {
		t.Errorf("a delete without ZREM: %+v, %v; want unknown with ErrDenied", r, err)
	}
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("Renew without PEXPIRE: %v, want ErrDenied", err)
	}
	setUser(t, admin, "ACL SETUSER app -evalsha")
	if _, err := store.Write(t.Context(), backends.Write{Key: "k2"}); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("Write without EVALSHA: %v, want ErrDenied and nothing sent", err)
	}
}

func setUser(t *testing.T, admin *redis.Client, line string) {
	t.Helper()
	var args []any
	for word := range strings.FieldsSeq(line) {
		args = append(args, word)
	}
	if err := admin.Do(t.Context(), args...).Err(); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}

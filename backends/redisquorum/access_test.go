package redisquorum_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/redisquorum"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

const password = "correct-horse"

// as returns clients that log in.
func (f *fleet) as(t *testing.T, user, password string) []*redis.Client {
	t.Helper()
	var clients []*redis.Client
	for _, addr := range f.addrs {
		o := options(addr)
		o.Username, o.Password = user, password
		c := redis.NewClient(o)
		t.Cleanup(func() { _ = c.Close() })
		clients = append(clients, c)
	}
	return clients
}

// setUser runs an ACL line on some servers.
func (f *fleet) setUser(t *testing.T, line string, servers ...int) {
	t.Helper()
	var args []any
	for word := range strings.FieldsSeq(line) {
		args = append(args, word)
	}
	admins := connect(t, f.addrs)
	for _, i := range servers {
		if err := admins[i].Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	f := start(t, 3, "--requirepass", password)
	if err := redisquorum.Create(t.Context(), f.as(t, "", password), "n"); err != nil {
		t.Fatal(err)
	}
	if _, err := redisquorum.New(t.Context(), f.as(t, "", password), "n"); err != nil {
		t.Errorf("New with the password: %v", err)
	}
	for _, wrong := range []string{"", "battery-staple"} {
		_, err := redisquorum.New(t.Context(), f.as(t, "", wrong), "n")
		storetest.Refused(t, map[string]error{"New": err}, backends.ErrDenied, "user name and password", "battery-staple")
	}
}

// The ACL is the one of the package documentation. It is enough to be caught up too.
func TestACL_OfTheDocumentationIsEnough(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`ACL SETUSER app .*`).FindString(string(text))
	f.setUser(t, strings.Replace(line, "PASSWORD", password, 1), 0, 1, 2)
	if err := redisquorum.Create(t.Context(), f.as(t, "app", password), "default"); err != nil {
		t.Fatal(err)
	}
	store, err := redisquorum.New(t.Context(), f.as(t, "app", password), "")
	if err != nil {
		t.Fatal(err)
	}
	session := storetest.OpenSession(t, store, time.Minute)
	if _, err := session.Renew(t.Context()); err != nil {
		t.Error(err)
	}
	revision := storetest.Put(t, store, backends.Write{Key: "d/k", IfDead: backends.NewSessionID()})
	if _, err := store.List(t.Context(), "d/"); err != nil {
		t.Error(err)
	}
	if _, err := store.Sessions(t.Context()); err != nil {
		t.Error(err)
	}
	admins := connect(t, f.addrs)
	if err := admins[0].FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, 20*time.Second, "the server is caught up", func() bool {
		_ = read(t, store, "d/k")
		return admins[0].HGet(t.Context(), "tenure:{default}:state", "state").Val() == "ready"
	})
	storetest.Put(t, store, backends.Write{Key: "d/k", Expect: revision, Delete: true})
	if err := session.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for _, admin := range admins { // the scripts that ran were allowed all that they did
		log, err := admin.ACLLog(t.Context(), 10).Result()
		if err != nil || len(log) > 0 {
			t.Errorf("denied was: %+v, %v", log, err)
		}
	}
	if _, err := redisquorum.New(t.Context(), f.as(t, "app", password), "other"); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("New in another namespace: %v, want ErrDenied", err)
	}
}

func TestACL_MissingCommandsAreNamed(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	store := client(t, "n", f.addrs)
	session := storetest.OpenSession(t, store, time.Minute)
	line := "ACL SETUSER app on >" + password + " ~* &* +@all"
	f.setUser(t, line+" -hset -pexpire", 0, 1, 2)
	_, err := redisquorum.New(t.Context(), f.as(t, "app", password), "n")
	if !errors.Is(err, backends.ErrDenied) || !strings.Contains(err.Error(), "HSET PEXPIRE") {
		t.Errorf("New without HSET and PEXPIRE: %v, want ErrDenied that names both", err)
	}
	// A minority that lacks a permission is like one that is down.
	f.setUser(t, line, 0, 1)
	allowed, err := redisquorum.New(t.Context(), f.as(t, "app", password), "n")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Put(t, allowed, backends.Write{Key: "k"})
	f.setUser(t, line+" -evalsha -eval", 0, 1)
	if _, err := allowed.Write(t.Context(), backends.Write{Key: "k2"}); !errors.Is(err, backends.ErrDenied) {
		t.Errorf("Write without EVALSHA on a majority: %v, want ErrDenied and nothing sent", err)
	}
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew by another user: %v", err)
	}
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	clients := func(n int, change func(*redis.Options)) (all []*redis.Client) {
		for i := range n {
			o := options("127.0.0.1:" + string(rune('1'+i)))
			change(o)
			all = append(all, redis.NewClient(o))
		}
		return all
	}
	same := func(*redis.Options) {}
	for name, test := range map[string]struct {
		clients   []*redis.Client
		namespace string
		says      string
	}{
		"no servers":       {nil, "", "3 or 5"},
		"one server":       {clients(1, same), "", "3 or 5"},
		"an even number":   {clients(4, same), "", "3 or 5"},
		"too many":         {clients(7, same), "", "3 or 5"},
		"a nil client":     {append(clients(2, same), nil), "", "nil"},
		"one server twice": {clients(3, func(o *redis.Options) { o.Addr = "127.0.0.1:1" }), "", "one vote"},
		"retries":          {clients(3, func(o *redis.Options) { o.MaxRetries = 2 }), "", "MaxRetries"},
		"no contexts":      {clients(3, func(o *redis.Options) { o.ContextTimeoutEnabled = false }), "", "ContextTimeoutEnabled"},
		"no timeout":       {clients(3, func(o *redis.Options) { o.ReadTimeout = -1 }), "", "ReadTimeout"},
		"a long namespace": {clients(3, same), strings.Repeat("x", redisquorum.MaxNamespaceBytes+1), "257 bytes"},
	} {
		_, newErr := redisquorum.New(t.Context(), test.clients, test.namespace)
		for call, err := range map[string]error{
			"New": newErr, "Create": redisquorum.Create(t.Context(), test.clients, test.namespace),
			"Trust": redisquorum.Trust(t.Context(), test.clients, test.namespace),
		} {
			if !errors.Is(err, backends.ErrInvalid) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s with %s: %v, want ErrInvalid that says %q", call, name, err, test.says)
			}
		}
	}
	if _, err := redisquorum.New(storetest.Within(t, 10*time.Second), clients(3, same), ""); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("New without servers: %v, want ErrUnavailable", err)
	}
}

// Two votes of one server would not be two.
func TestNew_FindsOneServerUnderTwoAddresses(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	_, proxied := f.proxies(t)
	addrs := []string{f.addrs[0], proxied[0], f.addrs[1]}
	storetest.Until(t, 20*time.Second, "New with two addresses of one server says so", func() bool { // a slow answer can hide it
		_, err := redisquorum.New(t.Context(), connect(t, addrs), "n")
		return errors.Is(err, backends.ErrInvalid) && strings.Contains(err.Error(), "one server")
	})
}

func TestMemory(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	store := client(t, "n", f.addrs)
	session := storetest.OpenSession(t, store, time.Minute)
	revision := storetest.Put(t, store, backends.Write{Key: "k"})
	set := func(name, value string, servers ...int) {
		t.Helper()
		for _, i := range servers {
			if err := connect(t, f.addrs)[i].ConfigSet(t.Context(), name, value).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	set("maxmemory", "1", 0)
	revision = storetest.Put(t, store, backends.Write{Key: "k", Expect: revision})
	set("maxmemory", "1", 1)
	if r := try(t, store, backends.Write{Key: "k", Expect: revision}); r.Outcome == backends.Applied || r.Outcome == backends.Conflict {
		t.Errorf("a write on a full majority: %v %v, want not sent or unknown", r.Outcome, r.Err)
	}
	if _, _, err := store.OpenSession(storetest.Within(t, 20*time.Second), backends.SessionSpec{TTL: time.Second}); !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "maxmemory") {
		t.Errorf("OpenSession on a full majority: %v, want ErrUnavailable that says what to do", err)
	}
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew on full servers: %v", err)
	}
	if err := session.Close(t.Context()); err != nil {
		t.Errorf("Close on full servers: %v", err)
	}
	set("maxmemory", "1gb", 0, 1)
	set("maxmemory-policy", "allkeys-lru", 0, 1)
	if _, err := redisquorum.New(t.Context(), connect(t, f.addrs), "n"); !errors.Is(err, backends.ErrUnsupported) || !strings.Contains(err.Error(), "allkeys-lru") {
		t.Errorf("New on servers that evict: %v, want ErrUnsupported", err)
	}
}

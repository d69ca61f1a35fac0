package redisquorum_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// What this store did not write is reported and never overwritten. On one server it is
// like the loss of that server for this key.
func TestForeign_Records(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	store := client(t, "n", f.addrs)
	operators := connect(t, f.addrs)
	revision := storetest.Put(t, store, backends.Write{Key: "d/k", Value: []byte("v")})
	ballot := strings.Repeat("9", 36)
	for _, garbage := range []string{"", "x", ballot, ballot + " y", "9 =A -:v", ballot + " =a -:v", "\x00\xff"} {
		put := func(servers int) {
			for _, o := range operators[:servers] {
				o.HSet(t.Context(), "tenure:{n}:state", "ad/k", garbage)
			}
		}
		put(1)
		if r := read(t, store, "d/k"); r.Revision != revision {
			t.Errorf("with %q on one server the record is %+v, want %q", garbage, r, revision)
		}
		if records, err := store.List(storetest.Within(t, 20*time.Second), "d/"); err != nil || len(records) == 0 || records[0].Revision != revision {
			t.Errorf("with %q on one server the listing is %+v, %v", garbage, records, err)
		}
		revision = func() backends.Revision {
			r := try(t, store, backends.Write{Key: "d/k", Value: []byte("v"), Expect: revision})
			if r.Outcome != backends.Applied {
				t.Fatalf("a write with %q on one server: %v %v, want applied", garbage, r.Outcome, r.Err)
			}
			return r.Revision
		}()
		saved := operators[1].HGet(t.Context(), "tenure:{n}:state", "ad/k").Val()
		put(2)
		if _, err := store.Read(storetest.Within(t, 20*time.Second), "d/k"); !errors.Is(err, backends.ErrForeign) {
			t.Errorf("Read with %q on two servers: %v, want ErrForeign", garbage, err)
		}
		if _, err := store.List(storetest.Within(t, 20*time.Second), "d/"); !errors.Is(err, backends.ErrForeign) {
			t.Errorf("List with %q on two servers: %v, want ErrForeign", garbage, err)
		}
		for _, w := range []backends.Write{{Key: "d/k"}, {Key: "d/k", Expect: revision}, {Key: "d/k", Expect: revision, Delete: true}} {
			if r := try(t, store, w); !errors.Is(r.Err, backends.ErrForeign) {
				t.Errorf("%+v with %q on two servers: %v %v, want ErrForeign", w, garbage, r.Outcome, r.Err)
			}
		}
		near := backends.Key("d/near" + strings.Repeat("x", len(garbage)))
		results, err := store.Write(storetest.Within(t, 20*time.Second), backends.Write{Key: "d/k"}, backends.Write{Key: near})
		if err != nil || results[0].Outcome != backends.NotSent || results[1].Outcome == backends.NotSent {
			t.Errorf("a write beside %q: %+v, %v; want only the foreign one not sent", garbage, results, err)
		}
		for _, o := range operators[:2] {
			if now := o.HGet(t.Context(), "tenure:{n}:state", "ad/k").Val(); now != garbage {
				t.Errorf("%q was overwritten with %q", garbage, now)
			}
			o.HSet(t.Context(), "tenure:{n}:state", "ad/k", saved)
		}
	}
}

// A key of another type stops every script on that server.
func TestForeign_Types(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	store := client(t, "n", f.addrs)
	operators := connect(t, f.addrs)
	storetest.Put(t, store, backends.Write{Key: "k"})
	for _, o := range operators[:2] {
		o.Del(t.Context(), "tenure:{n}:state")
		o.Set(t.Context(), "tenure:{n}:state", "mine", 0)
	}
	if _, err := store.Read(storetest.Within(t, 20*time.Second), "k"); !errors.Is(err, backends.ErrForeign) {
		t.Errorf("Read where the state is no hash: %v, want ErrForeign", err)
	}
	if got := operators[0].Get(t.Context(), "tenure:{n}:state").Val(); got != "mine" {
		t.Errorf("the foreign value is now %q", got)
	}
}

// Rows and IDs that nobody of us has written are not shown and end no listing.
func TestForeign_Sessions(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	store := client(t, "n", f.addrs)
	session, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Minute, Description: []byte("test")})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range connect(t, f.addrs) {
		for _, id := range []string{"garbage", "%zz", "", "a/b"} {
			o.Set(t.Context(), "tenure:{n}:session:"+id, "no colon", time.Minute)
			o.ZAddNX(t.Context(), "tenure:{n}:sessions", redis.Z{Member: id})
		}
	}
	infos, err := store.Sessions(t.Context())
	if err != nil || len(infos) != 1 || infos[0].ID != session.ID() || string(infos[0].Description) != "test" {
		t.Errorf("Sessions with foreign rows: %+v, %v; want our own", infos, err)
	}
}

package azureblob_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/azureblob"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	onOneServer(t, map[string]func(*testing.T, *azuriteserver.Server){
		"batch with mixed results":   mixedBatch,
		"one proof per session":      oneProofPerSession,
		"small and large values":     smallAndLargeValues,
		"many reads are a listing":   manyReads,
		"namespaces do not meet":     namespacesDoNotMeet,
		"the stamp is the service's": stampIsTheServices,
		"longest key and namespace":  longestName,
	})
}

func mixedBatch(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "batch")
	storetest.MixedBatch(t, open(t, connect(t, server.Addr(), "batch"), "n"), 200, leastTTL, "0x1")
}

func oneProofPerSession(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "proofs")
	c := new(counter)
	store := open(t, connect(t, server.Addr(), "proofs", c), "n")
	c.take()
	dead := backends.NewSessionID()
	writes := make([]backends.Write, 20)
	for i := range writes {
		writes[i] = backends.Write{Key: backends.Key(fmt.Sprint("k/", i)), IfDead: dead}
	}
	storetest.Write(t, store, writes...)
	if kinds := c.take(); kinds["delete"] != 1 || kinds["put"] != len(writes) {
		t.Errorf("20 writes with one IfDead were %v, want 1 delete and 20 puts", kinds)
	}
}

// A value moves between metadata and content with its size; whoever lists sees it whole.
func smallAndLargeValues(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "values")
	c := new(counter)
	store := open(t, connect(t, server.Addr(), "values", c), "n")
	var revision backends.Revision
	for _, test := range []struct{ size, gets int }{{0, 0}, {4096, 0}, {4097, 1}, {1 << 20, 1}, {10, 0}} {
		value := bytes.Repeat([]byte{0xff}, test.size)
		revision = storetest.Try(t, store, backends.Write{Key: "d/k", Value: value, Expect: revision}).Revision
		read, err := store.Read(t.Context(), "d/k")
		if err != nil || !bytes.Equal(read[0].Value, value) || read[0].Revision != revision {
			t.Errorf("%d bytes: read %d, %v", test.size, len(read[0].Value), err)
		}
		c.take()
		listed, err := store.List(t.Context(), "d/")
		if err != nil || len(listed) != 1 || !bytes.Equal(listed[0].Value, value) || listed[0].Revision != revision {
			t.Errorf("%d bytes: listed %d records, %v", test.size, len(listed), err)
		}
		if kinds := c.take(); kinds["list"] != 1 || kinds["get"] != test.gets {
			t.Errorf("a listing of %d bytes was %v, want 1 list and %d gets", test.size, kinds, test.gets)
		}
	}
}

// Many keys of one directory are read by a listing, and give what single reads give.
func manyReads(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "reads")
	c := new(counter)
	store := open(t, connect(t, server.Addr(), "reads", c), "n")
	const count = 12
	var writes []backends.Write
	var keys []backends.Key
	for i := range count {
		keys = append(keys, backends.Key(fmt.Sprint("d/", i)), backends.Key(fmt.Sprint("e/", i)))
		if i%3 > 0 {
			writes = append(writes, backends.Write{Key: keys[2*i], Value: bytes.Repeat([]byte("v"), i*1000)})
		}
	}
	keys = append(keys, "d/1", "x", "f/1") // one twice
	revisions := map[backends.Key]backends.Revision{}
	for i, r := range storetest.Write(t, store, writes...) {
		revisions[writes[i].Key] = r.Revision
	}
	c.take()
	records, err := store.Read(t.Context(), keys...)
	if err != nil {
		t.Fatal(err)
	}
	kinds := c.take()
	if kinds["list"] != 2 || kinds["get"] != 2+5 { // x, f/1, and the values of 5 to 11 kB
		t.Errorf("the reads were %v, want 2 lists and 7 gets", kinds)
	}
	for i, r := range records {
		single, err := store.Read(t.Context(), keys[i])
		if err != nil || r.Key != keys[i] || r.Revision != revisions[keys[i]] || !bytes.Equal(r.Value, single[0].Value) || r.Revision != single[0].Revision {
			t.Errorf("%s: %q with %d bytes, by itself %q with %d, %v", keys[i], r.Revision, len(r.Value), single[0].Revision, len(single[0].Value), err)
		}
	}
}

func namespacesDoNotMeet(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "namespaces")
	namespaces := []string{"n", "N", "n/records", "n/records/k", "n.", "n..", ".", "..", "n%2F", "n ", "*", "n\n", "\x00", "n:a", "ä", "\xff", "n?x#y", "\\"}
	client := connect(t, server.Addr(), "namespaces")
	for _, n := range namespaces {
		store := open(t, client, n)
		if r := storetest.Try(t, store, backends.Write{Key: "k", Value: []byte(n)}); r.Outcome != backends.Applied {
			t.Errorf("create in namespace %q: %v %v; does it meet another?", n, r.Outcome, r.Err)
		}
		if _, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Minute, Description: []byte(n)}); err != nil {
			t.Error(err)
		}
	}
	for _, n := range namespaces {
		store := open(t, client, n)
		records, err := store.Read(t.Context(), "k")
		infos, err2 := store.Sessions(t.Context())
		if err != nil || err2 != nil || string(records[0].Value) != n || len(infos) != 1 || string(infos[0].Description) != n {
			t.Errorf("namespace %q holds %q, %v, and %+v, %v", n, records[0].Value, err, infos, err2)
		}
	}
}

func stampIsTheServices(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "stamp")
	store := open(t, connect(t, server.Addr(), "stamp"), "n")
	before := time.Now().Truncate(time.Second)
	session, opened, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: leastTTL + 1})
	if err != nil {
		t.Fatal(err)
	}
	if opened.ValidFor != leastTTL+time.Second {
		t.Errorf("ValidFor %v, want the TTL rounded up to 16 s", opened.ValidFor)
	}
	<-time.After(1100 * time.Millisecond)
	renewed, err := session.Renew(t.Context())
	if err != nil || opened.Stamp < uint64(before.UnixMicro()) || renewed.Stamp <= opened.Stamp || renewed.Stamp > uint64(time.Now().UnixMicro()) {
		t.Errorf("stamps %d and %d, %v; this machine's time was %d to %d", opened.Stamp, renewed.Stamp, err, before.UnixMicro(), time.Now().UnixMicro())
	}
}

// The longest names fit the service's limit of 1,024 characters, and its limit of 254
// path segments does not matter.
func longestName(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "longest")
	store := open(t, connect(t, server.Addr(), "longest"), strings.Repeat("n", azureblob.MaxNamespaceBytes))
	storetest.OpenSession(t, store, leastTTL)
	key := backends.Key(strings.Repeat("a/", 255) + "a")
	first := storetest.Try(t, store, backends.Write{Key: key, Value: []byte("v")})
	if records, err := store.List(t.Context(), "a/a/"); err != nil || len(records) != 1 || records[0].Revision != first.Revision {
		t.Errorf("listed %+v, %v", records, err)
	}
}

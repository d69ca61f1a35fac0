package azureblob_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/appendblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestForeign(t *testing.T) {
	t.Parallel()
	onOneServer(t, map[string]func(*testing.T, *azuriteserver.Server){
		"records":                foreignRecords,
		"another type of blob":   foreignType,
		"strange names":          strangeNames,
		"sessions":               foreignSessions,
		"somebody leases a blob": leasedRecord,
	})
}

// garbage are metadata that no store writes.
var garbage = map[string]map[string]*string{
	"none":      nil,
	"other":     {"owner": ptr("somebody")},
	"form":      {"tenure": ptr("something")},
	"base64":    {"tenure": ptr("inline:not base64!")},
	"padding":   {"tenure": ptr("inline:YQ")},
	"too-large": {"tenure": ptr("inline:" + strings.Repeat("AAAA", 1400))},
}

func foreignRecords(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "records")
	store := open(t, connect(t, server.Addr(), "records"), "n")
	good := storetest.Try(t, store, backends.Write{Key: "good/k"})
	for name, meta := range garbage {
		key := backends.Key(name + "/bad")
		b := operator.NewBlockBlobClient("n/records/" + name + ":bad")
		_, err := b.Upload(t.Context(), streaming.NopCloser(strings.NewReader("theirs")), &blockblob.UploadOptions{Metadata: meta})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Read(t.Context(), key); !errors.Is(err, backends.ErrForeign) {
			t.Errorf("Read with %s: %v, want ErrForeign", name, err)
		}
		if _, err := store.List(t.Context(), backends.Dir(name+"/")); !errors.Is(err, backends.ErrForeign) {
			t.Errorf("List with %s: %v, want ErrForeign", name, err)
		}
		for _, expect := range []backends.Revision{backends.Absent, "*", "0x0", good.Revision, `"`, "a,b"} {
			if r := storetest.Try(t, store, backends.Write{Key: key, Expect: expect}); r.Outcome != backends.Conflict {
				t.Errorf("Write over %s with revision %q: %v %v, want conflict", name, expect, r.Outcome, r.Err)
			}
		}
		p, err := b.GetProperties(t.Context(), nil)
		if err != nil || *p.ContentLength != int64(len("theirs")) {
			t.Errorf("the blob with %s is now %+v, %v", name, p, err)
		}
	}
	if r, err := store.Read(t.Context(), "good/k"); err != nil || r[0].Revision != good.Revision {
		t.Errorf("Read of a good record beside them: %+v, %v", r, err)
	}
}

func foreignType(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "types")
	store := open(t, connect(t, server.Addr(), "types"), "n")
	ours := &appendblob.CreateOptions{Metadata: map[string]*string{"tenure": ptr("inline:")}}
	if _, err := operator.NewAppendBlobClient("n/records/d:k").Create(t.Context(), ours); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Read(t.Context(), "d/k"); !errors.Is(err, backends.ErrForeign) {
		t.Errorf("Read: %v, want ErrForeign", err)
	}
	if _, err := store.List(t.Context(), "d/"); !errors.Is(err, backends.ErrForeign) {
		t.Errorf("List: %v, want ErrForeign", err)
	}
	if r := storetest.Try(t, store, backends.Write{Key: "d/k"}); r.Outcome != backends.Conflict {
		t.Errorf("Write: %v %v, want conflict", r.Outcome, r.Err)
	}
}

// What lies below the namespace under a name that no key has is reported, not guessed at.
func strangeNames(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "names")
	store := open(t, connect(t, server.Addr(), "names"), "n")
	for i, name := range []string{"d:a.b", "d:a/b", "d:%25", "d:", "d:=zz", "d:" + strings.Repeat("x", 300)} {
		b := operator.NewBlockBlobClient("n/records/" + name)
		if _, err := b.Upload(t.Context(), streaming.NopCloser(strings.NewReader("")), &blockblob.UploadOptions{Metadata: map[string]*string{"tenure": ptr("inline:")}}); err != nil {
			t.Fatal(err)
		}
		if _, err := store.List(t.Context(), "d/"); !errors.Is(err, backends.ErrForeign) {
			t.Errorf("%d: List with the blob %q: %v, want ErrForeign", i, name, err)
		}
		if _, err := b.Delete(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if records, err := store.List(t.Context(), "d/"); err != nil || len(records) > 0 {
		t.Errorf("without them List: %v, %v", records, err)
	}
}

func foreignSessions(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "sessions")
	store := open(t, connect(t, server.Addr(), "sessions"), "n")
	storetest.OpenSession(t, store, leastTTL)
	// An ID that no session of this store has is that of a dead one; nothing is deleted.
	b := operator.NewBlockBlobClient("n/sessions/theirs")
	if _, err := b.Upload(t.Context(), streaming.NopCloser(strings.NewReader("theirs")), nil); err != nil {
		t.Fatal(err)
	}
	for _, id := range []backends.SessionID{"theirs", "../records/k", "", "\x00", "' OR true"} {
		r := storetest.Try(t, store, backends.Write{Key: backends.Key("k/" + backends.Escape(string(id))), IfDead: id})
		if r.Outcome != backends.Applied {
			t.Errorf("a write with IfDead %q: %v %v, want applied", id, r.Outcome, r.Err)
		}
	}
	if _, err := b.GetProperties(t.Context(), nil); err != nil {
		t.Errorf("the foreign blob: %v", err)
	}
	if _, err := store.Sessions(t.Context()); !errors.Is(err, backends.ErrForeign) {
		t.Errorf("Sessions: %v, want ErrForeign", err)
	}
	id := backends.NewSessionID()
	if _, err := operator.NewBlockBlobClient("n/sessions/"+string(id)).Upload(t.Context(), streaming.NopCloser(strings.NewReader("")), nil); err != nil {
		t.Fatal(err)
	}
	events, err := store.Watch(t.Context(), leastTTL, backends.OfSession(id))
	if err != nil {
		t.Fatal(err)
	}
	if e := storetest.Next(t, events, backends.Failed); !errors.Is(e.Err, backends.ErrForeign) {
		t.Errorf("the watch of a session without description ended with %v, want ErrForeign", e.Err)
	}
}

// A lease on a record is nothing of this store's. It refuses writes, which is no conflict.
func leasedRecord(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	operator := makeContainer(t, server, "leased")
	store := open(t, connect(t, server.Addr(), "leased"), "n")
	first := storetest.Try(t, store, backends.Write{Key: "k", Value: []byte("v")})
	acquire(t, operator.NewBlobClient("n/records/k"), -1)
	for _, w := range []backends.Write{{Key: "k", Expect: first.Revision}, {Key: "k", Expect: first.Revision, Delete: true}} {
		_, err := store.Write(t.Context(), w)
		refused(t, map[string]error{"Write": err}, backends.ErrUnavailable, "break it")
	}
	breakLease(t, operator.NewBlobClient("n/records/k"), 0)
	if r := storetest.Try(t, store, backends.Write{Key: "k", Expect: first.Revision}); r.Outcome != backends.Applied {
		t.Errorf("a write after the lease was broken: %v %v", r.Outcome, r.Err)
	}
}

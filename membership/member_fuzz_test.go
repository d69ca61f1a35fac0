package membership

import (
	"bytes"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// FuzzDecodeMember reads any description of a session. What the store itself
// says is kept whatever the description is, and what was read is written the
// same way each time.
func FuzzDecodeMember(f *testing.F) {
	f.Add(Member{Name: "a", Started: time.Unix(1, 2), TTL: time.Second, Address: "a:1", Build: "v1"}.encode())
	f.Add([]byte(`{"name":7}`))
	f.Add([]byte(`{"name":"a","ttl_ns":-9223372036854775808,"started":"0000-01-01T00:00:00+23:59"}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, description []byte) {
		info := backends.SessionInfo{ID: "A", Description: description, Left: time.Second, Expired: true}
		m := DecodeMember(info)
		if m.Session != "A" || m.Left != time.Second || !m.Expired {
			t.Fatalf("%q hides what the store says: %+v", description, m)
		}
		info.Description = m.encode()
		if again := DecodeMember(info).encode(); !bytes.Equal(again, info.Description) {
			t.Fatalf("%q is written as %q, then as %q", description, info.Description, again)
		}
	})
}

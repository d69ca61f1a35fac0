package redisstore

import (
	"errors"
	"testing"

	"github.com/tenure-go/tenure/backends"
)

// FuzzDecode reads any field of the records' hash: it is refused as somebody
// else's, or split so that nothing is lost.
func FuzzDecode(f *testing.F) {
	f.Add("1-2:value")
	f.Add("0123456789abcdef0123456789abcdef:")
	f.Add(":")
	f.Add("no revision")
	f.Fuzz(func(t *testing.T, stored string) {
		r, err := decode("k", stored)
		if err != nil {
			if !errors.Is(err, backends.ErrForeign) {
				t.Fatalf("%q: %v is no ErrForeign", stored, err)
			}
			return
		}
		if r.Revision == backends.Absent || string(r.Revision)+":"+string(r.Value) != stored {
			t.Fatalf("%q was read as revision %q and value %q", stored, r.Revision, r.Value)
		}
	})
}

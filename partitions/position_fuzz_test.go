package partitions

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/partitions/plan"
)

// FuzzPosition reads any record of a position: it is refused, or read back as it
// was understood.
func FuzzPosition(f *testing.F) {
	f.Add([]byte(`{"v":1,"token":"3","data":"AQI="}`))
	f.Add([]byte(`{"v":2,"token":"3","data":"AQI="}`))
	f.Add([]byte(`{"v":1,"token":"18446744073709551616"}`))
	f.Add([]byte(`{"v":1,"token":"-1","data":"not base64!"}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, value []byte) {
		pos, err := decodePosition(backends.Record{Value: value, Revision: "r"})
		if err != nil {
			if !errors.Is(err, plan.ErrMalformed) {
				t.Fatalf("%q: %v is no ErrMalformed", value, err)
			}
			if !reflect.DeepEqual(pos, position{}) {
				t.Fatalf("%q is refused and still read as %+v", value, pos)
			}
			return
		}
		if pos.Format != positionFormat {
			t.Fatalf("%q of format %d was read", value, pos.Format)
		}
		written, err := json.Marshal(pos)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodePosition(backends.Record{Value: written, Revision: "r"})
		if err != nil || !reflect.DeepEqual(again, pos) {
			t.Fatalf("%q was read as %+v, then as %+v, %v", value, pos, again, err)
		}
	})
}

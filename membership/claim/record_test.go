package claim

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/backends"
)

var garbage = map[string]string{
	"empty":             "",
	"not JSON":          "claim",
	"null":              "null",
	"list":              "[]",
	"no format":         `{"session":"A","token":"1"}`,
	"later format":      `{"v":2,"session":"A","token":"1"}`,
	"negative token":    `{"v":1,"session":"A","token":"-1"}`,
	"token a number":    `{"v":1,"session":"A","token":1}`,
	"token too large":   `{"v":1,"session":"A","token":"4611686018427387905"}`,
	"token overflows":   `{"v":1,"session":"A","token":"18446744073709551616"}`,
	"two records":       `{"v":1,"token":"1"}{"v":1,"token":"2"}`,
	"cut off":           `{"v":1,"session":"A","tok`,
	"wrong type":        `{"v":1,"session":7,"token":"1"}`,
	"too long":          `{"v":1,"token":"1","member":"` + strings.Repeat("x", maxRecordBytes) + `"}`,
	"deputies no list":  `{"v":1,"token":"1","deputies":"B"}`,
	"format not a kind": `{"v":"1","token":"1"}`,
}

func TestDecodeGarbage(t *testing.T) {
	t.Parallel()
	for name, value := range garbage {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if rec, err := Decode([]byte(value)); !errors.Is(err, ErrGarbage) || !reflect.DeepEqual(rec, Record{}) {
				t.Errorf("got %+v, %v, want ErrGarbage", rec, err)
			}
			seen := See(backends.Record{Value: []byte(value), Revision: "r"})
			if !seen.Garbage || seen.Revision != "r" {
				t.Errorf("seen as %+v, want garbage at r", seen)
			}
		})
	}
}

func TestDecodeReadsBackWhatEncodeWrote(t *testing.T) {
	t.Parallel()
	r := Record{
		Format: 1, Session: "A", Member: "node a \"ü\"", Token: MaxToken, Address: "a:1", Next: "B",
		Deputies: []backends.SessionID{"B", "C"},
	}
	got, err := Decode(r.Encode())
	if err != nil || !reflect.DeepEqual(got, r) {
		t.Errorf("got %+v, %v, want %+v", got, err, r)
	}
}

func TestSeeNeverClaimed(t *testing.T) {
	t.Parallel()
	if s := See(backends.Record{Key: "k", Value: []byte("left over")}); !reflect.DeepEqual(s, Seen{}) {
		t.Errorf("an absent record is seen as %+v", s)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Record{Session: "A", Member: "a", Token: 3}.Encode())
	for _, value := range garbage {
		if len(value) < 1000 {
			f.Add([]byte(value))
		}
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		r, err := Decode(value)
		if err != nil {
			if !errors.Is(err, ErrGarbage) {
				t.Fatalf("%v is not ErrGarbage", err)
			}
			return
		}
		if r.Token > MaxToken || r.Format != format {
			t.Fatalf("believed token %d of format %d", r.Token, r.Format)
		}
		written := r.Encode()
		again, err := Decode(written)
		if err != nil || !bytes.Equal(again.Encode(), written) {
			t.Fatalf("%q was written as %q and came back as %+v, %v", value, written, again, err)
		}
	})
}

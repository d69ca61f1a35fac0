package everystore_test

import (
	"strings"
	"testing"

	"github.com/tenure-go/tenure/internal/testutil/stands"
	"github.com/tenure-go/tenure/internal/testutil/stands/standstest"
	"github.com/tenure-go/tenure/partitions"
)

// hostile are names that some store, shell or path would take for something else.
var hostile = []string{
	"../../etc/passwd", "a/b", "a//b", "/", ".", "..", "%2F", "%", "*", "?", "{slot}", "[a]", "a b", " ", "\t", "\n", "\r\n",
	"'", `"`, "`", `\`, "'; DROP TABLE tenure_records; --", "$(reboot)", "\x00", "\x01\x7f", "é", "É", "e\u0301", "ß", "SS", "ss",
	"日本語", "😀", "\u202e", "\ufeff", "A", "a", "null", "0", "-1", "zookeeper", strings.Repeat("x", 80),
}

// Names of groups and partitions mean nothing to a store: each stays itself, and none is
// taken for another one.
func TestHostileNames(t *testing.T) {
	standstest.Each(t, func(t *testing.T, stand *stands.Stand) {
		store := open(t, stand, "")
		for _, group := range []string{"../g", "'; --\x00", strings.Repeat("é", 40)} {
			const member = "../\"anna'\n;--\x00 日本"
			f := newFleet(t, group, hostile...)
			f.join(store, member)
			f.awaitShared(1)
			found, err := partitions.Owners(t.Context(), store, group)
			if err != nil {
				t.Fatalf("%q: %v", group, err)
			}
			seen := map[string]string{}
			for _, o := range found.Owners {
				seen[o.Partition] = o.Member
			}
			for _, name := range hostile {
				if seen[name] != member {
					t.Errorf("%q: %q is owned by %q, want %q", group, name, seen[name], member)
				}
			}
			if len(seen) != len(hostile) {
				t.Errorf("%q: %d partitions are seen, want %d", group, len(seen), len(hostile))
			}
		}
	})
}

// Two namespaces share a store and nothing else.
func TestNamespaces(t *testing.T) {
	standstest.Each(t, func(t *testing.T, stand *stands.Stand) {
		one := newFleet(t, "g", "p0", "p1")
		two := newFleet(t, "g", "p0", "p1")
		one.join(open(t, stand, "namespace=one"), "anna")
		two.join(open(t, stand, "namespace=two"), "bert")
		one.awaitShared(1)
		two.awaitShared(1)
		for _, f := range []*fleet{one, two} {
			for partition, member := range f.owners() {
				if f == one && member != "anna" || f == two && member != "bert" {
					t.Errorf("%s is owned by %s, of the other namespace", partition, member)
				}
			}
			f.judge()
		}
	})
}

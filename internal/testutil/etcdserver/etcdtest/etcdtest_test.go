package etcdtest

import (
	"net"
	"testing"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
)

func TestStart_ClosesTheClusterWithTheTest(t *testing.T) {
	var endpoint string
	started := t.Run("user", func(t *testing.T) {
		endpoint = Start(t, etcdserver.Options{}).Endpoints()[0]
		conn, err := net.Dial("tcp", endpoint)
		if err != nil {
			t.Fatalf("the cluster does not listen: %v", err)
		}
		_ = conn.Close() // nothing was written
	})
	if !started || endpoint == "" {
		return // the subtest has failed or was skipped, and said why
	}
	if conn, err := net.Dial("tcp", endpoint); err == nil {
		_ = conn.Close()
		t.Errorf("the cluster still listens on %s after its test has ended", endpoint)
	}
}

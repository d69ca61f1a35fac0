package mysql_test

import (
	"os"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/mysql"
	"github.com/tenure-go/tenure/internal/testutil"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver/mariadbtest"
	"github.com/tenure-go/tenure/internal/testutil/process"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// provider is where Debian's package galera-4 puts it, on which mariadb-server depends.
const provider = "/usr/lib/galera/libgalera_smm.so"

// One node of a Galera cluster is enough to tell that it is one.
func TestNew_RefusesGalera(t *testing.T) {
	t.Parallel()
	_, err := os.Stat(provider)
	testutil.Require(t, "galera", err)
	mariadbtest.Need(t)
	server, err := process.WithPorts(1, func(ports []int) (*mariadbserver.Server, error) {
		return mariadbserver.Start(t.Context(), "--wsrep-on=ON", "--wsrep-provider="+provider, "--wsrep-cluster-address=gcomm://",
			"--wsrep-provider-options=gmcast.listen_addr=tcp://"+process.Local(ports[0]), "--wsrep-node-address=127.0.0.1",
			"--binlog-format=ROW", "--innodb-autoinc-lock-mode=2")
	})
	testutil.Use(t, "mariadb", server, err)
	db := connect(t, server.Addr())
	storetest.Until(t, 20*time.Second, "the node is ready", func() bool { return mysql.Migrate(t.Context(), db) == nil })
	_, err = mysql.New(t.Context(), db, "n")
	storetest.Refused(t, map[string]error{"New": err}, backends.ErrUnsupported, "Galera")
}

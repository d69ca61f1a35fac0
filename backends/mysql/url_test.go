package mysql_test

import (
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/mysql"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver/mariadbtest"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
)

func TestURL_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	urltest.Refuses(t, mysql.URL(), map[string]string{
		"mysql:":                             "there are 0 hosts",
		"mysql://u:hunter2@h1,h2/d":          "there are 2 hosts",
		"mysql://u:hunter2@h":                "the path is the database's name",
		"mysql://u:hunter2@h/d?migrate=1":    `the parameter "migrate" is "1"`,
		"mysql://u:hunter2@h/d?timeout=long": `invalid duration "long"`,
		"mariadb://u:hunter2@h/d?tls_ca=/no": "open /no",
	})
}

// A password may have every character that means something in an address, or in the
// driver's own form of one.
func TestURL_OnARealServer(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	root := connect(t, server.Addr())
	run(t, root, `CREATE USER app IDENTIFIED BY 'a:/@?#%hunter2)'`)
	run(t, root, `GRANT ALL ON `+mariadbserver.Database+`.* TO app`)
	at := "@" + server.Addr() + "/" + mariadbserver.Database
	urltest.Fails(t, mysql.URL(), "mysql://app:a%3A%2F%40%3F%23%25hunter2%29"+at, backends.ErrUnsupported, "Migrate")
	urltest.Works(t, mysql.URL(), "mysql://app:a%3A%2F%40%3F%23%25hunter2%29"+at+"?migrate=true&timeout=10s")
	urltest.Open(t, mysql.URL(), "mariadb://app:a%3A%2F%40%3F%23%25hunter2%29"+at+"?interpolateParams=false")
	urltest.Fails(t, mysql.URL(), "mysql://app:not-"+urltest.Secret+at, backends.ErrDenied, "")
	urltest.Fails(t, mysql.URL(), "mysql://app:"+urltest.Secret+"@127.0.0.1:1/d", backends.ErrUnavailable, "connection refused")
}

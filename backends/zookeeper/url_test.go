package zookeeper_test

import (
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/zookeeper"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

func TestURL_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	urltest.Refuses(t, zookeeper.URL(), map[string]string{
		"zk:":                      "no host is given",
		"zk://h/app":               "write ?namespace=",
		"zk://u@h":                 "go together",
		"zk://:hunter2@h":          "go together",
		"zk://u:hunter2@h?tls_ca=": `the parameter "tls_ca" is not known; zk: has namespace`,
		"zks://h?tls_ca=/nowhere":  "open /nowhere",
		"zk://h?namespace=a%2F":    "",
	})
}

func TestURL_OnARealServer(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	urltest.Works(t, zookeeper.URL(), "zk://127.0.0.1:1,"+server.Addr()+"/")
	guarded := "zk://app:" + urltest.Secret + "@" + server.Addr() + "?namespace=guarded"
	urltest.Open(t, zookeeper.URL(), guarded)
	urltest.Fails(t, zookeeper.URL(), "zk://app:not-"+urltest.Secret+"@"+server.Addr()+"?namespace=guarded", backends.ErrDenied, "")
}

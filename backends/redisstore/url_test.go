package redisstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/redisstore"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
)

func TestURL_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	urltest.Refuses(t, redisstore.URL(), map[string]string{
		"redis:":                                                  "no host is given",
		"redis://u:hunter2@h1,h2":                                 "there are 2 hosts",
		"redis://h1,h2?cluster=no":                                `the parameter "cluster" is "no"`,
		"redis://h?cluster=true&master_name=":                     "exclude each other",
		"redis://h/1?cluster=true":                                "database 0 only",
		"redis://h?addr=h2:1":                                     "write all hosts before the path",
		"redis://h?max_retries=3":                                 "nothing is ever sent twice",
		"redis://u:hunter2@h/zero":                                `invalid database number: "zero"`,
		"redis://u:hunter2@h/0?tls_ca=x":                          "unexpected option: tls_ca",
		"rediss://h?tls_ca=/nowhere":                              "open /nowhere",
		"redis://u:hunter2@h?nothing=a":                           "unexpected option: nothing",
		"redis://h?read_timeout=-1s":                              "set one of a few seconds",
		"redis://u:hunter2@h?read_timeout=no":                     "read_timeout",
		"redis://h?master_name=m&password=hunter2&nothing=x":      "nothing",
		"redis://h?cluster=true&read_only=true":                   "",
		"redis://u:hunter2@h1,h2?cluster=true&nothing=hunter2%22": "nothing",
	})
}

func TestURL_OnRealServers(t *testing.T) {
	t.Parallel()
	addr := redistest.Start(t, "--requirepass", urltest.Secret).Addr()
	urltest.Works(t, redisstore.URL(), "redis://:"+urltest.Secret+"@"+addr+"/3?read_timeout=10s")
	urltest.Fails(t, redisstore.URL(), "redis://:not-"+urltest.Secret+"@"+addr, backends.ErrDenied, "user name and password")
	urltest.Fails(t, redisstore.URL(), "redis://"+addr, backends.ErrDenied, "user name and password")
	urltest.Fails(t, redisstore.URL(), "redis://:"+urltest.Secret+"@127.0.0.1:1", backends.ErrUnavailable, "connection refused")
}

func TestURL_OnSentinelsAndACluster(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t, "--requirepass", urltest.Secret)
	sentinel := redistest.StartSentinel(t, master)
	hosts := "127.0.0.1:1," + sentinel.Addr() // nobody is at the first one
	urltest.Works(t, redisstore.URL(), "redis://"+hosts+"/0?master_name="+redisserver.SentinelMaster+"&password="+urltest.Secret)
	urltest.Fails(t, redisstore.URL(), "redis://"+hosts+"/0?master_name="+redisserver.SentinelMaster+"&password=not-"+urltest.Secret,
		backends.ErrDenied, "user name and password")

	cluster := redistest.Start(t, "--cluster-enabled", "yes")
	operator := connect(t, cluster.Addr())
	if err := operator.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, 20*time.Second, "the cluster serves", func() bool {
		return errors.Is(operator.Get(t.Context(), "k").Err(), redis.Nil)
	})
	urltest.Works(t, redisstore.URL(), "redis://127.0.0.1:1,"+cluster.Addr()+"/0?cluster=true")
}

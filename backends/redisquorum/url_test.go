package redisquorum_test

import (
	"strings"
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/redisquorum"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
)

func TestURL_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	urltest.Refuses(t, redisquorum.URL(), map[string]string{
		"redis-quorum:":                              "no host is given",
		"redis-quorum://u:hunter2@h1,h2":             "2 servers, but it takes 3 or 5",
		"redis-quorum://h1,h2,h3?max_retries=3":      "nothing is ever sent twice",
		"redis-quorum://u:hunter2@h1,h2,h3/zero":     `invalid database number: "zero"`,
		"redis-quorum://h1,h2,h3?create=1":           `the parameter "create" is "1"`,
		"redis-quorum://u:hunter2@h1,h2,h3?tls_ca=x": "unexpected option: tls_ca",
		"rediss-quorum://h1,h2,h3?tls_ca=/nowhere":   "open /nowhere",
	})
}

func TestURL_OnRealServers(t *testing.T) {
	t.Parallel()
	var addrs []string
	for range 3 {
		addrs = append(addrs, redistest.Start(t, "--requirepass", urltest.Secret).Addr())
	}
	hosts := "@" + strings.Join(addrs, ",")
	urltest.Fails(t, redisquorum.URL(), "redis-quorum://:"+urltest.Secret+hosts, backends.ErrUnavailable, "Create")
	urltest.Works(t, redisquorum.URL(), "redis-quorum://:"+urltest.Secret+hosts+"/0?create=true")
	urltest.Fails(t, redisquorum.URL(), "redis-quorum://:not-"+urltest.Secret+hosts, backends.ErrDenied, "")
}

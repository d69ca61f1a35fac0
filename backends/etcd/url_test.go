package etcd_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/backends/etcd"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
)

func TestURL_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	urltest.Refuses(t, etcd.URL(), map[string]string{
		"etcd:":                     "no host is given",
		"etcd:///":                  "no host is given",
		"etcd://h/app":              "write ?namespace=",
		"etcd://u@h":                "go together",
		"etcd://u:@h":               "go together",
		"etcd://:hunter2@h":         "go together",
		"etcd://h?tls_ca=x":         `the parameter "tls_ca" is not known; etcd: has dial_timeout, namespace`,
		"etcds://h?tls_ca=/nowhere": `the parameter "tls_ca": open /nowhere`,
		"etcds://h?tls_cert=x":      "go together",
		"etcds://u:hunter2@h?tls_cert=x&tls_key=y": "open x",
		"etcds://h?tls_ca=url_test.go":             "no certificate in PEM form",
		"etcd://u:hunter2@h?dial_timeout=1h":       "a duration from 100ms to 1m0s",
		"etcd://h:1?namespace=a%2F%2Fb":            "the prefix",
	})
}

func TestURL_OnRealServers(t *testing.T) {
	t.Parallel()
	open := etcdtest.Start(t, etcdserver.Options{}).Endpoints()
	urltest.Works(t, etcd.URL(), "etcd://"+strings.Join(open, ",")+"?dial_timeout=10s")

	guarded := etcdtest.Start(t, etcdserver.Options{RootPassword: urltest.Secret}).Endpoints()[0]
	urltest.Works(t, etcd.URL(), "etcd://root:"+urltest.Secret+"@"+guarded+"?dial_timeout=10s")
	urltest.Fails(t, etcd.URL(), "etcd://root:not-"+urltest.Secret+"@"+guarded, backends.ErrDenied, "check the client's user name and password")
	urltest.Fails(t, etcd.URL(), "etcd://"+guarded, backends.ErrDenied, "give the client a user")
}

// The context ends the opening also while the client asks for a token.
func TestURL_HonoursTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, _, err := backendurl.Open(ctx, "etcd://u:"+urltest.Secret+"@127.0.0.1:1?dial_timeout=1m", etcd.URL())
	if took := time.Since(begun); !errors.Is(err, backends.ErrUnavailable) || strings.Contains(err.Error(), urltest.Secret) || took > 10*time.Second {
		t.Errorf("%v after %v, want ErrUnavailable soon", err, took)
	}
}

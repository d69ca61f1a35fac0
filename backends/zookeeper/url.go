package zookeeper

import (
	"context"
	"crypto/tls"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
)

// URL opens addresses of the forms
//
//	zk://host1:2181,host2:2181,host3:2181?namespace=app
//	zks://user:password@host:2281?tls_ca=/etc/ssl/zookeeper.pem
//
// for backendurl.Open. With the scheme zks it speaks TLS, and a host without a port has
// 2281, else 2181. The user and the password are sent as "digest". There is no path. The
// parameters are
//
//   - namespace: that of Options, by default "tenure"
//   - tls_ca, tls_cert, tls_key, for zks: see backendurl's Params.TLS
func URL() backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"zk", "zks"}, Example: "zk://localhost:2181", Open: openURL}
}

func openURL(ctx context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
	p := u.Params()
	o := Options{Namespace: p.Namespace(), Servers: u.HostPorts("2181")}
	if u.Scheme == "zks" {
		dialer := &tls.Dialer{Config: p.TLS()}
		o.Dial, o.Servers = dialer.DialContext, u.HostPorts("2281")
	}
	if err := p.Done(); err != nil {
		return nil, nil, err
	}
	password, hasPassword := u.Password()
	switch {
	case len(u.Hosts) == 0:
		return nil, nil, u.Invalid("no host is given: write zk://localhost:2181")
	case u.Path != "" && u.Path != "/":
		return nil, nil, u.Invalid("there is no path; is it the namespace? then write ?namespace=")
	case (u.User() == "") != (password == ""):
		return nil, nil, u.Invalid("a user and a password go together")
	case hasPassword:
		o.Auth = []Auth{{Scheme: "digest", Credentials: []byte(u.User() + ":" + password)}}
	}
	store, err := New(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	return store, func() error { store.Close(); return nil }, nil
}

package redisquorum

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
)

// URL opens addresses of the forms
//
//	redis-quorum://user:password@host1:6379,host2:6379,host3:6379/0?namespace=app
//	rediss-quorum://host1,host2,host3?tls_ca=/etc/ssl/redis.pem
//
// for backendurl.Open: three or five servers that know nothing of each other, with the
// same user and password. With the scheme rediss-quorum it speaks TLS. A host without a
// port has 6379. The path is the number of the database. The parameters are
//
//   - namespace: that of New, by default "tenure"
//   - create: true to call Create first, which sets the namespace up; by default false
//   - tls_ca, tls_cert, tls_key, for rediss-quorum: see backendurl's Params.TLS
//   - those of go-redis's ParseURL, such as read_timeout=2s; but no max_retries, because
//     nothing is ever sent twice
func URL() backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"redis-quorum", "rediss-quorum"}, Example: "redis-quorum://host1:6379,host2:6379,host3:6379", Open: openURL}
}

func openURL(ctx context.Context, u *backendurl.URL) (store backends.Backend, closeStore func() error, err error) {
	clients, namespace, create, err := clientsOf(u)
	closeAll := func() error {
		var errs []error
		for _, c := range clients {
			errs = append(errs, c.Close())
		}
		return errors.Join(errs...)
	}
	if err == nil && create {
		err = Create(ctx, clients, namespace)
	}
	var opened *Store
	if err == nil {
		opened, err = New(ctx, clients, namespace)
	}
	if err != nil {
		return nil, nil, errors.Join(err, closeAll())
	}
	return opened, closeAll, nil
}

// clientsOf makes a client for each host. It may return some of them with an error.
func clientsOf(u *backendurl.URL) (clients []*redis.Client, namespace string, create bool, err error) {
	p := u.Params()
	namespace, create = p.Namespace(), p.Bool("create", false)
	scheme, secure := "redis", (*tls.Config)(nil)
	if u.Scheme == "rediss-quorum" {
		scheme, secure = "rediss", p.TLS()
	}
	native := p.Rest()
	if err := p.Done(); err != nil {
		return nil, "", false, err
	}
	switch {
	case len(u.Hosts) == 0:
		return nil, "", false, u.Invalid("no host is given: write redis-quorum://host1,host2,host3")
	case native.Has("max_retries"):
		return nil, "", false, u.Invalid("the parameter max_retries is not allowed: nothing is ever sent twice")
	}
	for _, host := range u.HostPorts("6379") {
		o, err := redis.ParseURL(u.Text(scheme, host, native))
		if err != nil {
			return clients, "", false, u.Refused(err)
		}
		o.ContextTimeoutEnabled, o.MaxRetries = true, -1
		if secure != nil {
			o.TLSConfig = secure.Clone()
			o.TLSConfig.ServerName, _, _ = net.SplitHostPort(host)
		}
		clients = append(clients, redis.NewClient(o))
	}
	return clients, namespace, create, nil
}

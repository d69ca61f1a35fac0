package etcd

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
)

// URL opens addresses of the forms
//
//	etcd://host1:2379,host2:2379?namespace=app
//	etcds://user:password@host:2379?tls_ca=/etc/ssl/etcd.pem
//
// for backendurl.Open. With the scheme etcds it speaks TLS. A host without a port has
// 2379. There is no path. The parameters are
//
//   - namespace: the prefix of New, which may have several parts (a/b), by default "tenure"
//   - dial_timeout: how long the servers may take to check the password, from 100ms to 1m,
//     by default 5s
//   - tls_ca, tls_cert, tls_key, for etcds: see backendurl's Params.TLS
//
// The client looks for silent servers every 10 s, gRPC's smallest interval, and logs
// nothing.
func URL() backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"etcd", "etcds"}, Example: "etcd://localhost:2379", Open: open}
}

func open(ctx context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
	p := u.Params()
	namespace := p.Namespace()
	dialTimeout := p.Duration("dial_timeout", 5*time.Second, 100*time.Millisecond, time.Minute)
	var secure *tls.Config
	if u.Scheme == "etcds" {
		secure = p.TLS()
	}
	if err := p.Done(); err != nil {
		return nil, nil, err
	}
	password, _ := u.Password()
	switch {
	case len(u.Hosts) == 0:
		return nil, nil, u.Invalid("no host is given: write etcd://localhost:2379")
	case u.Path != "" && u.Path != "/":
		return nil, nil, u.Invalid("etcd has no path; is it the namespace? then write ?namespace=")
	case (u.User() == "") != (password == ""):
		// The client would leave authentication out.
		return nil, nil, u.Invalid("a user and a password go together")
	}
	// The client keeps its context: it is done with the client, or while that is made.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	made := context.AfterFunc(ctx, end)
	client, err := clientv3.New(clientv3.Config{
		Context: life, Endpoints: u.HostPorts("2379"), TLS: secure, Username: u.User(), Password: password,
		DialTimeout: dialTimeout, DialKeepAliveTime: 10 * time.Second, DialKeepAliveTimeout: time.Second,
		Logger: zap.NewNop(), // its errors come back as well
	})
	made()
	if err != nil {
		end()
		return nil, nil, wrap("connect", err)
	}
	closeClient := func() error {
		err := client.Close()
		end()
		return err
	}
	store, err := New(ctx, client, namespace)
	if err != nil {
		return nil, nil, errors.Join(err, closeClient())
	}
	return store, closeClient, nil
}

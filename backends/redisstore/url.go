package redisstore

import (
	"context"
	"crypto/tls"
	"errors"
	"net/url"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
)

// URL opens addresses of the forms
//
//	redis://user:password@host:6379/0?namespace=app
//	redis://sentinel1:26379,sentinel2:26379/0?master_name=main&password=secret
//	rediss://host1:6379,host2:6379?cluster=true&tls_ca=/etc/ssl/redis.pem
//
// for backendurl.Open: one server, the Sentinels of a master, servers of a cluster. With
// the scheme rediss it speaks TLS. A host without a port has 6379. The path is the number
// of the database. The parameters are
//
//   - namespace: that of New, by default "tenure"
//   - cluster: true for a cluster, by default false
//   - tls_ca, tls_cert, tls_key, for rediss: see backendurl's Params.TLS
//   - master_name: the master's name at the Sentinels. The user and the password before
//     the hosts are then those of the Sentinels, and username and password, as parameters,
//     those of the master.
//   - those of go-redis's ParseURL, ParseFailoverURL and ParseClusterURL, such as
//     read_timeout=2s; but no max_retries, because nothing is ever sent twice
func URL() backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"redis", "rediss"}, Example: "redis://localhost:6379", Open: open}
}

func open(ctx context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
	p := u.Params()
	namespace, cluster := p.Namespace(), p.Bool("cluster", false)
	var secure *tls.Config
	if u.Scheme == "rediss" {
		secure = p.TLS()
	}
	native := p.Rest()
	if err := p.Done(); err != nil {
		return nil, nil, err
	}
	client, err := newClient(u, cluster, secure, native)
	if err != nil {
		return nil, nil, err
	}
	store, err := New(ctx, client, namespace)
	if err != nil {
		return nil, nil, errors.Join(err, client.Close())
	}
	return store, client.Close, nil
}

// newClient gives go-redis the first host in its form of an address, and the others in
// parameters of its own.
func newClient(u *backendurl.URL, cluster bool, secure *tls.Config, native url.Values) (redis.UniversalClient, error) {
	sentinel := native.Has("master_name")
	hosts := u.HostPorts("6379")
	switch {
	case len(hosts) == 0:
		return nil, u.Invalid("no host is given: write redis://localhost:6379")
	case native.Has("addr"):
		return nil, u.Invalid("write all hosts before the path, as in redis://one:6379,two:6379, and no parameter addr")
	case native.Has("max_retries"):
		return nil, u.Invalid("the parameter max_retries is not allowed: nothing is ever sent twice")
	case cluster && sentinel:
		return nil, u.Invalid("cluster=true and master_name, of a Sentinel, exclude each other")
	case cluster && u.Path != "" && u.Path != "/" && u.Path != "/0":
		return nil, u.Invalid("a cluster has the database 0 only, the path says %q", u.Path)
	case !cluster && !sentinel && len(hosts) > 1:
		return nil, u.Invalid("there are %d hosts: add cluster=true, or master_name= if they are Sentinels", len(hosts))
	}
	if len(hosts) > 1 {
		native["addr"] = hosts[1:]
	}
	text := u.Text(u.Scheme, hosts[0], native)
	switch {
	case cluster:
		return clusterClient(u, text, secure)
	case sentinel:
		return sentinelClient(u, text, secure)
	default:
		return serverClient(u, text, secure)
	}
}

func serverClient(u *backendurl.URL, text string, secure *tls.Config) (redis.UniversalClient, error) {
	o, err := redis.ParseURL(text)
	if err != nil {
		return nil, u.Refused(err)
	}
	o.ContextTimeoutEnabled, o.MaxRetries, o.TLSConfig = true, -1, both(o.TLSConfig, secure)
	return redis.NewClient(o), nil
}

func sentinelClient(u *backendurl.URL, text string, secure *tls.Config) (redis.UniversalClient, error) {
	o, err := redis.ParseFailoverURL(text)
	if err != nil {
		return nil, u.Refused(err)
	}
	o.ContextTimeoutEnabled, o.MaxRetries, o.TLSConfig = true, -1, both(o.TLSConfig, secure)
	return redis.NewFailoverClient(o), nil
}

func clusterClient(u *backendurl.URL, text string, secure *tls.Config) (redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(text)
	if err != nil {
		return nil, u.Refused(err)
	}
	o.ContextTimeoutEnabled, o.MaxRetries, o.TLSConfig = true, -1, both(o.TLSConfig, secure)
	return redis.NewClusterClient(o), nil
}

// both adds our settings of TLS to those of go-redis, which are nil without it: the first
// host's name, for all servers, and its parameter skip_verify.
func both(native, own *tls.Config) *tls.Config {
	if native != nil {
		native.RootCAs, native.Certificates, native.MinVersion = own.RootCAs, own.Certificates, own.MinVersion
	}
	return native
}

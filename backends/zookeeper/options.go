package zookeeper

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/go-zookeeper/zk"

	"github.com/tenure-go/tenure/backends"
)

// DefaultNamespace is where a Store keeps its znodes unless told otherwise.
const DefaultNamespace = "tenure"

// MaxNamespaceBytes is the longest namespace, after escaping.
const MaxNamespaceBytes = 256

// DialFunc makes one connection, as net.Dialer.DialContext and tls.Dialer.DialContext do.
// It must return soon after its context is done.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Auth is what a connection authenticates with. It prints without the credentials.
type Auth struct {
	// Scheme is the server's name for the kind, for example "digest".
	Scheme string
	// Credentials are what the scheme wants: "user:password" for digest.
	Credentials []byte
}

// String implements fmt.Stringer.
func (a Auth) String() string { return a.Scheme + " credentials" }

// GoString implements fmt.GoStringer.
func (a Auth) GoString() string { return "zookeeper.Auth(" + a.Scheme + " credentials)" }

// Options say how to reach an ensemble, and where in it a Store lives. A Store makes its
// own connections, because in ZooKeeper a session is a connection.
type Options struct {
	// Servers are the addresses host:port of the servers. Name all of them.
	Servers []string
	// Namespace is the path of the znode below which everything is, without the first
	// slash; "" means DefaultNamespace. Its parts, joined by '/', are escaped by
	// backends.Escape. A part must not be empty, "records" or "sessions", nor the
	// first one "zookeeper", which is the servers' own.
	Namespace string
	// Dial makes the connections; nil means TCP without encryption. For TLS give the
	// DialContext of a tls.Dialer.
	Dial DialFunc
	// Auth is sent on each connection, in order.
	Auth []Auth
	// ACL is what new znodes get. Nil means read, write, create and delete for whoever
	// made them if there is an Auth, and for everybody if there is none.
	ACL []zk.ACL
}

// complete checks the options and fills in the defaults.
func (o Options) complete() (Options, error) {
	if len(o.Servers) == 0 {
		return o, fmt.Errorf("zookeeper: %w: no servers: name all servers of the ensemble as host:port", backends.ErrInvalid)
	}
	for _, address := range o.Servers {
		if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
			return o, fmt.Errorf("zookeeper: %w: server %q: want host:port, one server each", backends.ErrInvalid, address)
		}
	}
	for _, a := range o.Auth {
		if a.Scheme == "" {
			return o, fmt.Errorf("zookeeper: %w: an Auth without a scheme, for example \"digest\"", backends.ErrInvalid)
		}
	}
	if o.ACL != nil && len(o.ACL) == 0 {
		return o, fmt.Errorf("zookeeper: %w: an empty ACL lets nobody in: leave it nil for the default", backends.ErrInvalid)
	}
	root, err := rootOf(o.Namespace)
	if err != nil {
		return o, err
	}
	o.Namespace, o.Servers = root, slices.Clone(o.Servers)
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	const perms = zk.PermRead | zk.PermWrite | zk.PermCreate | zk.PermDelete
	switch {
	case o.ACL != nil:
		o.ACL = slices.Clone(o.ACL)
	case len(o.Auth) > 0:
		o.ACL = zk.AuthACL(perms)
	default:
		o.ACL = zk.WorldACL(perms)
	}
	return o, nil
}

// rootOf returns the path of a namespace. The names of the two directories are no parts
// of one: else the records of "a" and the whole of "a/records" would be one place.
func rootOf(namespace string) (string, error) {
	if namespace == "" {
		namespace = DefaultNamespace
	}
	parts := strings.Split(namespace, "/")
	for i, p := range parts {
		if p == "" || p == recordsDir || p == sessionsDir || i == 0 && p == "zookeeper" {
			return "", fmt.Errorf("zookeeper: %w: part %q of the namespace %.80q: it must not be empty, %q or %q, nor the first one \"zookeeper\"",
				backends.ErrInvalid, p, namespace, recordsDir, sessionsDir)
		}
		parts[i] = backends.Escape(p)
	}
	root := strings.Join(parts, "/")
	if len(root) > MaxNamespaceBytes {
		return "", fmt.Errorf("zookeeper: %w: the namespace %.80q… has %d bytes escaped, the limit is %d", backends.ErrInvalid, namespace, len(root), MaxNamespaceBytes)
	}
	return "/" + root, nil
}

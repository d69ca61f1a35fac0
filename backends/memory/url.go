package memory

import (
	"context"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
)

// URL opens addresses of the form memory:?namespace=app, for backendurl.Open. Each
// opening makes a store of its own, which only this process sees. It has no hosts, no
// path and one parameter, namespace.
func URL() backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"memory"}, Example: "memory:", Open: open}
}

func open(_ context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
	p := u.Params()
	namespace := p.Namespace()
	if err := p.Done(); err != nil {
		return nil, nil, err
	}
	if len(u.Hosts) > 0 || u.Path != "" {
		return nil, nil, u.Invalid("a store in memory has no host and no path: write memory:")
	}
	return NewStore().Client(namespace), func() error { return nil }, nil
}

package backendurl

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/backends"
)

// Scheme is a store that a program links, as the function URL of its package gives it.
type Scheme struct {
	// Names are what its addresses begin with, without the colon, in lower case.
	Names []string
	// Example is an address of it, for error messages.
	Example string
	// Open makes a client of the store, and the store on it. The function that it
	// returns closes the client. It returns an error or the two others, and leaves
	// nothing open with an error. Its errors need not name the address.
	Open func(ctx context.Context, u *URL) (backends.Backend, func() error, error)
}

// Open opens the store that an address names, among those of the schemes. The store's
// client is its own: call closeStore when nobody uses the store any more. The context
// bounds the opening, not the life of the store.
//
// Open returns backends.ErrInvalid for an address that is wrong, or whose scheme is none
// of those given, and the errors of the store's New. No error shows a secret.
func Open(ctx context.Context, address string, schemes ...Scheme) (store backends.Backend, closeStore func() error, err error) {
	byName, err := index(schemes)
	if err != nil {
		return nil, nil, err
	}
	name, _, _ := strings.Cut(address, ":")
	scheme, known := byName[name]
	u, err := Parse(address)
	switch {
	case err != nil && known:
		return nil, nil, err
	case err != nil:
		return nil, nil, fmt.Errorf("%w; this program opens %s", err, examples(schemes))
	case !known:
		return nil, nil, fmt.Errorf("open %q: %w: this program knows no scheme %q; it opens %s",
			shown(address), backends.ErrInvalid, u.Scheme, examples(schemes))
	}
	store, closeStore, err = scheme.Open(ctx, u)
	if err != nil {
		return nil, nil, u.scrub(fmt.Errorf("open %q: %w", u, err))
	}
	return store, closeStore, nil
}

func index(schemes []Scheme) (map[string]Scheme, error) {
	byName := map[string]Scheme{}
	for _, s := range schemes {
		for _, name := range s.Names {
			if _, twice := byName[name]; twice {
				return nil, fmt.Errorf("backendurl: %w: two stores have the scheme %q", backends.ErrInvalid, name)
			}
			byName[name] = s
		}
	}
	return byName, nil
}

func examples(schemes []Scheme) string {
	if len(schemes) == 0 {
		return "nothing: it was given no store"
	}
	unique := map[string]bool{}
	for _, s := range schemes {
		unique[s.Example] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(unique)), ", ")
}

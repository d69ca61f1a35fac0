// Package everystore opens every store of this module by its address, for the examples
// and the commands. A program of a user names the stores that it links, and no others:
// see backends/backendurl.
package everystore

import (
	"context"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/backends/etcd"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/backends/postgres"
	"github.com/tenure-go/tenure/backends/redisstore"
	"github.com/tenure-go/tenure/backends/sqlite"
)

// OpenWithin is how long a store may take to answer first.
const OpenWithin = 10 * time.Second

// Schemes returns all stores, in alphabetical order.
func Schemes() []backendurl.Scheme {
	return []backendurl.Scheme{
		etcd.URL(),
		memory.URL(),
		postgres.URL(),
		redisstore.URL(),
		sqlite.URL(),
	}
}

// Open opens a store by its address, within OpenWithin: see backendurl.Open.
func Open(ctx context.Context, address string) (store backends.Backend, closeStore func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, OpenWithin)
	defer cancel()
	return backendurl.Open(ctx, address, Schemes()...)
}

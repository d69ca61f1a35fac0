// Package everystore opens every store of this module by its address, for the examples
// and the commands. A program of a user names the stores that it links, and no others:
// see backends/backendurl.
package everystore

import (
	"context"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/azureblob"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/backends/etcd"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/backends/mysql"
	"github.com/tenure-go/tenure/backends/postgres"
	"github.com/tenure-go/tenure/backends/redisquorum"
	"github.com/tenure-go/tenure/backends/redisstore"
	"github.com/tenure-go/tenure/backends/sqlite"
	"github.com/tenure-go/tenure/backends/sqlserver"
	"github.com/tenure-go/tenure/backends/zookeeper"
)

// OpenWithin is how long a store may take to answer first.
const OpenWithin = 10 * time.Second

// Schemes returns all stores, in alphabetical order.
func Schemes() []backendurl.Scheme {
	return []backendurl.Scheme{
		azureblob.URL(),
		etcd.URL(),
		memory.URL(),
		mysql.URL(),
		postgres.URL(),
		redisquorum.URL(),
		redisstore.URL(),
		sqlite.URL(),
		sqlserver.URL(),
		zookeeper.URL(),
	}
}

// Open opens a store by its address, within OpenWithin: see backendurl.Open.
func Open(ctx context.Context, address string) (store backends.Backend, closeStore func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, OpenWithin)
	defer cancel()
	return backendurl.Open(ctx, address, Schemes()...)
}

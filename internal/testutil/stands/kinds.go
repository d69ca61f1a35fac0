package stands

import (
	"context"
	"os"
	"path/filepath"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
)

// kind is how a store is started, and whether it can be.
type kind struct {
	start   func(context.Context) (*Stand, error)
	missing func() error
}

var kinds = map[string]kind{
	"etcd":     {startEtcd, func() error { _, err := etcdserver.Binary(); return err }},
	"postgres": {startPostgres, func() error { _, err := postgresserver.Folder(); return err }},
	"redis":    {startRedis, func() error { _, err := redisserver.Binary(); return err }},
	"sqlite":   {startSQLite, func() error { return nil }},
}

func startEtcd(ctx context.Context) (*Stand, error) {
	c, err := etcdserver.Start(ctx, etcdserver.Options{})
	if err != nil {
		return nil, err
	}
	return &Stand{Address: "etcd://" + c.Endpoints()[0], Servers: []Server{c.Member(0)}, end: c.Close}, nil
}

func startRedis(ctx context.Context) (*Stand, error) {
	s, err := redisserver.Start(ctx)
	if err != nil {
		return nil, err
	}
	return &Stand{Address: "redis://" + s.Addr(), Servers: []Server{s}, end: s.Close}, nil
}

func startPostgres(ctx context.Context) (*Stand, error) {
	s, err := postgresserver.Start(ctx, postgresserver.Options{})
	if err != nil {
		return nil, err
	}
	return &Stand{
		Address: "postgres://" + postgresserver.User + "@" + s.Addr() + "/" + postgresserver.Database + "?sslmode=disable&migrate=true",
		Servers: []Server{s}, end: s.Close,
	}, nil
}

func startSQLite(context.Context) (*Stand, error) {
	dir, err := os.MkdirTemp("", "tenure-sqlite-")
	if err != nil {
		return nil, err
	}
	return &Stand{
		Address: "sqlite:" + filepath.Join(dir, "tenure.db") + "?migrate=true",
		end:     func() error { return os.RemoveAll(dir) },
	}, nil
}

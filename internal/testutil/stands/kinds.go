package stands

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/backends/redisquorum"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver"
)

// kind is how a store is started, and what it needs: its name in testutil.RequireEnv,
// and why that is missing.
type kind struct {
	start   func(context.Context) (*Stand, error)
	needs   string
	missing func() error
}

var kinds = map[string]kind{
	"azurite":      {startAzurite, "azurite", func() error { _, _, err := azuriteserver.Binary(); return err }},
	"etcd":         {startEtcd, "etcd", func() error { _, err := etcdserver.Binary(); return err }},
	"mariadb":      {startMariaDB, "mariadb", func() error { _, _, err := mariadbserver.Binaries(); return err }},
	"postgres":     {startPostgres, "postgres", func() error { _, err := postgresserver.Folder(); return err }},
	"redis":        {startRedis, "redis", func() error { _, err := redisserver.Binary(); return err }},
	"redis-quorum": {startRedisQuorum, "redis", func() error { _, err := redisserver.Binary(); return err }},
	"sqlite":       {startSQLite, "sqlite", func() error { return nil }},
	"zookeeper":    {startZooKeeper, "zookeeper", func() error { _, _, err := zookeeperserver.Binaries(); return err }},
}

// emulator is Azurite, which forgets leases when it ends. The service for which
// it stands does not: so its crash is a freeze, during which it keeps everything.
type emulator struct {
	*azuriteserver.Server
	frozen bool // used by one goroutine at a time
}

// Kill freezes the emulator.
func (e *emulator) Kill() error {
	e.frozen = true
	return e.Pause()
}

// Restart thaws a frozen emulator, and starts one that was stopped.
func (e *emulator) Restart(ctx context.Context) error {
	if e.frozen {
		e.frozen = false
		return e.Resume()
	}
	return e.Server.Restart(ctx)
}

func startAzurite(ctx context.Context) (*Stand, error) {
	s, err := azuriteserver.Start(ctx)
	if err != nil {
		return nil, err
	}
	key := url.PathEscape(azuriteserver.Key)
	return &Stand{
		Address: "azblob://" + azuriteserver.Account + ":" + key + "@" + s.Addr() + "/tenure?emulator=true&create=true",
		Servers: []Server{&emulator{Server: s}}, end: s.Close,
		Forgets: "the emulator forgets leases when it ends",
	}, nil
}

func startEtcd(ctx context.Context) (*Stand, error) {
	c, err := etcdserver.Start(ctx, etcdserver.Options{})
	if err != nil {
		return nil, err
	}
	return &Stand{Address: "etcd://" + c.Endpoints()[0], Servers: []Server{c.Member(0)}, end: c.Close}, nil
}

func startMariaDB(ctx context.Context) (*Stand, error) {
	s, err := mariadbserver.Start(ctx)
	if err != nil {
		return nil, err
	}
	return &Stand{
		Address: "mysql://" + mariadbserver.User + "@" + s.Addr() + "/" + mariadbserver.Database + "?migrate=true",
		Servers: []Server{s}, end: s.Close,
	}, nil
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

func startRedis(ctx context.Context) (*Stand, error) {
	s, err := redisserver.Start(ctx)
	if err != nil {
		return nil, err
	}
	return &Stand{Address: "redis://" + s.Addr(), Servers: []Server{s}, end: s.Close}, nil
}

// startRedisQuorum starts three servers that know nothing of each other. They keep their
// data over a restart, and Restart says so to the store, which a person would do.
func startRedisQuorum(ctx context.Context) (*Stand, error) {
	var servers []*redisserver.Server
	end := func() error {
		var errs []error
		for _, s := range servers {
			errs = append(errs, s.Close())
		}
		return errors.Join(errs...)
	}
	stand := &Stand{end: end}
	var addrs []string
	for range 3 {
		s, err := redisserver.Start(ctx)
		if err != nil {
			return nil, errors.Join(err, end())
		}
		servers = append(servers, s)
		stand.Servers, addrs = append(stand.Servers, s), append(addrs, s.Addr())
	}
	stand.Address = "redis-quorum://" + strings.Join(addrs, ",") + "?create=true"
	stand.restarted = func(ctx context.Context) error { return trust(ctx, addrs) }
	return stand, nil
}

// trust says that the servers have lost nothing.
func trust(ctx context.Context, addrs []string) error {
	var clients []*redis.Client
	for _, addr := range addrs {
		client := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true, MaxRetries: -1})
		defer func() { _ = client.Close() }() // it was used for one call
		clients = append(clients, client)
	}
	return redisquorum.Trust(ctx, clients, backendurl.DefaultNamespace)
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

func startZooKeeper(ctx context.Context) (*Stand, error) {
	s, err := zookeeperserver.Start(ctx)
	if err != nil {
		return nil, err
	}
	return &Stand{Address: "zk://" + s.Addr(), Servers: []Server{s}, end: s.Close}, nil
}

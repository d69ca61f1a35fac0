package mysql

import (
	"context"
	"database/sql"
	"net"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// poolSize is how many connections are kept: a call has four statements under way.
const poolSize = 8

// URL opens addresses of the form
//
//	mysql://user:password@host:3306/database?namespace=app&tls=true
//
// for backendurl.Open; the scheme mariadb is the same. A host without a port has 3306. The
// parameters are
//
//   - namespace: that of New, by default "tenure"
//   - migrate: true to call Migrate first, which makes the tables; by default false
//   - tls_ca, tls_cert, tls_key: see backendurl's Params.TLS; they turn TLS on
//   - those of the driver, such as tls=true, which trusts what the system trusts, and
//     timeout=5s. interpolateParams is true unless it is given, which saves a request per
//     statement.
func URL() backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"mysql", "mariadb"}, Example: "mysql://user:password@localhost:3306/database", Open: openURL}
}

func openURL(ctx context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
	p := u.Params()
	namespace, migrate, secure := p.Namespace(), p.Bool("migrate", false), p.TLS()
	native := p.Rest()
	if err := p.Done(); err != nil {
		return nil, nil, err
	}
	database := strings.TrimPrefix(u.Path, "/")
	switch {
	case len(u.Hosts) != 1:
		return nil, nil, u.Invalid("there are %d hosts, want one: write mysql://user:password@localhost:3306/database", len(u.Hosts))
	case database == "":
		return nil, nil, u.Invalid("the path is the database's name, and is empty")
	}
	if !native.Has("interpolateParams") {
		native.Set("interpolateParams", "true")
	}
	// The driver's own form has no escapes for a password: its parser gets the parameters
	// alone.
	cfg, err := driver.ParseDSN("/?" + native.Encode())
	if err != nil {
		return nil, nil, u.Refused(err)
	}
	cfg.User, cfg.DBName, cfg.Net, cfg.Addr = u.User(), database, "tcp", u.HostPorts("3306")[0]
	cfg.Passwd, _ = u.Password()
	cfg.Logger = &driver.NopLogger{} // its errors come back as well
	if secure.RootCAs != nil || secure.Certificates != nil {
		secure.ServerName, _, _ = net.SplitHostPort(cfg.Addr)
		cfg.TLS = secure
	}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, nil, u.Refused(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(poolSize)
	return sqlcore.OpenURL(migrate,
		func() error { return Migrate(ctx, db) },
		func() (*Store, error) { return New(ctx, db, namespace) },
		db.Close)
}

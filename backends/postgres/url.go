package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// URL opens addresses of the form
//
//	postgres://user:password@host1:5432,host2:5432/database?sslmode=verify-full&namespace=app
//
// for backendurl.Open; the scheme postgresql is the same. The parameters are
//
//   - namespace: that of Options, by default "tenure"
//   - schema: that of Options
//   - migrate: true to call Migrate first, which makes the tables; by default false
//   - listen: true to set Options.Listen to the same address; by default false, because
//     PgBouncer in transaction mode cannot do that
//   - those of pgx and its pool, such as sslmode, connect_timeout and pool_max_conns, and
//     any setting of the server, such as application_name. The server refuses a name that
//     it does not know.
//
// As in other programs, what the address leaves out comes from the environment: PGHOST,
// PGUSER, PGPASSWORD and so on.
func URL() backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"postgres", "postgresql"}, Example: "postgres://user:password@localhost:5432/database", Open: open}
}

func open(ctx context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
	p := u.Params()
	o := Options{Namespace: p.Namespace(), Schema: p.String("schema", DefaultSchema)}
	migrate, listen := p.Bool("migrate", false), p.Bool("listen", false)
	native := p.Rest()
	if err := p.Done(); err != nil {
		return nil, nil, err
	}
	cfg, err := pgxpool.ParseConfig(u.Text("postgres", strings.Join(u.Hosts, ","), native))
	if err != nil {
		return nil, nil, u.Refused(err)
	}
	if listen {
		o.Listen = cfg.ConnConfig
	}
	// The context of NewWithConfig is for its first connections only.
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, nil, wrap("connect", err)
	}
	return sqlcore.OpenURL(migrate,
		func() error { return Migrate(ctx, pool, o.Schema) },
		func() (*Store, error) { return New(ctx, pool, o) },
		func() error { pool.Close(); return nil })
}

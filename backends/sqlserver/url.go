package sqlserver

import (
	"context"
	"database/sql"

	mssql "github.com/microsoft/go-mssqldb"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// poolSize is how many connections are kept: a call has four statements under way.
const poolSize = 8

// URL opens addresses of the form
//
//	sqlserver://user:password@host:1433?database=app&namespace=app&encrypt=true
//
// for backendurl.Open; a path names an instance. The parameters are
//
//   - namespace and schema: those of Options, by default "tenure"
//   - migrate: true to call Migrate first, which makes the tables; by default false
//   - those of the driver, such as database, encrypt and certificate
func URL() backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"sqlserver"}, Example: "sqlserver://user:password@localhost:1433?database=app", Open: openURL}
}

func openURL(ctx context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
	p := u.Params()
	o := Options{Namespace: p.Namespace(), Schema: p.String("schema", DefaultSchema)}
	migrate := p.Bool("migrate", false)
	native := p.Rest()
	if err := p.Done(); err != nil {
		return nil, nil, err
	}
	if len(u.Hosts) != 1 {
		return nil, nil, u.Invalid("there are %d hosts, want one: write sqlserver://user:password@localhost:1433?database=app", len(u.Hosts))
	}
	connector, err := mssql.NewConnector(u.Text("sqlserver", u.Hosts[0], native))
	if err != nil {
		return nil, nil, u.Refused(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(poolSize)
	return sqlcore.OpenURL(migrate,
		func() error { return Migrate(ctx, db, o.Schema) },
		func() (*Store, error) { return New(ctx, db, o) },
		db.Close)
}

package sqlserver

import (
	"context"
	"database/sql"
	"errors"

	mssql "github.com/microsoft/go-mssqldb"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
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
	if migrate {
		err = Migrate(ctx, db, o.Schema)
	}
	var store *Store
	if err == nil {
		store, err = New(ctx, db, o)
	}
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return store, db.Close, nil
}

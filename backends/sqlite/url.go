package sqlite

import (
	"context"
	"database/sql"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// URL opens addresses of the forms
//
//	sqlite:/var/lib/app/tenure.db?namespace=app
//	sqlite:tenure.db?migrate=true
//
// for backendurl.Open: a file by its full name, or from the folder that the program runs
// in. The parameters are
//
//   - namespace: that of New, by default "tenure"
//   - migrate: true to make the file and its tables if they are not there yet, by default
//     false
func URL() backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"sqlite"}, Example: "sqlite:/folder/file.db?migrate=true", Open: open}
}

func open(ctx context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
	p := u.Params()
	namespace, migrate := p.Namespace(), p.Bool("migrate", false)
	if err := p.Done(); err != nil {
		return nil, nil, err
	}
	switch {
	case len(u.Hosts) > 0:
		return nil, nil, u.Invalid("two slashes begin a host, and a file has none: write sqlite:/folder/file.db, or sqlite:file.db")
	case u.Path == "":
		return nil, nil, u.Invalid("no file is named: write sqlite:/folder/file.db")
	}
	name := DSN(u.Path)
	if !migrate {
		name += "&mode=rw" // SQLite would make an empty file
	}
	db, err := sql.Open(DriverName, name)
	if err != nil {
		return nil, nil, wrap("open", err)
	}
	return sqlcore.OpenURL(migrate,
		func() error { return Migrate(ctx, db) },
		func() (*Store, error) { return New(ctx, db, namespace) },
		db.Close)
}

package postgres_test

import (
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/postgres"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver/postgrestest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
)

func TestURL_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	urltest.Refuses(t, postgres.URL(), map[string]string{
		"postgres://u:hunter2@h/db?migrate=yes":                `the parameter "migrate" is "yes"`,
		"postgres://u:hunter2@h/db?listen=":                    `the parameter "listen" is empty`,
		"postgres://u:hunter2@h/db?schema=Tenure":              `the schema "Tenure"`,
		"postgres://u:hunter2@h/db?namespace=a&namespace=b":    "there 2 times",
		"postgres://u:hunter2@h/db?sslmode=hunter2":            "sslmode",
		"postgres://u:hunter2@h/db?pool_max_conns=none":        "pool_max_conns",
		"postgresql://u:hunter2@h/db?connect_timeout=-1":       "connect_timeout",
		"postgres://h/db?password=hunter2&sslmode=what":        "sslmode",
		"postgres://u:hunter2@h/db?sslrootcert=/nowhere/ca":    "/nowhere/ca",
		"postgres://u:hunter2@h/db?target_session_attrs=worst": "target_session_attrs",
	})
}

func TestURL_OnARealServer(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{Password: urltest.Secret})
	at := "@" + server.Addr() + "/" + postgresserver.Database
	good := "postgres://" + postgresserver.User + ":" + urltest.Secret + at
	urltest.Fails(t, postgres.URL(), good, backends.ErrUnsupported, "call postgres.Migrate")
	urltest.Works(t, postgres.URL(), good+"?migrate=true")
	urltest.Works(t, postgres.URL(), good+"?application_name=tenure%20test&pool_max_conns=3&schema=second&migrate=true")
	for address, want := range map[string]string{
		"postgres://" + postgresserver.User + ":not-" + urltest.Secret + at: "check the user's name and password",
		"postgres://nobody:" + urltest.Secret + at:                          "check the user's name and password",
	} {
		urltest.Fails(t, postgres.URL(), address, backends.ErrDenied, want)
	}
	urltest.Fails(t, postgres.URL(), good+"?namespce=x", backends.ErrUnavailable, `unrecognized configuration parameter "namespce"`)
	urltest.Fails(t, postgres.URL(), "postgres://u:"+urltest.Secret+"@127.0.0.1:1/db", backends.ErrUnavailable, "connection refused")
	// Hosts are tried in turn.
	urltest.Open(t, postgres.URL(), "postgres://"+postgresserver.User+":"+urltest.Secret+"@127.0.0.1:1,"+server.Addr()+"/"+postgresserver.Database)
}

// With listen=true, and not without, a store listens while there are watches.
func TestURL_Listens(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{Password: urltest.Secret})
	address := "postgres://" + postgresserver.User + ":" + urltest.Secret + "@" + server.Addr() + "/" + postgresserver.Database + "?migrate=true&application_name="
	for _, store := range []backends.Backend{
		urltest.Open(t, postgres.URL(), address+"deaf"), urltest.Open(t, postgres.URL(), address+"ears&listen=true"),
	} {
		if _, err := store.Watch(t.Context(), time.Minute, backends.InDir("d/")); err != nil {
			t.Fatal(err)
		}
	}
	pool := login(t, server, postgresserver.User, urltest.Secret)
	listeners := func(name string) (n int) {
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN%'`, name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	storetest.Until(t, 10*time.Second, "one connection listens", func() bool { return listeners("ears") == 1 })
	if n := listeners("deaf"); n != 0 {
		t.Errorf("%d connections listen without listen=true", n)
	}
}

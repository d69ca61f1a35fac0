package sqlserver_test

import (
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/sqlserver"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
)

// No SQL Server runs here: addresses are only read, and nobody answers.
func TestURL(t *testing.T) {
	t.Parallel()
	urltest.Refuses(t, sqlserver.URL(), map[string]string{
		"sqlserver:":                               "there are 0 hosts",
		"sqlserver://u:hunter2@h1,h2":              "there are 2 hosts",
		"sqlserver://u:hunter2@h?migrate=1":        `the parameter "migrate" is "1"`,
		"sqlserver://u:hunter2@h?encrypt=perhaps":  "encrypt",
		"sqlserver://u:hunter2@h?namespace=":       `the parameter "namespace" is empty`,
		"sqlserver://u:hunter2@h?schema=a&schema=": "is there 2 times, want it once",
	})
	urltest.Fails(t, sqlserver.URL(), "sqlserver://u:hunter2@127.0.0.1:1?database=d&dial+timeout=1", backends.ErrUnavailable, "")
}

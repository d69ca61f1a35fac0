package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/sqlite"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
)

func TestURL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	urltest.Works(t, sqlite.URL(), "sqlite:"+dir+"/a%20%3F%25@b.db?migrate=true")
	urltest.Works(t, sqlite.URL(), "sqlite://"+dir+"/second.db?migrate=true")
	if _, err := os.Stat(filepath.Join(dir, "a ?%@b.db")); err != nil {
		t.Error(err)
	}
	urltest.Open(t, sqlite.URL(), "sqlite:"+dir+"/second.db") // it has its tables
	urltest.Refuses(t, sqlite.URL(), map[string]string{
		"sqlite:":                       "no file is named",
		"sqlite:?migrate=true":          "no file is named",
		"sqlite://tenure.db":            "two slashes begin a host",
		"sqlite:x.db?migrate=1":         `the parameter "migrate" is "1", want true or false`,
		"sqlite:x.db?mode=ro":           `the parameter "mode" is not known; sqlite: has migrate, namespace`,
		"sqlite::memory:?migrate=true":  "and that a file",
		"sqlite:x.db?namespace=":        `the parameter "namespace" is empty`,
		"sqlite://u:hunter2@h/x.db?a=b": `the parameter "a" is not known`,
	})
}

// An address with a mistake makes no file.
func TestURL_MakesNothingUnlessToldTo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tenure.db")
	urltest.Fails(t, sqlite.URL(), "sqlite:"+path, backends.ErrDenied, "unable to open")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a file: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	urltest.Fails(t, sqlite.URL(), "sqlite:"+path, backends.ErrInvalid, "call sqlite.Migrate")
}

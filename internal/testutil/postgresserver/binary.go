package postgresserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// BinaryEnv is the environment variable that names the folder of the binaries postgres
// and initdb.
const BinaryEnv = "TENURE_POSTGRES_BIN"

// defaultFolder is where Debian's package postgresql-15 puts them.
const defaultFolder = "/usr/lib/postgresql/15/bin"

// ErrNoBinary is returned when there is no PostgreSQL to run. The error that wraps it
// names the path that was looked at.
var ErrNoBinary = errors.New("no PostgreSQL: run `apt-get install postgresql`, or set " + BinaryEnv + " to the folder of its binaries")

// Folder returns the folder of the binaries: what BinaryEnv names, else Debian's. It
// returns ErrNoBinary if there is no postgres or initdb in it.
func Folder() (string, error) {
	folder := os.Getenv(BinaryEnv)
	if folder == "" {
		folder = defaultFolder
	}
	for _, name := range []string{"postgres", "initdb"} {
		path := filepath.Join(folder, name)
		info, err := os.Stat(path)
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrNoBinary, err)
		}
		if !info.Mode().IsRegular() {
			return "", fmt.Errorf("%w: %s is not a file", ErrNoBinary, path)
		}
	}
	return folder, nil
}

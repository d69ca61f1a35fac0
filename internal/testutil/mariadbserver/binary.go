package mariadbserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// BinaryEnv is the environment variable that names the folder of the binaries mariadbd
// and mariadb-install-db.
const BinaryEnv = "TENURE_MARIADB_BIN"

// serverFolder is where Debian's package mariadb-server puts mariadbd, outside the usual
// PATH.
const serverFolder = "/usr/sbin"

// ErrNoBinary is returned when there is no MariaDB to run. The error that wraps it says
// what was looked for.
var ErrNoBinary = errors.New("no MariaDB: run `apt-get install --no-install-recommends mariadb-server`, or set " + BinaryEnv + " to the folder of its binaries")

// Binaries returns the paths of mariadbd and mariadb-install-db: in the folder that
// BinaryEnv names, else where Debian puts them. It returns ErrNoBinary.
func Binaries() (server, install string, err error) {
	server, install = filepath.Join(serverFolder, "mariadbd"), "mariadb-install-db"
	if folder := os.Getenv(BinaryEnv); folder != "" {
		server, install = filepath.Join(folder, "mariadbd"), filepath.Join(folder, "mariadb-install-db")
	}
	for _, path := range []*string{&server, &install} {
		if *path, err = exec.LookPath(*path); err != nil {
			return "", "", fmt.Errorf("%w: %w", ErrNoBinary, err)
		}
	}
	return server, install, nil
}

package etcdserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Version is the etcd version that `make etcd` builds. The folder tools/etcd pins it.
const Version = "v3.6.16"

// BinaryEnv is the environment variable that names another etcd binary to run.
const BinaryEnv = "TENURE_ETCD_BIN"

// ErrNoBinary is returned when there is no etcd binary to run. The error that wraps
// it names the path that was looked at.
var ErrNoBinary = errors.New("no etcd binary: run `make etcd`, or set " + BinaryEnv + " to one")

// Binary returns the path of the etcd binary: what BinaryEnv names, else the one that
// `make etcd` left in the user's cache directory. It returns ErrNoBinary if there is
// no file at that path.
func Binary() (string, error) {
	path := os.Getenv(BinaryEnv)
	if path == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrNoBinary, err)
		}
		path = filepath.Join(cache, "tenure", "etcd-"+Version, "etcd")
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoBinary, err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%w: %s is not a file", ErrNoBinary, path)
	}
	return path, nil
}

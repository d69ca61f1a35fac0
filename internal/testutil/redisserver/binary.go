package redisserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// BinaryEnv is the environment variable that names another redis-server to run.
const BinaryEnv = "TENURE_REDIS_BIN"

// ErrNoBinary is returned when there is no redis-server to run.
var ErrNoBinary = errors.New("no redis-server: install Redis 7.0 or later (Debian: redis-server), or set " + BinaryEnv + " to one")

// Binary returns the path of redis-server: what BinaryEnv names, else what PATH has.
// It returns ErrNoBinary, with the cause, if there is none.
func Binary() (string, error) {
	name := os.Getenv(BinaryEnv)
	if name == "" {
		name = "redis-server"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoBinary, err)
	}
	return path, nil
}

package azuriteserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Pinned is the version of Azurite that the tests were written for. Newer ones want a
// newer Node.js than Debian's.
const Pinned = "3.35.0"

// BinaryEnv is the environment variable that names another Azurite to run: the path of
// its dist/src/blob/main.js.
const BinaryEnv = "TENURE_AZURITE_BIN"

// ErrNoBinary is returned when there is no Azurite to run, or no Node.js to run it. The
// error that wraps it names what was looked for.
var ErrNoBinary = errors.New("no Azurite: install Node.js 20 or later and run `npm install --prefix ~/.cache/tenure/azurite-" + Pinned +
	" --omit=dev azurite@" + Pinned + "`, or set " + BinaryEnv + " to the path of its dist/src/blob/main.js")

// Binary returns the path of Node.js and that of the script that it runs: what BinaryEnv
// names, else the one in the user's cache directory. It returns ErrNoBinary if one of
// them is missing.
func Binary() (node, script string, err error) {
	script = os.Getenv(BinaryEnv)
	if script == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", "", fmt.Errorf("%w: %w", ErrNoBinary, err)
		}
		script = filepath.Join(cache, "tenure", "azurite-"+Pinned, "node_modules", "azurite", "dist", "src", "blob", "main.js")
	}
	info, err := os.Stat(script)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrNoBinary, err)
	}
	if !info.Mode().IsRegular() {
		return "", "", fmt.Errorf("%w: %s is not a file", ErrNoBinary, script)
	}
	if node, err = exec.LookPath("node"); err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrNoBinary, err)
	}
	return node, script, nil
}

package zookeeperserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// JarEnv is the environment variable that names the server's jar, whose manifest must
// name the libraries that the server needs.
const JarEnv = "TENURE_ZOOKEEPER_JAR"

// defaultJar is where Debian's package zookeeper puts it.
const defaultJar = "/usr/share/java/zookeeper.jar"

// ErrNoBinary is returned when there is no ZooKeeper to run, or no Java to run it with.
var ErrNoBinary = errors.New("no ZooKeeper: run `apt-get install --no-install-recommends zookeeper`, or set " + JarEnv + " to the path of its jar, and put java on the PATH")

// Binaries returns the path of java and of the server's jar: what JarEnv names, else
// Debian's. It returns ErrNoBinary if one of them is missing.
func Binaries() (java, jar string, err error) {
	java, err = exec.LookPath("java")
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrNoBinary, err)
	}
	jar = os.Getenv(JarEnv)
	if jar == "" {
		jar = defaultJar
	}
	info, err := os.Stat(jar)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrNoBinary, err)
	}
	if !info.Mode().IsRegular() {
		return "", "", fmt.Errorf("%w: %s is not a file", ErrNoBinary, jar)
	}
	return java, jar, nil
}

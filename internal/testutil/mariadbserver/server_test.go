package mariadbserver_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tenure-go/tenure/internal/testutil/mariadbserver"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver/mariadbtest"
	"github.com/tenure-go/tenure/internal/testutil/process"
)

func TestServer_EndsAndComesBackOnItsPort(t *testing.T) {
	t.Parallel()
	s := mariadbtest.Start(t)
	listens := func() bool { return process.Listens(s.Addr())(t.Context()) == nil }
	for name, end := range map[string]func() error{"Kill": s.Kill, "Stop": s.Stop} {
		if !listens() {
			t.Fatalf("before %s it does not listen", name)
		}
		if err := s.Restart(t.Context()); !errors.Is(err, process.ErrRunning) {
			t.Errorf("Restart of a running server: %v", err)
		}
		if err := end(); err != nil || listens() {
			t.Errorf("%s: %v, still listens: %v", name, err, listens())
		}
		if err := s.Restart(t.Context()); err != nil {
			t.Fatalf("Restart after %s: %v", name, err)
		}
	}
}

func TestStart_WithoutBinaries(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(mariadbserver.BinaryEnv, folder)
	if _, err := mariadbserver.Start(t.Context()); !errors.Is(err, mariadbserver.ErrNoBinary) {
		t.Errorf("without binaries: %v", err)
	}
	if err := os.Mkdir(filepath.Join(folder, "mariadbd"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := mariadbserver.Binaries(); !errors.Is(err, mariadbserver.ErrNoBinary) {
		t.Errorf("with a folder of its name: %v", err)
	}
}

package postgresserver_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver/postgrestest"
	"github.com/tenure-go/tenure/internal/testutil/process"
)

func listens(s *postgresserver.Server) bool {
	conn, err := net.Dial("tcp", s.Addr())
	if err == nil {
		_ = conn.Close() // nothing was written
	}
	return err == nil
}

func TestServer_EndsAndComesBackOnItsPort(t *testing.T) {
	t.Parallel()
	s := postgrestest.Start(t, postgresserver.Options{})
	for name, end := range map[string]func() error{"Kill": s.Kill, "Stop": s.Stop} {
		if !listens(s) {
			t.Fatalf("before %s it does not listen", name)
		}
		if err := s.Restart(t.Context()); !errors.Is(err, process.ErrRunning) {
			t.Errorf("Restart of a running server: %v", err)
		}
		if err := end(); err != nil || listens(s) {
			t.Errorf("%s: %v, still listens: %v", name, err, listens(s))
		}
		if err := s.Restart(t.Context()); err != nil {
			t.Fatalf("Restart after %s: %v", name, err)
		}
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := s.Standby(t.Context()); err != nil || !listens(s) {
		t.Errorf("Standby: %v", err)
	}
}

func TestStart_WithoutBinaries(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(postgresserver.BinaryEnv, folder)
	if _, err := postgresserver.Start(t.Context(), postgresserver.Options{}); !errors.Is(err, postgresserver.ErrNoBinary) {
		t.Errorf("without binaries: %v", err)
	}
	if err := os.Mkdir(filepath.Join(folder, "postgres"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := postgresserver.Folder(); !errors.Is(err, postgresserver.ErrNoBinary) {
		t.Errorf("with a folder of its name: %v", err)
	}
}

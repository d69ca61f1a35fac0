package azuriteserver_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver/azuritetest"
	"github.com/tenure-go/tenure/internal/testutil/process"
)

func TestServer_StopsAndStartsAgain(t *testing.T) {
	t.Parallel()
	s := azuritetest.Start(t)
	if !strings.HasPrefix(s.Version(), "3.") {
		t.Errorf("version %q, want 3.x", s.Version())
	}
	if err := s.Restart(t.Context()); !errors.Is(err, process.ErrRunning) {
		t.Errorf("Restart of a running server: %v, want ErrRunning", err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if conn, err := net.Dial("tcp", s.Addr()); err == nil {
		_ = conn.Close()
		t.Errorf("%s is still listened on after Stop", s.Addr())
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := s.Restart(t.Context()); !errors.Is(err, process.ErrClosed) {
		t.Errorf("Restart of a closed server: %v, want ErrClosed", err)
	}
}

func TestBinary_NamesWhatToDo(t *testing.T) {
	t.Setenv(azuriteserver.BinaryEnv, filepath.Join(t.TempDir(), "absent"))
	if _, err := azuriteserver.Start(t.Context()); !errors.Is(err, azuriteserver.ErrNoBinary) || !strings.Contains(err.Error(), "npm install") {
		t.Errorf("Start without Azurite: %v, want ErrNoBinary and the command that installs it", err)
	}
}

func TestStart_ShowsTheLogOfAServerThatFails(t *testing.T) {
	azuritetest.Start(t) // ends the test where there is no Azurite
	script := filepath.Join(t.TempDir(), "main.js")
	if err := os.WriteFile(script, []byte(`throw new Error("no such emulator")`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(azuriteserver.BinaryEnv, script)
	_, err := azuriteserver.Start(t.Context())
	if !errors.Is(err, process.ErrExited) || !strings.Contains(err.Error(), "no such emulator") {
		t.Errorf("Start of what is no Azurite: %v, want ErrExited and the words of Node.js", err)
	}
}

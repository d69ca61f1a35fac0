package redisserver_test

import (
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/internal/testutil/process"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
)

func TestServer_StopsAndStartsAgain(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	if err := s.Restart(t.Context()); !errors.Is(err, process.ErrRunning) {
		t.Errorf("Restart of a running server: %v, want ErrRunning", err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); !errors.Is(err, process.ErrNotRunning) {
		t.Errorf("Kill of a stopped server: %v, want ErrNotRunning", err)
	}
	if conn, err := net.Dial("tcp", s.Addr()); err == nil {
		_ = conn.Close()
		t.Errorf("%s is still listened on after Stop", s.Addr())
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestStart_ShowsTheLogOfAServerThatFails(t *testing.T) {
	t.Parallel()
	redistest.Start(t) // ends the test where there is no Redis
	_, err := redisserver.Start(t.Context(), "--no-such-setting", "1")
	if err == nil || !strings.Contains(err.Error(), "no-such-setting") {
		t.Errorf("Start with a wrong setting: %v, want the server's own words", err)
	}
}

func TestBinary_NamesWhatToDo(t *testing.T) {
	t.Setenv(redisserver.BinaryEnv, filepath.Join(t.TempDir(), "absent"))
	if _, err := redisserver.Start(t.Context()); !errors.Is(err, redisserver.ErrNoBinary) {
		t.Errorf("Start without a binary: %v, want ErrNoBinary", err)
	}
}

package zookeeperserver_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/process"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

func TestStart_KillPauseAndRestart(t *testing.T) {
	t.Parallel()
	s := zookeepertest.Start(t)
	status, err := s.Status(t.Context())
	if err != nil || status.Mode != "standalone" || status.Version == "" {
		t.Fatalf("status = %+v, %v; want a standalone server with a version", status, err)
	}
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if status, err := s.Status(ctx); err == nil {
		t.Errorf("a paused server answers %+v", status)
	}
	if err := errors.Join(s.Resume(), s.Kill()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Status(t.Context()); err == nil {
		t.Error("a killed server answers")
	}
	addr := s.Addr()
	if err := s.Restart(t.Context()); err != nil || s.Addr() != addr {
		t.Fatalf("restart: %v, at %s instead of %s", err, s.Addr(), addr)
	}
	if err := s.Restart(t.Context()); !errors.Is(err, process.ErrRunning) {
		t.Errorf("restart of a running server: %v, want ErrRunning", err)
	}
}

func TestEnsemble_ElectsANewLeader(t *testing.T) {
	t.Parallel()
	e := zookeepertest.StartEnsemble(t, 3)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	first, others, err := e.Leader(ctx)
	if err != nil || len(others) != 2 || slices.Contains(others, first) {
		t.Fatalf("leader %v, others %v, %v", first, others, err)
	}
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	if next, _, err := e.Leader(ctx); err != nil || next == first {
		t.Errorf("the leader after the first was killed: %v, %v", next, err)
	}
	if err := first.Restart(ctx); err != nil {
		t.Error(err)
	}
}

func TestBinaries_SaysWhatToDo(t *testing.T) {
	t.Setenv(zookeeperserver.JarEnv, filepath.Join(t.TempDir(), "none.jar"))
	if _, err := zookeeperserver.Start(t.Context()); !errors.Is(err, zookeeperserver.ErrNoBinary) {
		t.Errorf("start without a jar: %v, want ErrNoBinary", err)
	}
}

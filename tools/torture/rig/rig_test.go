package rig

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/testutil"
	"github.com/tenure-go/tenure/internal/testutil/stands"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
)

func TestOpenStore_RefusesWhatItCannotTorture(t *testing.T) {
	t.Parallel()
	for backend, want := range map[string]string{"memory:": "one process", "nonsense": cluster} {
		_, err := openStore(t.Context(), backend, t.TempDir(), nemesis.Case{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", backend, err, want)
		}
	}
	if _, err := openStore(t.Context(), "nonsense", t.TempDir(), nemesis.Case{}); !errors.Is(err, stands.ErrUnknown) {
		t.Errorf("%v, want ErrUnknown", err)
	}
}

// A fault that cannot be done is said with a reason.
func TestAbilities_SayWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	mix, _ := nemesis.Find(nemesis.Mix)
	for backend, want := range map[string][]nemesis.Kind{
		"sqlite":                {nemesis.Cut, nemesis.ServerKill, nemesis.LeaderKill},
		"redis://127.0.0.1:999": {nemesis.ServerKill, nemesis.ServerPause},
	} {
		s, err := openStore(t.Context(), backend, t.TempDir(), mix)
		if err != nil {
			t.Fatal(err)
		}
		missing := s.abilities()
		lines := strings.Join(leftOut(mix, missing), "\n")
		for _, kind := range want {
			if missing[kind] == "" || !strings.Contains(lines, string(kind)) {
				t.Errorf("%s: %q is not said to be left out: %s", backend, kind, lines)
			}
		}
		if why, no := missing[nemesis.Kill]; no {
			t.Errorf("%s: workers cannot be killed: %s", backend, why)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFreezer_StandsAProcessStill(t *testing.T) {
	t.Parallel()
	if err := canFreeze(); err != nil {
		testutil.Missing(t, "freezer", err.Error())
	}
	f, err := newFreezer("tenure-torture-test-" + strconv.Itoa(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := f.freeze(t.Context(), cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	// A frozen process does not even die before it is thawed.
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = cmd.Wait() // it was killed
	}()
	select {
	case <-gone:
		t.Error("it ran while it was frozen")
	case <-time.After(100 * time.Millisecond):
	}
	if err := f.thaw(); err != nil {
		t.Fatal(err)
	}
	<-gone
	if err := f.close(); err != nil {
		t.Error(err)
	}
}

func TestNetwork_IsCutAndHealed(t *testing.T) {
	t.Parallel()
	if err := canPartition(); err != nil {
		testutil.Missing(t, "namespaces", err.Error())
	}
	n, err := newNetwork(61)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.close(); err != nil {
			t.Error(err)
		}
	}()
	l, err := net.Listen("tcp", n.local+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	reach := func(seconds string) error {
		host, port, _ := strings.Cut(l.Addr().String(), ":")
		cmd := exec.Command("timeout", seconds, "bash", "-c", "exec 3<>/dev/tcp/"+host+"/"+port)
		if err := n.within(cmd); err != nil {
			t.Fatal(err)
		}
		return cmd.Run()
	}
	if err := reach("20"); err != nil {
		t.Errorf("this machine cannot be reached: %v", err)
	}
	if err := n.cut(func() error {
		if reach("1") == nil {
			t.Error("this machine is reached although the link is cut")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := reach("20"); err != nil {
		t.Errorf("this machine cannot be reached any more: %v", err)
	}
}

func TestClock_StepsTheWallClockOfAProgram(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("gcc"); err != nil {
		testutil.Missing(t, "gcc", err.Error())
	}
	steps, _ := nemesis.Find("clock-stepped")
	k, err := newClock(t.TempDir(), "redis", steps)
	if err != nil {
		t.Fatal(err)
	}
	for _, ahead := range []time.Duration{0, clockStep, 0} {
		if err := k.set(ahead); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("date", "+%s")
		cmd.Env = append(os.Environ(), "LD_PRELOAD="+k.library, clockEnv+"="+k.file)
		before := time.Now()
		output, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		seconds, err := strconv.ParseInt(strings.TrimSpace(string(output)), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		shown := time.Unix(seconds, 0).Sub(before)
		if off := shown - ahead; off < -2*time.Second || off > 20*time.Second {
			t.Errorf("ahead by %v: the program's clock is %v ahead", ahead, shown)
		}
	}
	if k, err := newClock(t.TempDir(), "sqlite", steps); k != nil || err != nil {
		t.Errorf("a store without such a clock: %v, %v", k, err)
	}
}

func TestStarve_EndsInTime(t *testing.T) {
	t.Parallel()
	const d = 50 * time.Millisecond
	begun := time.Now()
	if err := starve(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < d {
		t.Errorf("the programs ran for %v, want %v", took, d)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := starve(gone, time.Minute); err == nil {
		t.Error("the programs run although nobody waits for them")
	}
}

func TestMain(m *testing.M) {
	Spin() // the test binary is the spinning program, too
	os.Exit(m.Run())
}

package rig

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// spinEnv makes this program one that uses a processor for the time that it says.
const spinEnv = "TENURE_TORTURE_SPIN"

// Spin uses a processor and exits if this process is to do so; else it returns at once.
func Spin() {
	text, ok := os.LookupEnv(spinEnv)
	if !ok {
		return
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		os.Exit(1)
	}
	for end := time.Now().Add(d); time.Now().Before(end); {
		// It is meant to be busy.
	}
	os.Exit(0)
}

// starve runs programs that use all processors, four for each, for a time.
func starve(ctx context.Context, d time.Duration) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var errs []error
	var spinners []*exec.Cmd
	for range 4 * runtime.NumCPU() {
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), spinEnv+"="+d.String(), "GOMAXPROCS=1")
		if err := cmd.Start(); err != nil {
			errs = append(errs, err)
			continue
		}
		spinners = append(spinners, cmd)
	}
	for _, cmd := range spinners {
		errs = append(errs, cmd.Wait())
	}
	return errors.Join(errs...)
}

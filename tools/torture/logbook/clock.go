package logbook

import (
	"time"

	"golang.org/x/sys/unix"
)

// Now reads the monotonic clock of the machine. All processes of a machine share it, so
// that readings of different processes can be compared, and a process that is stopped
// does not stop it.
func Now() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic("the monotonic clock cannot be read: " + err.Error()) // POSIX requires the clock
	}
	return time.Duration(ts.Nano())
}

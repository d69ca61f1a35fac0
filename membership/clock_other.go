//go:build !linux

package membership

import "time"

// bootTime is unknown here: a machine that sleeps is noticed only by the
// token. docs/guarantees.md says so.
func bootTime() (time.Duration, bool) { return 0, false }

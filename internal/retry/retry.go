// Package retry gives jittered, growing pauses between attempts. It is the
// only importer of the back-off library.
package retry

import (
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Pauses is a growing series of random pauses. It is not safe for concurrent
// use.
type Pauses struct{ b *backoff.ExponentialBackOff }

// New returns pauses that begin around first, grow by half each time, and stay
// below most. They never end by themselves.
func New(first, most time.Duration) *Pauses {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = max(first, time.Millisecond)
	b.RandomizationFactor = 0.5
	b.Multiplier = 1.5
	// A pause is drawn from 0.5 to 1.5 times its interval.
	b.MaxInterval = max(b.InitialInterval, most*2/3)
	b.MaxElapsedTime = 0
	b.Reset()
	return &Pauses{b}
}

// Next returns the next pause.
func (p *Pauses) Next() time.Duration { return p.b.NextBackOff() }

// Reset starts again from the first pause.
func (p *Pauses) Reset() { p.b.Reset() }

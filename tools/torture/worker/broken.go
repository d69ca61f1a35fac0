package worker

import (
	"math"
	"time"

	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// clock returns the clock of the node, nil for the right one.
func (o Order) clock() membership.Clock {
	if o.Broken == SlowClock {
		return slow{membership.MonotonicClock()}
	}
	return nil
}

// slow is a clock of half the rate.
type slow struct{ membership.Clock }

func (s slow) Now() time.Duration { return s.Clock.Now() / 2 }

func (s slow) AfterFunc(d time.Duration, f func()) membership.Timer { return s.Clock.AfterFunc(2*d, f) }

// deaf reports whether the worker takes no notice of Check.
func (o Order) deaf() bool { return o.Broken == Deaf || o.Broken == Tokenless }

// token returns what is sent with a write.
func (o Order) token(c *partitions.Claim) uint64 {
	if o.Broken == Tokenless {
		return math.MaxUint64
	}
	return uint64(c.Token())
}

// haunt writes on with a claim that is over, for three TTLs.
func (w *worker) haunt(c *partitions.Claim) {
	for end := logbook.Now() + 3*w.order.TTL; logbook.Now() < end; time.Sleep(writeEvery) {
		w.write(c)
	}
}

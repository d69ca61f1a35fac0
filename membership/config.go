package membership

import (
	"cmp"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/trust"
	"github.com/tenure-go/tenure/observe"
)

// Defaults of Config.
const (
	DefaultTTL        = 15 * time.Second
	DefaultClockError = 0.01
)

// maxName is the longest name of a member, in bytes. Names appear in records
// and in keys, where escaping can make them three times longer.
const maxName = 80

// Config says how a node joins. Only Name is required.
type Config struct {
	// Name is the member's name, a label for people and for reservations: 1 to
	// 80 bytes of UTF-8. Two live members may have one name.
	Name string
	// TTL is the time after its last renewal at which the store may let the
	// node's session expire; default 15 s. A renewal starts every TTL/3.
	TTL time.Duration
	// Margin is taken off the trust window for timers that fire late and for
	// cancelling many contexts; default TTL/20.
	Margin time.Duration
	// ClockError is the assumed relative error between the rates of this
	// node's clock and the store's, 0 < ClockError < 0.5; default 0.01.
	ClockError float64
	// ClockStep is how far the store's clock may be stepped forward during a
	// TTL on stores that expire by wall time; default 0.
	ClockStep time.Duration
	// Address is told to others, for example where to send requests; optional.
	Address string
	// Build is told to others, for example a version; optional.
	Build string
	// Observer receives the node's events; nil drops them.
	Observer observe.Observer
	// Clock is for tests; nil means SystemClock.
	Clock Clock
}

// withDefaults fills what was left zero.
func (c Config) withDefaults() Config {
	c.TTL = cmp.Or(c.TTL, DefaultTTL)
	c.Margin = cmp.Or(c.Margin, c.TTL/20)
	c.ClockError = cmp.Or(c.ClockError, DefaultClockError)
	c.Observer = observe.OrNop(c.Observer)
	if c.Clock == nil {
		c.Clock = SystemClock()
	}
	return c
}

// validate returns every problem at once, each wrapped in ErrInvalidConfig.
func (c Config) validate(caps backends.Capabilities) error {
	var problems []error
	bad := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf("%w: "+format, append([]any{ErrInvalidConfig}, args...)...))
		}
	}
	bad(len(c.Name) > 0 && len(c.Name) <= maxName, "Name has %d bytes, it needs 1 to %d", len(c.Name), maxName)
	bad(utf8.ValidString(c.Name), "Name %q is not valid UTF-8", c.Name)
	bad(c.TTL >= caps.MinTTL && c.TTL <= caps.MaxTTL, "TTL is %v, but %s takes %v to %v", c.TTL, caps.Store, caps.MinTTL, caps.MaxTTL)
	bad(c.ClockError > 0 && c.ClockError < 0.5, "ClockError is %v, it must be above 0 and below 0.5", c.ClockError)
	bad(c.Margin > 0, "Margin is %v, it must be positive", c.Margin)
	bad(c.ClockStep >= 0, "ClockStep is %v, it must not be negative", c.ClockStep)
	if len(problems) == 0 {
		window := c.trust(c.TTL)
		bad(window >= c.TTL/2, "a trust window of %v (TTL %v × (1 − ClockError %v) − ClockStep %v − Margin %v) is less than half the TTL and leaves no time to try again",
			window, c.TTL, c.ClockError, c.ClockStep, c.Margin)
	}
	return errors.Join(problems...)
}

// trust is how long a session may be trusted after a renewal was sent, when the
// store keeps it for validFor.
func (c Config) trust(validFor time.Duration) time.Duration {
	return trust.Rule{ClockError: c.ClockError, ClockStep: c.ClockStep, Margin: c.Margin}.For(validFor)
}

// every is the time between the beginnings of two renewals.
func (c Config) every() time.Duration { return c.TTL / 3 }

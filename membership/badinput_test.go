package membership_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
)

// wholeSeconds is a store with the limits of a real one.
type wholeSeconds struct{ backends.Backend }

func (w wholeSeconds) Capabilities() backends.Capabilities {
	c := w.Backend.Capabilities()
	c.Store, c.MinTTL, c.MaxTTL, c.TTLStep = "picky", 2*time.Second, time.Minute, time.Second
	return c
}

func TestJoin_BadInput(t *testing.T) {
	good := membership.Config{Name: "a", TTL: 5 * time.Second}
	with := func(change func(*membership.Config)) membership.Config {
		c := good
		change(&c)
		return c
	}
	for name, test := range map[string]struct {
		cfg  membership.Config
		want string
	}{
		"no name":             {with(func(c *membership.Config) { c.Name = "" }), "Name has 0 bytes, it needs 1 to 80"},
		"long name":           {with(func(c *membership.Config) { c.Name = strings.Repeat("x", 81) }), "Name has 81 bytes, it needs 1 to 80"},
		"name not UTF-8":      {with(func(c *membership.Config) { c.Name = "a\xff" }), `Name "a\xff" is not valid UTF-8`},
		"negative TTL":        {with(func(c *membership.Config) { c.TTL = -time.Second }), "TTL is -1s, but picky takes 2s to 1m0s"},
		"TTL below the store": {with(func(c *membership.Config) { c.TTL = time.Second }), "TTL is 1s, but picky takes 2s to 1m0s"},
		"TTL above the store": {with(func(c *membership.Config) { c.TTL = time.Hour }), "TTL is 1h0m0s, but picky takes 2s to 1m0s"},
		"clock error 0.5":     {with(func(c *membership.Config) { c.ClockError = 0.5 }), "ClockError is 0.5, it must be above 0 and below 0.5"},
		"negative clock error": {with(func(c *membership.Config) { c.ClockError = -0.1 }),
			"ClockError is -0.1, it must be above 0 and below 0.5"},
		"negative margin": {with(func(c *membership.Config) { c.Margin = -time.Second }), "Margin is -1s, it must be positive"},
		"negative step":   {with(func(c *membership.Config) { c.ClockStep = -time.Second }), "ClockStep is -1s, it must not be negative"},
		"margin eats the window": {with(func(c *membership.Config) { c.Margin = 3 * time.Second }),
			"a trust window of 1.95s (TTL 5s × (1 − ClockError 0.01) − ClockStep 0s − Margin 3s) is less than half the TTL and leaves no time to try again"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := membership.Join(t.Context(), wholeSeconds{memory.New()}, test.cfg)
			if !errors.Is(err, membership.ErrInvalidConfig) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Join returned %v, want ErrInvalidConfig with %q", err, test.want)
			}
		})
	}
}

func TestJoin_BadArguments(t *testing.T) {
	cfg := membership.Config{Name: "a", TTL: 5 * time.Second}
	if _, err := membership.Join(t.Context(), nil, cfg); !errors.Is(err, membership.ErrInvalidConfig) {
		t.Errorf("without a backend: %v", err)
	}
	var none context.Context
	if _, err := membership.Join(none, memory.New(), cfg); !errors.Is(err, membership.ErrInvalidConfig) {
		t.Errorf("without a context: %v", err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := membership.Join(done, memory.New(), cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is done: %v", err)
	}
}

func TestLeave_Twice(t *testing.T) {
	node, err := membership.Join(t.Context(), memory.New(), membership.Config{Name: "a", TTL: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Leave(t.Context(), membership.Reserve(-time.Second)); !errors.Is(err, membership.ErrInvalidConfig) {
		t.Errorf("Leave with a negative reservation: %v", err)
	}
	if err := node.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := node.Leave(t.Context()); !errors.Is(err, membership.ErrLeft) {
		t.Errorf("second Leave: %v, want ErrLeft", err)
	}
	if err := node.Err(); !errors.Is(err, membership.ErrLeft) {
		t.Errorf("Err after Leave: %v, want ErrLeft", err)
	}
	if _, err := node.Enter("late", nil); !errors.Is(err, membership.ErrLeft) {
		t.Errorf("Enter after Leave: %v, want ErrLeft", err)
	}
}

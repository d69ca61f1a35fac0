package timed

import (
	"time"

	"github.com/tenure-go/tenure/internal/trust"
)

// Variant is one exploration.
type Variant struct {
	Name  string
	Rules Rules
	// Breaks is the ID of the promise that a broken variant must break, "" for
	// the library's rule.
	Breaks string
	// AtLeast is how many states are known: fewer mean that the model has lost
	// something that the world can do.
	AtLeast int
}

// library is the rule that the library runs, with a quarter for ρ.
func library() Rules {
	return Rules{Rule: trust.Rule{ClockError: 0.25, Margin: margin}, Extend: trust.Extend, ttl: 24}
}

// Variants are the library's rule, which must hold, and broken ones, each of
// which must break what is named for it.
func Variants() []Variant {
	variant := func(name, breaks string, atLeast int, change func(*Rules)) Variant {
		v := Variant{Name: name, Rules: library(), Breaks: breaks, AtLeast: atLeast}
		change(&v.Rules)
		return v
	}
	holds := func(name string, atLeast int, change func(*Rules)) Variant { return variant(name, "", atLeast, change) }
	broken := func(name, breaks string, change func(*Rules)) Variant { return variant(name, breaks, 0, change) }
	return []Variant{
		holds("the trust window", 29_000, func(*Rules) {}),
		holds("the trust window, the store's clock steps", 6_000, func(r *Rules) { r.step, r.ClockStep = jump, jump }),
		broken("deadline from the answer", "S2", func(r *Rules) { r.FromAnswer = true }),
		broken("no margin", "S3", func(r *Rules) { r.Margin = 0 }),
		broken("no allowance for the clock's rate", "S2", func(r *Rules) { r.ClockError = 0 }),
		broken("no allowance for the store's steps", "S2", func(r *Rules) { r.step = jump }),
		broken("a late answer revives the window", "S4", func(r *Rules) {
			r.Extend = func(_, until, next time.Duration) (time.Duration, bool) { return max(until, next), true }
		}),
		broken("renewed after the window", "S4", func(r *Rules) { r.RenewAfter = true }),
		broken("Close is sent while the window is open", "S2", func(r *Rules) { r.CloseFirst = true }),
		broken("granted without proof of death", "S2", func(r *Rules) { r.NoProof = true }),
		broken("death judged by the other node's clock", "S2", func(r *Rules) { r.OwnClock, r.ttl = true, 48 }),
		broken("a clock slower than assumed (A2 broken)", "S2", func(r *Rules) { r.SlowClock = true }),
		holds("the trust window, twice the TTL", 550_000, func(r *Rules) { r.ttl = 48 }),
	}
}

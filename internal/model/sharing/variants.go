package sharing

// Small are the library's own rules within bounds for every test run.
func Small() []Variant {
	return []Variant{
		holds("sharing out, 2 coordinators, 1 plan each, 1 fault", 7_000, 2, 1, 1),
		holds("sharing out, 2 coordinators, 1 plan each, 2 faults", 78_000, 2, 1, 2),
	}
}

// Large are the library's own rules within bounds for minutes.
func Large() []Variant {
	return []Variant{
		holds("sharing out, 3 coordinators, 1 plan each, 1 fault", 60_000, 3, 1, 1),
		holds("sharing out, 2 coordinators, 2 plans each, 1 fault", 290_000, 2, 2, 1),
		holds("sharing out, 1 coordinator, 3 plans, 2 faults", 770_000, 1, 3, 2),
	}
}

func holds(name string, atLeast int, terms, plans, faults uint8) Variant {
	return Variant{Name: name, Rules: Rules{Terms: terms, Plans: plans, Faults: faults}, AtLeast: atLeast}
}

// Mutants are broken rules. Each differs from the library's in one thing, and
// must leave an orphan.
func Mutants() []Variant {
	mutant := func(name string, change func(*Rules)) Variant {
		v := Variant{Name: name, Rules: Rules{Terms: 1, Plans: 2, Faults: 2}, Mutant: true}
		change(&v.Rules)
		return v
	}
	return []Variant{
		mutant("plans do not tell who is dead", func(r *Rules) { r.ForgetDead = true }),
		mutant("a new coordinator's plans are not newer", func(r *Rules) { r.SameTerm, r.Terms = true, 2 }),
		mutant("a reservation never ends", func(r *Rules) { r.ForeverReserved = true }),
		mutant("who has left gives nothing up any more", func(r *Rules) { r.DeafWhenGone = true }),
		mutant("what was handed over is not started", func(r *Rules) { r.NoAdopt = true }),
		mutant("only a change of what is wanted makes a new plan", func(r *Rules) { r.LazyPlans = true }),
	}
}

package mutants

// Files of package membership.
const (
	trustFile   = "internal/trust/trust.go"
	windowFile  = "membership/window.go"
	sessionFile = "membership/session.go"
	leaveFile   = "membership/leave.go"
)

// window are mutants of the trust window and of what keeps a session.
func window() []Mutant {
	inMembership := func(name, holds, test string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: holds, Changes: changes, Package: "membership", Test: test}
	}
	inSim := func(name, holds, test string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: holds, Changes: changes, Package: "internal/sim", Test: test, Says: holds}
	}
	const formula = "time.Duration(float64(validFor)*(1-r.ClockError)) - r.ClockStep - r.Margin"
	late := inSim("a session is renewed after its window", "S4", "TestSchedules",
		Change{sessionFile, "<-inc.ctx.Done()\n\t\t\treturn", "<-inc.ctx.Done()\n\t\t\tgo n.renew(inc, failed)\n\t\t\treturn"})
	late.Env = []string{"TENURE_SEEDS=60"}
	return []Mutant{
		inSim("deadline counted from the reply", "S2", "TestCutAtEveryPhaseOfARenewal",
			Change{sessionFile, "inc.window.extend(called+n.cfg.trust(renewal.ValidFor))", "inc.window.extend(n.cfg.Clock.Now()+n.cfg.trust(renewal.ValidFor))"}),
		late,
		inMembership("first deadline counted from the reply", "S2", "TestWindow_CountsFromBeforeTheCall",
			Change{sessionFile, "until := called + n.cfg.trust(", "until := n.cfg.Clock.Now() + n.cfg.trust("}),
		inMembership("no margin", "S3", "TestTrust_IsTheDocumentedFormula",
			Change{trustFile, formula, "time.Duration(float64(validFor)*(1-r.ClockError)) - r.ClockStep"}),
		inMembership("no allowance for the clock's rate", "S2", "TestTrust_IsTheDocumentedFormula",
			Change{trustFile, formula, "validFor - r.ClockStep - r.Margin"}),
		inMembership("no allowance for the clock's steps", "S2", "TestTrust_IsTheDocumentedFormula",
			Change{trustFile, formula, "time.Duration(float64(validFor)*(1-r.ClockError)) - r.Margin"}),
		inMembership("a late reply revives the window", "S4", "TestWindow_LateReplyExtendsNothing",
			Change{trustFile, "\tif !Open(now, until) {\n\t\treturn until, false\n\t}\n", ""}),
		inMembership("an older reply moves the window back", "S2", "TestWindow_NeverMovesBack",
			Change{trustFile, "return max(until, next), true", "return next, true"}),
		inMembership("only a timer ends the window", "S2", "TestWindow_ErrLooksAtTheClockBeforeItAnswersNil",
			Change{windowFile, "\tif trust.Open(w.clock.Now(), time.Duration(w.until.Load())) {\n\t\treturn nil", "\tif !w.closed.Load() {\n\t\treturn nil"}),
		inMembership("no timer ends the window", "S3", "TestWindow_TimerClosesItWithoutAnybodyAsking",
			Change{windowFile, "w.timer = w.clock.AfterFunc(left, func() { w.close(errTrustEnded, false) })", "w.timer = w.clock.AfterFunc(left, func() {})"}),
		inMembership("a call that hangs is waited for", "S3", "TestCall_IsAbandonedWhenItIgnoresItsContext",
			Change{"membership/call.go", "\tcase <-ctx.Done():\n\t}\n", "\t}\n"}),
		inMembership("a lost session is closed while its callbacks run", "S8", "TestRetire_WaitsForTheCallbacks",
			Change{sessionFile, "\tinc.callbacks.Wait()\n", ""}),
		inSim2("a leaver closes its session under a stuck callback", "S8", "TestLeaveWithAStuckCallback",
			Change{leaveFile, "if len(stuck) > 0 {", "if len(stuck) > 1000 {"}),
	}
}

// inSim2 is a mutant that a scenario notices by something else than a breach
// that the referee reports.
func inSim2(name, holds, test string, changes ...Change) Mutant {
	return Mutant{Name: name, Holds: holds, Changes: changes, Package: "internal/sim", Test: test}
}

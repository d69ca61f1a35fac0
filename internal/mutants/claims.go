package mutants

// Files of package membership/claim.
const (
	ruleFile   = "membership/claim/rule.go"
	recordFile = "membership/claim/record.go"
)

// claims are mutants of the claim rule.
func claims() []Mutant {
	inClaim := func(name, holds, test string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: holds, Changes: changes, Package: "membership/claim", Test: test}
	}
	inSim := func(name, holds, test, says string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: holds, Changes: changes, Package: "internal/sim", Test: test, Says: says}
	}
	inModel := func(name, holds, says string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: holds, Changes: changes, Package: "internal/model", Test: "TestModelOfTheLibraryHolds", Says: says}
	}
	return []Mutant{
		inSim("no IfDead", "S2", "TestATryWhileTheHolderLives", "S2",
			Change{ruleFile, "write.IfDead = seen.Session", "_ = write"}),
		inSim("no high-water mark", "S1", "TestSelfStabilisation", "S1",
			Change{ruleFile, "s.Token, s.Mark, s.Revision = t, t, rev", "s.Token, s.Mark, s.Revision = t, 0, rev"}),
		inSim("unknown read back and resumed", "S6", "TestHandOverThatLandsLate", "S1|S2",
			Change{ruleFile, "if seen.Revision == s.Pending.Expect {", "if false {"},
			Change{ruleFile, "case seen.Token > s.Mark:", "case seen.Token >= s.Mark:"}),
		inSim("handed over before the callback has returned", "S8", "TestGiverDiesInMidMove", "S1|S2|S5",
			Change{ruleFile, "case !s.Draining || s.Busy || w.Keep:", "case !s.Draining || w.Keep:"},
			Change{"membership/slot.go", "(!s.state.Busy || s.abandon)", "true"}),
		inSim("a plan is trusted instead of the claim", "S2", "TestGiverDiesInMidMove", "S1|S2|S5",
			Change{ruleFile, "\treturn s, Action{Verb: Wait}\n}\n\n// resend", "\treturn start(s, max(seen.Token, s.Mark)+1, seen.Revision)\n}\n\n// resend"}),
		inClaim("a new session forgets the callbacks of the old", "S5", "TestEndedKeepsOnlyMarkAndBusy",
			Change{ruleFile, "return State{Mark: s.Mark, Busy: s.Busy}", "return State{Mark: s.Mark}"}),
		inClaim("a busy key is started", "S5", "TestDecide",
			Change{ruleFile, "case !w.Want || s.Busy:", "case !w.Want:"},
			Change{ruleFile, "case rec.Token > s.Mark && !s.Busy:", "case rec.Token > s.Mark:"}),
		inModel("a hand-over reuses the token", "S1", "token not larger",
			Change{ruleFile, "Token: max(seen.Token, me.Floor) + 1}", "Token: seen.Token}"}),
		inClaim("a take reuses the token", "S1", "TestDecide",
			Change{ruleFile, "max(seen.Token, s.Mark, me.Floor) + 1", "max(seen.Token, s.Mark, me.Floor, 1)"}),
		inModel("a release forgets the token", "S1", "token not larger",
			Change{ruleFile, "rec := Record{Token: seen.Token,", "rec := Record{"}),
		inModel("claims that name me are not given up", "L3", "stuck",
			Change{ruleFile, "\tcase !w.Want:\n\t\treturn send(s, giveWrite(me, seen, w))", "\tcase !w.Want:\n\t\treturn s, Action{Verb: Rest}"}),
		inClaim("tokens ignore the floor", "S1", "TestDecide",
			Change{ruleFile, "max(seen.Token, s.Mark, me.Floor) + 1", "max(seen.Token, s.Mark) + 1"}),
		inClaim("an answer closes a write whose copy may land", "S6", "TestSettle",
			Change{ruleFile, "\t\tif !s.Unsure {\n", "\t\tif true {\n"}),
		inClaim("a claim that cannot be read is taken", "S6", "TestDecide",
			Change{ruleFile, "\tif seen.Garbage {\n\t\treturn s, Action{Verb: Rest}\n\t}\n", ""}),
		inClaim("a claim under another holder is kept", "S2", "TestDecide",
			Change{ruleFile, "if seen.Garbage || seen.Session != me.Session || seen.Token != s.Token {", "if seen.Garbage {"}),
		inClaim("a claim of another version is understood", "S6", "TestDecodeGarbage",
			Change{recordFile, "if r.Format != format {", "if r.Format < format {"}),
	}
}

package mutants

// keepers are mutants of what carries the claim rule out.
func keepers() []Mutant {
	blind := inSim2("Check does not look at the clock", "S2", "TestSchedules", Change{"membership/held.go", "\treturn h.inc.window.check()\n", "\treturn nil\n"})
	blind.Says, blind.Env = "S2 .* passes Check", []string{"TENURE_SEEDS=60"}
	return []Mutant{
		{
			Name: "a take is repeated for as long as its holder lives", Holds: "L3", Package: "membership", Test: "TestKeeper_FalseAlarm",
			Changes: []Change{{ruleFile, "if s.Pending.IfDead != \"\" && !w.TryDead {", "if false {"}},
		},
		blind,
		{
			Name: "a watch that has failed is not opened again", Holds: "L3", Package: "membership", Test: "TestKeeper_OpensAFailedWatchAgain",
			Changes: []Change{{"membership/follow.go", "\tcase <-f.ended:\n\t\treturn false\n", "\tcase <-f.ended:\n\t\treturn true\n"}},
		},
		inSim2("an operator's reset of a claim goes unnoticed", "L3", "TestSelfStabilisation",
			Change{"membership/loop.go", "\tif k.watch != nil {\n\t\tk.verify()", "\tif false {\n\t\tk.verify()"}),
	}
}

// groups are mutants of sharing out partitions.
func groups() []Mutant {
	inGroup := func(name, holds, test string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: holds, Changes: changes, Package: "partitions", Test: test}
	}
	inPlan := func(name, holds, test string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: holds, Changes: changes, Package: "partitions/plan", Test: test}
	}
	inModel := func(name string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: "L1", Changes: changes, Package: "internal/model/sharing", Test: "TestModelOfSharing", Says: "orphan", Long: true}
	}
	const (
		work        = "partitions/work.go"
		checkpoint  = "partitions/checkpoint.go"
		coordinator = "partitions/coordinator.go"
		round       = "partitions/round.go"
		makePlan    = "partitions/plan/make.go"
	)
	return []Mutant{
		inGroup("a smaller token may save a position", "S7", "TestPositionsAreFencedByTheToken",
			Change{checkpoint, "if pos.Token > c.Token() {", "if false {"},
			Change{checkpoint, "if err := c.Check(); err != nil {\n\t\treturn backends.Record{}", "if false {\n\t\tvar err error\n\t\treturn backends.Record{}"},
			Change{checkpoint, "if err := c.Check(); err != nil {\n\t\treturn false", "if false {\n\t\tvar err error\n\t\treturn false"}),
		inGroup("OnLost is called before OnAcquire has returned", "S5", "TestCallbacks_OnLostComesLast",
			Change{work, "finish := g.cfg.OnAcquire != nil && !w.running && !w.finished", "finish := g.cfg.OnAcquire != nil && !w.finished"}),
		inGroup("OnLost is called twice", "S5", "TestCallbacks_OnLostComesLast",
			Change{work, "finish := w.stopped && !w.finished", "finish := w.stopped"},
			Change{work, "finish := g.cfg.OnAcquire != nil && !w.running && !w.finished", "finish := g.cfg.OnAcquire != nil && !w.finished"}),
		inGroup("a stuck callback is abandoned unasked", "S8", "TestStuckCallbackKeepsItsPartition",
			Change{work, "\tcase StuckKeep:\n", "\tcase StuckKeep:\n\t\tw.claim.held.Abandon()\n"}),
		inGroup("a stuck callback is not abandoned when asked", "S8", "TestStuckCallbackIsAbandonedOnRequest",
			Change{work, "\t\tw.claim.held.Abandon()\n", ""}),
		inSim2("lost watch events are never made up for", "L3", "TestWatchesThatLoseEvents",
			Change{"partitions/relist.go", "\tkeys := c.g.keys\n\tif c.relistSessions()", "\tkeys := c.g.keys\n\tif true {\n\t\treturn\n\t}\n\tif c.relistSessions()"}),
		inSim2("a member reads its plan only when a watch tells of it", "L3", "TestWatchesThatLoseEvents",
			Change{"partitions/member.go", "\t\tcase <-round.c:\n\t\t\t_ = g.readPlan(ctx)\n", "\t\tcase <-round.c:\n"}),
		inSim2("a coordinator that does not plan stays in office", "L3", "TestCoordinatorThatRenewsButNoLongerPlans",
			Change{coordinator, "\t\tif c.now()-c.completed > stalledAfter*c.g.node.TTL() {\n", "\t\tif false {\n"},
			Change{coordinator, "case c.now()-c.completed > stalledAfter*g.node.TTL():", "case false:"}),
		inSim2("a member's record is reaped without proof of its death", "L2", "TestAFalseAlarmProvesNoDeath",
			Change{round, "Delete: true, IfDead: id})\n\t\t}\n\t})\n\tvar plans", "Delete: true})\n\t\t}\n\t})\n\tvar plans"}),
		inSim2("a reservation never runs out", "L3", "TestReservationThatRunsOut",
			Change{round, "return min(time.Until(r.Deadline), first+r.Grace-c.now()) > 0", "return time.Until(r.Deadline) < 1<<62 && r.Grace > 0 && first >= 0"}),
		inSim2("a reservation is not kept", "L3", "TestReservationAcrossCoordinatorChanges",
			Change{round, "return min(time.Until(r.Deadline), first+r.Grace-c.now()) > 0", "return time.Until(r.Deadline) < 1<<62 && r.Grace < 0 && first >= 0"}),
		inSim2("a stuck move holds up the others", "L4", "TestAStuckMoveAmongMany",
			Change{makePlan, "\t\tif m.Late.Has(p) {\n\t\t\treturn holder", "\t\tif false {\n\t\t\treturn holder"}),
		inGroup("a partition that was late stays where it is", "L3", "TestStuckCallbackKeepsItsPartition",
			Change{"partitions/intake.go", "if had && before.Seen.Token != seen.Token {", "if moved, ok := c.moving[i]; had && ok && before.Seen.Token != seen.Token && moved.token != seen.Token {"}),
		inModel("plans do not tell who is dead",
			Change{makePlan, "\t\t\tplans[to].dead(m.Claims[p].Session)\n", ""}),
		inModel("a plan is not written though its member misses a death",
			Change{makePlan, "if !slices.Contains(p.Dead, id) {\n\t\t\treturn false", "if id == \"\" {\n\t\t\treturn false"}),
		inModel("a reservation outlives its end",
			Change{makePlan, "for _, kept := range m.Reserved {", "for _, kept := range append(m.Reserved, Kept{Name: \"nobody\", Partitions: SetOf(0)}) {"}),
		inSim2("a coordinator goes on under newer plans of another", "L3", "TestSelfStabilisation",
			Change{"partitions/intake.go", "\t\tc.deposed = true\n", ""}),
		inSim2("a leaver waits for a plan for ever", "L1", "TestLeaveWithoutACoordinator",
			Change{"partitions/group.go", "AfterFunc(g.node.TTL()/2, g.releaseAll)", "AfterFunc(g.node.TTL()*1000, g.releaseAll)"}),
		inPlan("a move under way is planned anew", "L3", "TestMake_IsStable",
			Change{makePlan, "if member.Plan == nil || member.State != Active || !m.Alive[member.Session] {", "if member.Plan != nil {"}),
		inPlan("a claim that cannot be read is given away", "S6", "TestMake_Owners",
			Change{makePlan, "\tcase seen.Garbage:\n\t\treturn rebalance.NoOwner, unknownHolder", "\tcase seen.Garbage:\n\t\treturn rebalance.NoOwner, orphan"}),
		inPlan("an ended run of a session still counts", "L3", "TestMake_OnlyTheNewestRunCounts",
			Change{makePlan, "if RunNumber(out[i].Run) < newest[out[i].Session] {", "if false {"}),
	}
}

// elections are mutants of elections.
func elections() []Mutant {
	inElection := func(name, holds, test string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: holds, Changes: changes, Package: "election", Test: test}
	}
	stampede := inElection("every candidate tries at once when a leader dies", "cost", "TestThousandCandidatesDoNotStampede",
		Change{"election/campaign.go", "\tcase rank >= 0:\n\t\tv.armAfter(time.Duration(rank) * ttl / 500)", "\tcase !free:\n\t\tv.armAfter(100 * time.Millisecond)"})
	stampede.Long, stampede.Says = true, "writes to the claim when the leader died, want a handful"
	return []Mutant{
		stampede,
		inElection("a leader resigns while its work runs", "S8", "TestRun_ResignsAfterTheWorkHasReturned",
			Change{"election/run.go", "stop := context.AfterFunc(ctx, c.stop)", "stop := context.AfterFunc(ctx, func() { c.stop(); term.held.Return() })"}),
		inElection("a candidate that was named and withdrew blocks the others", "L1", "TestResigningToACandidateThatWithdrew",
			Change{"election/campaign.go", "\tcase len(v.seen.Deputies) > 0 || v.seen.Next != \"\":\n\t\tv.armAfter(jitter(ttl/10, ttl))", "\tcase v.seen.Next != \"\":\n\tcase len(v.seen.Deputies) > 0:\n\t\tv.armAfter(jitter(ttl/10, ttl))"}),
	}
}

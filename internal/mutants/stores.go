package mutants

// stores are mutants of stores. Their clauses are those of backends/doc.go.
func stores() []Mutant {
	in := func(folder, name, holds, test string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: holds, Changes: changes, Package: folder, Test: test}
	}
	const (
		memory   = "backends/memory"
		sqlcore  = "backends/internal/sqlcore"
		sqlite   = "backends/sqlite"
		client   = "backends/memory/client.go"
		storeSrc = "backends/memory/store.go"
		sessions = "backends/memory/session.go"
		writeSQL = "backends/internal/sqlcore/write.go"
	)
	return []Mutant{
		in(memory, "memory: the expected revision is not compared", "clause W2", "TestConformance",
			Change{client, "if now != w.Expect {", "if now == backends.Absent && now != w.Expect {"}),
		in(memory, "memory: a live session counts as dead", "clause D2", "TestConformance",
			Change{client, "if time.Now().Before(other.Expires) {", "if false {"}),
		in(memory, "memory: a proof does not end the session", "clause D4", "TestConformance",
			Change{client, "\t\t\tc.store.bury(txn, other)\n", ""}),
		in(memory, "memory: a renewal brings a dead session back", "clause D4", "TestConformance",
			Change{sessions, "\tif row == nil {\n\t\treturn backends.Renewal{}, fmt.Errorf(\"memory: renew %s: %w\", o.row.ID, backends.ErrSessionLost)\n\t}",
				"\tif row == nil {\n\t\trow = o.row\n\t}\n\t_ = fmt.Errorf"}),
		in(memory, "memory: revisions come back", "clause W3", "TestConformance",
			Change{storeSrc, "\ts.revision++\n", "\ts.revision = s.revision%3 + 1\n"}),
		in(sqlcore, "SQL: an error counts as not sent", "clause W9", "TestWrite_Failures",
			Change{writeSQL, "if s.refused(err) {", "if err != nil {"}),
		in(sqlcore, "SQL: a session lives up to one step short of its TTL", "clause S2", "TestOpenSession_OneStepMoreThanTheTTL",
			Change{"backends/internal/sqlcore/session.go", "int64(o.ttl/step)+1)", "int64(o.ttl/step))"}),
		in(sqlcore, "SQL: rows are locked in the order of the call", "clause L2", "TestWrite_SpansAndOrder",
			Change{writeSQL, "return strings.Compare(a.item.Key, b.item.Key)", "return strings.Compare(\"\", \"\")"}),
		in(sqlcore, "SQL: a session that is not there any more counts as proof", "clause D2", "TestWrite_CauseOfARefusal",
			Change{writeSQL, "case a.item.IfDead != \"\":", "case a.item.IfDead == \"\":"}),
		in(sqlite, "SQLite: named sessions are not ended", "clause D3", "TestClockSteps",
			Change{writeSQL, "\ts.kill(ctx, span)\n", "\t_ = s.kill\n"}),
	}
}

// planner are mutants of package rebalance.
func planner() []Mutant {
	in := func(name, test string, changes ...Change) Mutant {
		return Mutant{Name: name, Holds: "L3", Changes: changes, Package: "rebalance", Test: test}
	}
	const (
		small  = "TestCompute_IsOptimalOnEverySmallInput"
		share  = "rebalance/share.go"
		assign = "rebalance/assign.go"
	)
	return []Mutant{
		in("planner: extra partitions go to the first members", small,
			Change{share, "return cmp.Or(first(a.saves, b.saves), ", "return cmp.Or("}),
		in("planner: an owner may lose what it could keep", small,
			Change{assign, "s.keep > 0 && !p.barred.bars(int32(i), owner)", "s.keep > 1 && !p.barred.bars(int32(i), owner)"}),
		in("planner: caps are ignored", "TestCompute_GrantsEveryWish",
			Change{share, "if most := p.in.Members[i].Cap; most > 0 {", "if most := p.in.Members[i].Cap; most < 0 {"}),
		in("planner: exclusions are ignored", "TestCompute_Golden",
			Change{assign, "\t\tif !h.barred.bars(partition, m) {", "\t\tif true {"}),
		in("planner: capacities are ignored", "TestCompute_GrantsEveryWish",
			Change{share, "\t\tshare := rest * s.weight\n", "\t\tshare := rest\n"}),
	}
}

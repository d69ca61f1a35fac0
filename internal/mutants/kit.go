package mutants

import "slices"

// kit are mutants for the referee of users' tests, package tenuretest. Each is another
// one again, told by its name.
func kit(others []Mutant) []Mutant {
	again := func(name, holds, test string) Mutant {
		m := others[slices.IndexFunc(others, func(m Mutant) bool { return m.Name == name })]
		m.Name += ", in a user's test"
		m.Holds, m.Says, m.Package, m.Test = holds, holds, "tenuretest", test
		m.Env = []string{"TENURE_SEEDS=60"}
		return m
	}
	return []Mutant{
		again("deadline counted from the reply", "S2", "TestFaults_SlowAnswersThenSilence"),
		again("no IfDead", "S2", "TestCheck_ACorrectWorkerPasses"),
		again("a session is renewed after its window", "S4", "TestCheck_ACorrectWorkerPasses"),
		again("handed over before the callback has returned", "S8", "TestCheck_ACorrectWorkerPasses"),
	}
}

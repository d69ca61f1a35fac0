// Package mutants holds deliberately wrong versions of the library, and for each
// the test that has to notice it. A guarantee whose tests pass on a library that
// breaks it would prove nothing.
//
// A mutant is a few texts of the sources with what stands there instead. Nothing
// is copied and the working tree is never touched: the go command gets the
// changed files as an overlay. A mutant is caught if the changed package
// compiles and the named test fails. That the same test passes without the
// change is what every ordinary run of the tests shows.
//
// Each text must stand exactly once in its file, so that a mutant is brought up
// to date with the code that it breaks: TestMutantsApply fails when it is not.
package mutants

// Package backendtest tests a store against the contract of package backends,
// clause by clause. The author of a store calls Run from a test:
//
//	func TestConformance(t *testing.T) {
//		backendtest.Run(t, backendtest.Harness{
//			Name: "mystore",
//			TTL:  2 * time.Second,
//			Open: func(t backendtest.TB, namespace string) backends.Backend { … },
//		})
//	}
//
// Each clause is a subtest of its number and title, such as
// "D3/ProofKillsExpired", in a namespace of its own. A clause that needs a hook
// which the harness does not have is skipped and says so.
//
// On real servers the clauses run side by side; most of them only wait for a
// session to expire, so `go test -parallel 16` shortens the run.
//
// A suite that cannot fail proves nothing: the package's own tests hold a
// deliberately broken store against every clause.
package backendtest

// Package tenuretest lets you test your own workers: several processes of your
// code run in one testing/synctest bubble, where time is virtual, on a store in
// memory. A test crashes, freezes and cuts them off, waits until the work is
// shared out again, and asserts who owns what; a failover of fifteen seconds takes
// milliseconds. A referee watches at all times.
//
//	func TestFailover(t *testing.T) {
//		tenuretest.Run(t, func(c *tenuretest.Cluster) {
//			for _, name := range []string{"anna", "bert", "carl"} {
//				c.Start(name, func(ctx context.Context, m *tenuretest.Member) error {
//					node, err := m.Join(ctx)
//					if err != nil {
//						return err
//					}
//					return worker.Run(ctx, node, fakeTable{m})
//				})
//			}
//			c.WaitBalanced("orders")
//			c.Member("anna").Crash()
//			c.WaitBalanced("orders")
//		})
//	}
//
// Check does the same under random schedules of faults, and makes one that fails
// small. What it prints can be pasted into a test of its own, with Cluster.Play.
//
// # Your code
//
// It needs a node, from Member.Join, or a backend and a configuration for
// membership.Join, from Member.Backend and Member.Config. It returns when its
// context is done, and leaves nothing behind: a goroutine that goes on makes the
// bubble panic when the test ends. The fakes that it writes to call Member.Effect, or
// Member.FencedEffect if the real thing checks tokens: so the referee knows what
// your workers do to the outside.
//
// # The referee
//
// It reads the events of each node, every call that reaches the store, and the
// effects. A breach fails the test with a timeline of the claim. The IDs are those
// of docs/guarantees.md:
//
//   - S1: tokens of starts, and of the records of claims, rise.
//   - S2: nobody starts or takes a claim while another process still trusts its
//     own, or while the holder's session lives.
//   - S3: a process that runs ends its work at the end of its trust window.
//   - S4: a session is not renewed after that.
//   - S5: nothing is started beside an earlier callback of the same process.
//   - S6: nothing is started that no record gave to that process.
//   - S7: no position is replaced by that of an earlier owner, and no effect
//     carries a token that its process never got.
//   - S8: nothing is given away while its callback runs.
//   - L3: no plan moves more than the minimum.
//   - A3: no effect happens in the name of a claim that is not owned at that
//     instant. This one is your worker's to keep, with Claim.Check and tokens.
//
// That OnLost is called exactly once is not visible to it; internal/sim holds
// that. A callback that is reported stuck is left out of S2 and S8, as it may have
// been abandoned on request.
//
// # What cannot be simulated
//
// A frozen or crashed process makes no call to the store, and no timer of its
// claims fires: their contexts do not end by themselves. But your own goroutines and
// timers cannot be stopped, and go on. That finds the mistakes that a real pause
// does: a worker that has an effect without Check has it after its trust window
// has ended, here during the freeze and there right after it. Effects of a process
// that has crashed are dropped. Who waits with membership.Sleep on Member.Clock is
// stopped, too. The gap between Check and the effect takes no virtual time, so that
// a pause right there is not found: that is what tokens are for.
//
// Clocks run at one rate, and the store keeps its word. Nothing in the bubble may
// wait for a real connection, a file or a process. A group and an election of the
// same name are one to the referee if a partition is called "claim".
//
// A seed decides schedules and networks, but neither the order of goroutines nor the
// random pauses in the library: a run can differ in detail from the one before.
package tenuretest

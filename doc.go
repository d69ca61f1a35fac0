// Package tenure is a map; it holds no code. Tenure elects leaders and shares out
// partitions among the processes of a service, so that each partition has one owner,
// on the store that the service already runs.
//
// # Reading order
//
//   - [github.com/tenure-go/tenure/membership]: a process joins and becomes a node with
//     one session, which keeps all its claims alive. Start here.
//   - [github.com/tenure-go/tenure/election]: one of many candidates leads, with a
//     fencing token for each term.
//   - [github.com/tenure-go/tenure/partitions]: the members of a group share out
//     partitions, evenly and with the fewest moves.
//   - [github.com/tenure-go/tenure/observe]: the stream of typed events that logs and
//     metrics are made of; its sub-packages are the adapters.
//   - [github.com/tenure-go/tenure/backends]: the contract between Tenure and a store, in
//     numbered clauses. Each sub-package is a store; backendtest is the public suite of
//     tests that a store must pass.
//   - [github.com/tenure-go/tenure/tenuretest]: test your own workers in virtual time:
//     crash, freeze and cut them off, and let a referee watch.
//   - [github.com/tenure-go/tenure/rebalance]: the planner, which can be used on its own.
//     It is pure: no input or output, no clock, no dependency.
//
// What is promised, what is not, and on which store, is in docs/guarantees.md.
package tenure

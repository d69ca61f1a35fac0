// Command safety shows on real etcd servers that Tenure stops before the server
// lets go: networks fall silent, processes are stopped, servers are killed.
// etcd's own concurrency.Session runs beside it, through the same faults at the
// same instants, for comparison.
//
//	go run ./internal/safety [-seed n] [-only cut,silent,stop,leader,restart]
//
// Every experiment prints PASS or FAIL with its figures; the exit status is 1 if
// one failed. Random choices come from the printed seed. The instants at which
// servers and the scheduler act do not, so a seed repeats the choices of a run
// and not its every detail.
package main

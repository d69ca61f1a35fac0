// Package membership joins a process to a store: one session per node, kept
// alive however many elections and groups the node takes part in, and the rule
// for claims in one place.
//
//	node, err := membership.Join(ctx, store, membership.Config{Name: "worker-1"})
//	if err != nil {
//		return err
//	}
//	defer func() {
//		leave, cancel := context.WithTimeout(context.Background(), 10*time.Second)
//		defer cancel()
//		err = errors.Join(err, node.Leave(leave))
//	}()
//
// # The trust window
//
// A session may be trusted until
//
//	t_call + ValidFor × (1 − ClockError) − ClockStep − Margin
//
// where t_call was read before the successful renewal was sent. A renewal
// starts every TTL/3, whether or not the last one hangs. When the window ends,
// a timer of this process ends the contexts of all claims, whether or not the
// store answers; and because a process that was stopped runs no timers,
// Held.Check and the contexts' Err compare the clock first. A session whose
// window has ended is never renewed again: the node opens a new one.
//
// # Claims
//
// Package claim decides, by pure functions; a Keeper carries out. Packages
// election and partitions build on Keeper; most programs use those.
package membership

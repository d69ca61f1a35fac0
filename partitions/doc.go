// Package partitions shares out a group's partitions among its members, so that
// each has exactly one owner: consumers splitting a stream, function-style
// workers, nightly jobs.
//
//	err := partitions.Run(ctx, node, partitions.Config{
//		Group:      "orders",
//		Partitions: partitions.Count(64),
//		OnAcquire: func(ctx context.Context, c *partitions.Claim) error {
//			return consume(ctx, c)
//		},
//	})
//
// # The life of a claim on one member
//
//	           take, adopt                  revoked                returned
//	(not mine) ───────────▶ OnAcquire(token) ───────▶ ctx done, held ───────▶ OnLost ─▶ handed over
//	                              │ lost                                         ▲
//	                              └──────────▶ ctx done, gone ────────────────────┘
//
// Per partition, always: OnAcquire(token), the context ends, OnAcquire has
// returned, OnLost exactly once, the claim is handed over or released, and only
// then the next OnAcquire anywhere, with a larger token. Only when the lease was
// lost can the successor begin before the old callback has returned; then the
// token protects the resource.
//
// # How partitions are shared out
//
// The members elect a coordinator. It watches sessions, members and claims,
// proves deaths, computes a plan with the fewest moves, and writes to each
// member what it should own. Plans are wishes; claims are the truth: two
// coordinators for a moment, or none, can delay balance but never cause two
// owners. Members compare their plan with the claims again and again and act on
// the difference; nothing depends on having seen an event.
//
// Package plan has the pure part; docs/protocol.md the records.
package partitions

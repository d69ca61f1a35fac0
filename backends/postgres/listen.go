package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// deafFor is the pause before it connects again; the watches poll meanwhile.
const deafFor = time.Second

// channelOf names the channel of a namespace. It needs no quotes and says nothing of
// the namespace, because everybody in the database can listen.
func channelOf(schema, namespace string) string {
	sum := sha256.Sum256([]byte(schema + "." + namespace))
	return "tenure_" + hex.EncodeToString(sum[:16])
}

// ear listens on one connection while somebody watches.
type ear struct {
	config  *pgx.ConnConfig
	channel string
	heard   func()

	mu      sync.Mutex // guards what follows; never held across a call
	watches int
	stop    context.CancelFunc
}

// follow listens until ctx is done, on the connection of the watches that are there.
func (e *ear) follow(ctx context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.watches++
	if e.watches == 1 {
		// The goroutine ends when the last watch has: none of them owns it alone.
		listening, stop := context.WithCancel(context.WithoutCancel(ctx))
		e.stop = stop
		go e.run(listening)
	}
	context.AfterFunc(ctx, e.leave)
}

func (e *ear) leave() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.watches--
	if e.watches == 0 {
		e.stop()
	}
}

// run connects again until ctx is done. Its errors are nobody's concern: a watch
// polls, and tells of the server's absence by itself.
func (e *ear) run(ctx context.Context) {
	for ctx.Err() == nil {
		_ = e.listen(ctx)
		timer := time.NewTimer(deafFor)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// listen hears notifications until the connection ends. What changed before it listens
// is found by the look that follows.
func (e *ear) listen(ctx context.Context) error {
	c, err := pgx.ConnectConfig(ctx, e.config)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	if _, err := c.Exec(ctx, "LISTEN "+e.channel); err != nil {
		return err
	}
	for {
		e.heard()
		if _, err := c.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

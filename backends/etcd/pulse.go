package etcd

import (
	"context"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// pulse asks the server for a sign of life on the stream that all watches of a
// store share: one request, whatever their number. Every watch hears the answer.
type pulse struct {
	client *clientv3.Client

	mu      sync.Mutex // guards what follows
	watches map[*time.Duration]bool
	stop    context.CancelFunc
}

// join makes the pulse beat at least three times in the silence, until the
// returned function is called.
func (p *pulse) join(silence time.Duration) (leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.watches == nil {
		p.watches = map[*time.Duration]bool{}
	}
	entry := &silence
	p.watches[entry] = true
	if p.stop == nil {
		ctx, cancel := context.WithCancel(context.Background())
		p.stop = cancel
		go p.beat(ctx)
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.watches, entry)
		if len(p.watches) == 0 && p.stop != nil {
			p.stop()
			p.stop = nil
		}
	}
}

func (p *pulse) every() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	least := time.Minute
	for silence := range p.watches {
		least = min(least, *silence)
	}
	return least / 3
}

func (p *pulse) beat(ctx context.Context) {
	for {
		timer := time.NewTimer(p.every())
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		ask, cancel := context.WithTimeout(clientv3.WithRequireLeader(ctx), p.every())
		_ = p.client.RequestProgress(ask) // no answer is what the watches notice
		cancel()
	}
}

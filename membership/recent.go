package membership

import (
	"context"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// recentSessions is a listing of sessions that everything on a node shares, so
// that a node in thousands of elections lists once.
type recentSessions struct {
	mu     sync.Mutex // guards what follows; not held during the listing
	at     time.Duration
	known  bool
	ids    map[backends.SessionID]bool
	asking chan struct{} // closed when the listing under way has ended
}

// RecentSessions returns the sessions that a listing of at most a TTL ago
// showed and that had not expired then. Absence is a hint, never proof. The
// map is shared: do not change it.
func (n *Node) RecentSessions(ctx context.Context) (map[backends.SessionID]bool, error) {
	r := &n.recent
	for {
		r.mu.Lock()
		if r.known && n.cfg.Clock.Now()-r.at < n.cfg.TTL {
			defer r.mu.Unlock()
			return r.ids, nil
		}
		if asking := r.asking; asking != nil {
			r.mu.Unlock()
			select {
			case <-asking:
				continue
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
		done := make(chan struct{})
		r.asking = done
		r.mu.Unlock()

		begun := n.cfg.Clock.Now()
		infos, err := Call(ctx, n.cfg.every(), n.backend.Sessions)
		r.mu.Lock()
		r.asking = nil
		close(done)
		if err == nil {
			r.at, r.known = begun, true
			r.ids = make(map[backends.SessionID]bool, len(infos))
			for _, info := range infos {
				r.ids[info.ID] = !info.Expired
			}
		}
		ids := r.ids
		r.mu.Unlock()
		return ids, err
	}
}

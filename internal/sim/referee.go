package sim

import (
	"fmt"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// Referee sees true time and every claim of every node. It is told about each
// callback as it happens and keeps what breaks a guarantee.
type Referee struct {
	begun time.Time

	mu       sync.Mutex // guards what follows
	breaches []string
	live     map[string][]*stint    // by key: callbacks that have not ended
	token    map[string]claim.Token // largest seen at a start
	own      map[string]claim.Token // the same, by node and key
	nonsense bool                   // records were damaged: tokens of different nodes say nothing
	accepted map[string]claim.Token // by the resource that checks tokens
	starts   int
	ops      int
	refused  int // writes that passed Check and were refused by the token
}

// stint is one callback from its start to its end.
type stint struct {
	node, key string
	token     claim.Token
	session   backends.SessionID
	trusted   func() bool // without side effects
	lost      bool
}

// NewReferee returns a referee that has seen nothing.
func NewReferee() *Referee {
	return &Referee{begun: time.Now(), live: map[string][]*stint{}, token: map[string]claim.Token{}, own: map[string]claim.Token{}, accepted: map[string]claim.Token{}}
}

func (r *Referee) breach(format string, args ...any) {
	r.breaches = append(r.breaches, fmt.Sprintf("%v: ", time.Since(r.begun))+fmt.Sprintf(format, args...))
}

// started is told when a callback begins.
func (r *Referee) started(s *stint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.starts++
	if last := r.token[s.key]; s.token <= last && !r.nonsense {
		r.breach("S1 %s starts %s with token %d after %d", s.node, s.key, s.token, last)
	}
	mine := s.node + " " + s.key
	if last := r.own[mine]; s.token <= last {
		r.breach("S1 %s starts %s with token %d after its own %d", s.node, s.key, s.token, last)
	}
	r.own[mine] = s.token
	r.token[s.key] = max(r.token[s.key], s.token)
	for _, other := range r.live[s.key] {
		if other.node == s.node {
			r.breach("S5 %s starts %s again while its callback of token %d runs", s.node, s.key, other.token)
		} else if other.trusted() && !r.nonsense {
			r.breach("S2 %s starts %s (token %d) while %s trusts its own (token %d)", s.node, s.key, s.token, other.node, other.token)
		}
	}
	r.live[s.key] = append(r.live[s.key], s)
}

// ended is told when OnLost is called.
func (r *Referee) ended(s *stint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.lost {
		r.breach("S5 %s: OnLost twice for %s token %d", s.node, s.key, s.token)
	}
	s.lost = true
	rest := r.live[s.key][:0]
	for _, other := range r.live[s.key] {
		if other != s {
			rest = append(rest, other)
		}
	}
	r.live[s.key] = rest
}

// write is an effect that passed Check right before: the resource that checks
// tokens refuses it if it has seen a larger one.
func (r *Referee) write(s *stint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops++
	if s.token < r.accepted[s.key] && !r.nonsense {
		r.refused++
		r.breach("S2 %s passes Check for %s with token %d after %d was used", s.node, s.key, s.token, r.accepted[s.key])
		return
	}
	r.accepted[s.key] = s.token
}

// renewing is told when a node sends a renewal.
func (r *Referee) renewing(node string, id backends.SessionID, left time.Duration) {
	if left > 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.breach("S4 %s renews session %s after its trust window has ended", node, id)
}

// Disturbed says that somebody has written nonsense into the records: from here
// on only what a node does against its own past is a breach.
func (r *Referee) Disturbed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nonsense = true
}

// Breaches returns what was found.
func (r *Referee) Breaches() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.breaches...)
}

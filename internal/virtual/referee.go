package virtual

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// Referee sees true time and every claim of every node. It is told about each
// callback as it happens and keeps what breaks a guarantee. It is safe for
// concurrent use.
type Referee struct {
	begun time.Time

	mu       sync.Mutex // guards what follows
	breaches []Breach
	live     map[string][]*Stint    // by key: callbacks that have not ended
	token    map[string]claim.Token // largest seen at a start
	own      map[string]claim.Token // the same, by node and key
	nonsense bool                   // records were damaged: tokens of different nodes say nothing
	accepted map[string]claim.Token // by the resource that checks tokens
	starts   int
	over     bool
}

// Breach is a guarantee that was broken.
type Breach struct {
	// At is when, counted from the referee's beginning.
	At time.Duration
	// Key is the claim that it is about, "" for none.
	Key string
	// Text begins with the guarantee: "S2 bert starts …".
	Text string
}

// String returns time and text.
func (b Breach) String() string { return fmt.Sprintf("%v: %s", b.At, b.Text) }

// Stint is one callback from its start to its end.
type Stint struct {
	Node, Key string
	Token     claim.Token
	Session   backends.SessionID
	// Trusted reports whether Check answers nil, without side effects. It must
	// not block, nor call the referee.
	Trusted func() bool

	ended bool // guarded by Referee.mu
}

// NewReferee returns a referee that has seen nothing.
func NewReferee() *Referee {
	return &Referee{begun: time.Now(), live: map[string][]*Stint{}, token: map[string]claim.Token{}, own: map[string]claim.Token{}, accepted: map[string]claim.Token{}}
}

// Elapsed is the time since the referee's beginning.
func (r *Referee) Elapsed() time.Duration { return time.Since(r.begun) }

// Breach notes that a guarantee was broken at a claim.
func (r *Referee) Breach(key, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.breach(key, format, args...)
}

// breach is Breach for who holds mu.
func (r *Referee) breach(key, format string, args ...any) {
	if !r.over {
		r.breaches = append(r.breaches, Breach{At: r.Elapsed(), Key: key, Text: fmt.Sprintf(format, args...)})
	}
}

// Started is told when a callback begins.
func (r *Referee) Started(s *Stint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.starts++
	if last := r.token[s.Key]; s.Token <= last && !r.nonsense {
		r.breach(s.Key, "S1 %s starts %s with token %d after %d", s.Node, s.Key, s.Token, last)
	}
	mine := s.Node + " " + s.Key
	if last := r.own[mine]; s.Token <= last {
		r.breach(s.Key, "S1 %s starts %s with token %d after its own %d", s.Node, s.Key, s.Token, last)
	}
	r.own[mine] = s.Token
	r.token[s.Key] = max(r.token[s.Key], s.Token)
	for _, other := range r.live[s.Key] {
		if other.Node == s.Node {
			r.breach(s.Key, "S5 %s starts %s again while its callback of token %d runs", s.Node, s.Key, other.Token)
		} else if other.Trusted() && !r.nonsense {
			r.breach(s.Key, "S2 %s starts %s (token %d) while %s trusts its own (token %d)", s.Node, s.Key, s.Token, other.Node, other.Token)
		}
	}
	r.live[s.Key] = append(r.live[s.Key], s)
}

// Ended is told when a callback has returned, OnLost included.
func (r *Referee) Ended(s *Stint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.ended {
		r.breach(s.Key, "S5 %s ends %s with token %d twice", s.Node, s.Key, s.Token)
	}
	s.ended = true
	r.live[s.Key] = slices.DeleteFunc(r.live[s.Key], func(other *Stint) bool { return other == s })
}

// Live returns the callbacks of a key that have not ended.
func (r *Referee) Live(key string) []*Stint {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.live[key])
}

// Wrote is an effect that passed Check right before: the resource that checks
// tokens refuses it if it has seen a larger one.
func (r *Referee) Wrote(s *Stint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := r.accepted[s.Key]; s.Token < last {
		if !r.nonsense {
			r.breach(s.Key, "S2 %s passes Check for %s with token %d after %d was used", s.Node, s.Key, s.Token, last)
		}
		return
	}
	r.accepted[s.Key] = s.Token
}

// Accept is an effect on a resource that checks tokens: it reports whether no
// larger one was used before, and returns the largest.
func (r *Referee) Accept(key string, token claim.Token) (largest claim.Token, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := r.accepted[key]; token < last {
		return last, false
	}
	r.accepted[key] = token
	return token, true
}

// Renewing is told when a node sends a renewal, with what is left of its trust
// window.
func (r *Referee) Renewing(node string, id backends.SessionID, left time.Duration) {
	if left <= 0 {
		r.Breach("", "S4 %s renews session %s after its trust window has ended", node, id)
	}
}

// Disturbed says that somebody has written nonsense into the records: from here
// on only what a node does against its own past is a breach.
func (r *Referee) Disturbed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nonsense = true
}

// Whistle ends the game: what happens from here on is no breach.
func (r *Referee) Whistle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
}

// Starts returns how many callbacks were started.
func (r *Referee) Starts() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.starts
}

// Breaches returns what was found.
func (r *Referee) Breaches() []Breach {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.breaches)
}

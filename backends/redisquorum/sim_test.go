package redisquorum

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// seat is one acceptor of a record, as prepare.lua, accept.lua and read.lua make one.
type seat struct {
	promised ballot
	stored   string
	down     bool // it keeps what it has and answers nothing
}

// world plays clients and acceptors in one goroutine, event by event, from one seed.
type world struct {
	rng     *rand.Rand
	seats   []*seat
	events  queue
	now     int
	history []*operation
	running int
}

type event struct {
	at, order int
	do        func()
}

type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// order makes events of one instant come in the order in which they were made.
func (w *world) after(delay int, do func()) {
	heap.Push(&w.events, event{w.now + delay, w.rng.IntN(1 << 30), do})
}

// delay is mostly short and now and then very long, so that old messages arrive late.
func (w *world) delay() int {
	if w.rng.IntN(10) == 0 {
		return 1 + w.rng.IntN(400)
	}
	return 1 + w.rng.IntN(10)
}

// send asks every seat; answers may be late or never come.
func (w *world) send(ask func(*seat) any, answered func(n int, answer any)) {
	for n, s := range w.seats {
		if w.rng.IntN(12) == 0 {
			continue // the request is lost
		}
		w.after(w.delay(), func() {
			if s.down {
				return
			}
			if answer := ask(s); w.rng.IntN(12) > 0 {
				w.after(w.delay(), func() { answered(n, answer) })
			}
		})
	}
}

// client does one operation after the other, each over what it has read last.
type client struct {
	w       *world
	ballots *proposer
	known   *version // what it believes to be there
	left    int
}

// phase gathers answers until all have come or its time is over, then goes on.
func (c *client) phase(ask func(*seat) any, then func(answers map[int]any)) {
	answers, over := map[int]any{}, false
	// A client goes on with a majority or waits for more, as timing will have it.
	enough := len(c.w.seats)/2 + 1 + c.w.rng.IntN(2)
	end := func() {
		if !over {
			over = true
			then(answers)
		}
	}
	c.w.send(ask, func(n int, answer any) {
		if answers[n] = answer; len(answers) >= enough {
			end()
		}
	})
	c.w.after(60, end)
}

func (c *client) next() {
	if c.left--; c.left < 0 {
		c.w.running--
		return
	}
	i := &item{key: "k", reads: c.w.rng.IntN(3) == 0}
	if !i.reads {
		if c.known != nil && !c.known.gone {
			i.write.Expect = backends.Revision(c.known.revision)
			i.write.Delete = c.w.rng.IntN(4) == 0
		}
		i.write.Value = fmt.Append(nil, c.w.rng.IntN(100))
	}
	op := &operation{item: i, begun: c.w.now}
	c.w.history = append(c.w.history, op)
	c.try(op, 0, 1+c.w.rng.IntN(8))
}

// try is one turn of settle: it looks, unless a write is new, and then makes a round.
func (c *client) try(op *operation, attempt, limit int) {
	i := op.item
	if i.done() || attempt == limit {
		op.ended = c.w.now
		if c.known = i.current; i.verdict == applied {
			c.known = &version{revision: i.own, gone: i.write.Delete}
		}
		c.w.after(c.w.rng.IntN(20), c.next)
		return
	}
	again := func() { c.w.after(c.w.rng.IntN(10<<attempt), func() { c.try(op, attempt+1, limit) }) }
	round := func() { c.round(i, again) }
	if !i.reads && attempt == 0 {
		round()
		return
	}
	c.phase(func(s *seat) any { return s.stored }, func(answers map[int]any) {
		if v, ok := agreed(votesOf(answers), len(c.w.seats)/2+1); ok {
			i.peek(v)
		}
		if i.done() {
			again()
			return
		}
		round()
	})
}

func votesOf(answers map[int]any) (votes []*version) {
	for _, a := range answers {
		v, _ := parse(a.(string)) // "" is no version
		votes = append(votes, v)
	}
	return votes
}

// round is Store.round and tally over the seats.
func (c *client) round(i *item, again func()) {
	majority := len(c.w.seats)/2 + 1
	b := c.ballots.next(time.UnixMicro(int64(c.w.now)))
	c.phase(func(s *seat) any {
		if s.promised >= b {
			return s.promised
		}
		s.promised = b
		return s.stored
	}, func(answers map[int]any) {
		for n, a := range answers {
			if larger, refused := a.(ballot); refused {
				c.ballots.saw(larger)
				delete(answers, n)
			}
		}
		if len(answers) < majority {
			again()
			return
		}
		propose, v := i.decide(newest(votesOf(answers), majority))
		if propose == nil {
			i.verdict = v
			again()
			return
		}
		c.accept(i, b, propose.body(), v, again)
	})
}

func (c *client) accept(i *item, b ballot, body string, v verdict, again func()) {
	c.phase(func(s *seat) any {
		if s.promised > b {
			return s.promised
		}
		s.promised, s.stored = b, string(b)+" "+body
		return nil
	}, func(answers map[int]any) {
		acks := 0
		for _, a := range answers {
			if larger, refused := a.(ballot); refused {
				c.ballots.saw(larger)
			} else {
				acks++
			}
		}
		i.accepted(acks, len(c.w.seats)/2+1, len(answers) < len(c.w.seats), v)
		again()
	})
}

// play runs a world to its end.
func play(seed uint64, seats, clients, operations int) []*operation {
	w := &world{rng: rand.New(rand.NewPCG(seed, 1)), running: clients}
	for range seats {
		w.seats = append(w.seats, &seat{})
	}
	for n := range clients {
		c := &client{w: w, ballots: &proposer{id: uint64(n)}, left: operations}
		w.after(w.rng.IntN(20), c.next)
	}
	var crash func()
	crash = func() {
		s := w.seats[w.rng.IntN(seats)]
		s.down = true
		w.after(w.rng.IntN(150), func() { s.down = false })
		w.after(1+w.rng.IntN(200), crash)
	}
	w.after(1, crash)
	for w.running > 0 {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		e.do()
	}
	return w.history
}

// The register is linearizable whatever is lost, late or down.
func TestRegister_IsLinearizable(t *testing.T) {
	t.Parallel()
	worlds := 1000
	if testing.Short() {
		worlds = 200
	}
	counts := map[verdict]int{}
	for seed := range uint64(worlds) {
		history := play(seed, 3+2*int(seed%2), 2+int(seed%4), 12)
		for _, op := range history {
			counts[op.item.verdict]++
		}
		if err := linear(history); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	t.Logf("%d worlds: %d applied, %d conflicts, %d reads, %d proposed without an answer, %d blind, %d not sent",
		worlds, counts[applied], counts[conflict], counts[seen], counts[proposed], counts[blind], counts[open])
	for v := open; v <= seen; v++ {
		if counts[v] < worlds/100 {
			t.Errorf("only %d operations ended with verdict %d: the worlds are too tame", counts[v], v)
		}
	}
	if limit := max(10, worlds/100); counts[blind] > limit {
		t.Errorf("%d writes could not be told what became of them, want at most %d: versions name too few before them", counts[blind], limit)
	}
}

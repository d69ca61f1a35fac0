package logbook

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Span is a fault from its beginning to its end.
type Span struct {
	Name, Whom string
	From, To   time.Duration // To is 0 while it lasts
	Failed     string        // why it could not be done
}

// Book is the log, and the resource. All methods are safe for concurrent use.
type Book struct {
	// Open makes the resource accept everything: to show what the checks see then.
	Open bool

	mu      sync.Mutex // guards what follows
	events  []Event
	spans   []Span
	largest map[string]uint64
	hang    map[string]bool // partitions whose callbacks shall not return
	end     map[string]bool // processes that shall end their session
	now     Counts
	running map[string]map[string]Event // by partition and process: callbacks that run
}

// Counts is how much has happened.
type Counts struct {
	Grants, Effects, Refused, Lost, Saves, Ops int
}

// NewBook returns an empty one.
func NewBook() *Book {
	return &Book{largest: map[string]uint64{}, hang: map[string]bool{}, end: map[string]bool{}, running: map[string]map[string]Event{}}
}

// Add writes an event into the log and answers it.
func (b *Book) Add(e Event) Reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	var r Reply
	switch e.Kind {
	case nothing:
		return r
	case Granted:
		b.now.Grants++
		b.largest[e.Key] = max(b.largest[e.Key], e.Token)
		b.start(e)
	case Effect:
		b.now.Effects++
		e.Accepted = b.Open || e.Token >= b.largest[e.Key]
		if e.Accepted {
			b.largest[e.Key] = max(b.largest[e.Key], e.Token)
		} else {
			b.now.Refused++
		}
		r.Accepted = e.Accepted
	case Lost:
		b.now.Lost++
		if b.running[e.Key][e.Process].Token == e.Token {
			delete(b.running[e.Key], e.Process)
		}
	case Saved:
		b.now.Saves++
	case Op:
		b.now.Ops++
	case Gone, Died:
		b.forget(e.Process)
	}
	b.events = append(b.events, e)
	r.Hang = b.hang[e.Key]
	r.EndSession = b.end[e.Process]
	delete(b.end, e.Process)
	return r
}

func (b *Book) start(e Event) {
	if b.running[e.Key] == nil {
		b.running[e.Key] = map[string]Event{}
	}
	b.running[e.Key][e.Process] = e
}

// Died tells the book that a process is gone, so that Running does not name it.
func (b *Book) Died(process string) {
	now := Now()
	b.Add(Event{Kind: Died, Process: process, From: now, To: now})
}

func (b *Book) forget(process string) {
	for _, who := range b.running {
		delete(who, process)
	}
}

// Running returns the grants of a partition whose OnLost has not been called, the one
// with the largest token last.
func (b *Book) Running(partition string) []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	var grants []Event
	for _, e := range b.running[partition] {
		grants = append(grants, e)
	}
	slices.SortFunc(grants, func(x, y Event) int { return cmp.Compare(x.Token, y.Token) })
	return grants
}

// Hang asks the callbacks of a partition not to return while it is on.
func (b *Book) Hang(partition string, on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hang[partition] = on
}

// EndSession asks a process to end its session behind the library's back, once.
func (b *Book) EndSession(process string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end[process] = true
}

// Begin notes that a fault begins; End notes that it is over, with the error of doing it.
func (b *Book) Begin(name, whom string) (id int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spans = append(b.spans, Span{Name: name, Whom: whom, From: Now()})
	return len(b.spans) - 1
}

// End notes the end of a fault.
func (b *Book) End(id int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spans[id].To = Now()
	if err != nil {
		b.spans[id].Failed = err.Error()
	}
}

// Counts returns how much has happened so far.
func (b *Book) Counts() Counts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// Events returns what is in the log.
func (b *Book) Events() []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.events)
}

// Spans returns the faults so far.
func (b *Book) Spans() []Span {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.spans)
}

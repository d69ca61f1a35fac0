package sqlcore

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tenure-go/tenure/backends"
)

// Write implements backends.Backend. The items go out in spans; each takes one
// statement for those that create, one for those that replace and one for those that
// delete, one before them if any names a session, and one after them to look what
// kept the items that did not apply.
func (s *Store) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if err := backends.CheckWrites(s.d.Limits, writes); err != nil {
		return nil, err
	}
	all := make([]*attempt, len(writes))
	for i, w := range writes {
		all[i] = newAttempt(w)
	}
	// All calls take their locks in the order of the keys, so that none waits for
	// another in a circle.
	sorted := slices.SortedFunc(slices.Values(all), func(a, b *attempt) int { return strings.Compare(a.item.Key, b.item.Key) })
	s.inParallel(spans(open(sorted, nil)), func(span []*attempt) { s.commit(ctx, span) })
	results := make([]backends.Result, len(writes))
	sent := len(writes) == 0
	for i, a := range all {
		results[i] = a.result
		sent = sent || a.result.Outcome != backends.NotSent
	}
	if !sent {
		return nil, results[0].Err
	}
	return results, nil
}

// attempt is one item of a call on its way.
type attempt struct {
	item   item
	write  backends.Write
	result backends.Result
	done   bool
}

func newAttempt(w backends.Write) *attempt {
	a := &attempt{write: w, item: item{Key: string(w.Key), Value: hex.EncodeToString(w.Value), Revision: string(newRevision())}}
	if a.item.Expect = string(w.Expect); w.Expect != backends.Absent && !ours(w.Expect) {
		a.end(backends.Result{Outcome: backends.Conflict}) // no version of ours has it
	}
	if w.IfDead != "" {
		a.item.IfDead = backends.Escape(string(w.IfDead))
	}
	return a
}

func (a *attempt) end(r backends.Result) { a.result, a.done = r, true }

func (a *attempt) succeed() {
	r := backends.Result{Outcome: backends.Applied}
	if !a.write.Delete {
		r.Revision = backends.Revision(a.item.Revision)
	}
	a.end(r)
}

// open returns the attempts that have no result yet and, if which is not nil, match.
func open(span []*attempt, which func(backends.Write) bool) (rest []*attempt) {
	for _, a := range span {
		if !a.done && (which == nil || which(a.write)) {
			rest = append(rest, a)
		}
	}
	return rest
}

func creates(w backends.Write) bool  { return !w.Delete && w.Expect == backends.Absent }
func replaces(w backends.Write) bool { return !w.Delete && w.Expect != backends.Absent }
func deletes(w backends.Write) bool  { return w.Delete }

// rounds is how often commit tries. A second round is needed only for an item whose
// record was there when it should have been created, and gone when its cause was looked
// for; a third for one to which that happened twice.
const rounds = 3

// commit gives each attempt of a span its result.
func (s *Store) commit(ctx context.Context, span []*attempt) {
	s.kill(ctx, span)
	for range rounds {
		s.apply(ctx, s.d.Create, open(span, creates))
		s.apply(ctx, s.d.Replace, open(span, replaces))
		s.apply(ctx, s.d.Delete, open(span, deletes))
		s.look(ctx, open(span, nil))
	}
	err := fmt.Errorf("%s: write: %w: the database neither applies the item nor shows why; is there a trigger or a rule on the table?", s.d.Limits.Store, backends.ErrUnavailable)
	endAll(open(span, nil), backends.Result{Outcome: backends.NotSent, Err: err})
}

// kill makes those of the named sessions dead that have expired. If that fails, the
// items that name one are not sent.
func (s *Store) kill(ctx context.Context, span []*attempt) {
	var ids []string
	named := open(span, func(w backends.Write) bool { return w.IfDead != "" })
	for _, a := range named {
		ids = append(ids, a.item.IfDead)
	}
	if len(ids) == 0 {
		return
	}
	slices.Sort(ids)
	if err := s.query(ctx, s.d.Kill, []any{list(slices.Compact(ids))}, ignore); err != nil {
		endAll(named, backends.Result{Outcome: backends.NotSent, Err: s.wrap("end expired sessions", err)})
	}
}

// apply sends one statement for items of one kind. Counted deletions go one by one:
// afterwards nothing would tell one that applied from one that found no record.
func (s *Store) apply(ctx context.Context, statement string, span []*attempt) {
	size := max(1, len(span))
	if s.d.Counts && len(span) > 0 && span[0].write.Delete {
		size = 1
	}
	for part := range slices.Chunk(span, size) {
		if err := s.send(ctx, statement, part); err != nil {
			r := backends.Result{Outcome: backends.Unknown, Err: s.wrap("write", err)}
			if s.refused(err) {
				r.Outcome = backends.NotSent
			}
			endAll(part, r)
		}
	}
}

// send runs one statement and ends those of the items that it applied.
func (s *Store) send(ctx context.Context, statement string, span []*attempt) error {
	items := make([]item, len(span))
	for i, a := range span {
		items[i] = a.item
	}
	applied, count := map[string]bool{}, 0
	err := s.query(ctx, statement, []any{list(items)}, func(scan Scan) error {
		if s.d.Counts {
			return scan(&count)
		}
		var key string
		err := scan(&key)
		applied[key] = true
		return err
	})
	if err != nil {
		return err
	}
	if 0 < count && count < len(span) {
		s.sortOut(ctx, span, count)
		return nil
	}
	for _, a := range span {
		if count > 0 || applied[a.item.Key] {
			a.succeed()
		}
	}
	return nil
}

// sortOut finds out which of the items were applied, as many as the count: those whose
// revision is there. Where another write came in between that cannot be told, and the
// rest is unknown:
//
//	this call                      another client
//	writes a and b: one applied    (a had another revision)
//	                               replaces b, which this call had written
//	looks: neither is its own
func (s *Store) sortOut(ctx context.Context, span []*attempt, count int) {
	revisions, err := s.revisions(ctx, span)
	if err != nil {
		endAll(span, backends.Result{Outcome: backends.Unknown, Err: s.wrap("look for what was applied", err)})
		return
	}
	for _, a := range span {
		if revisions[a.item.Key] == a.item.Revision {
			a.succeed()
			count--
		}
	}
	if count > 0 {
		err := fmt.Errorf("%s: write: %w: %d more items applied, and were written again before they could be told from the others", s.d.Limits.Store, backends.ErrUnavailable, count)
		endAll(open(span, nil), backends.Result{Outcome: backends.Unknown, Err: err})
	}
}

// look tells why items did not apply. Only another revision that is seen is a
// conflict, because the caller takes a conflict for the end of the matter. That the
// session is not there any more proves nothing: it may have ended meanwhile. So an item
// whose revision still matches was refused because its session was alive.
func (s *Store) look(ctx context.Context, span []*attempt) {
	if len(span) == 0 {
		return
	}
	revisions, err := s.revisions(ctx, span)
	if err != nil {
		// They did not apply, but the answer may have been alive or conflict.
		endAll(span, backends.Result{Outcome: backends.Unknown, Err: s.wrap("look for the cause of a refusal", err)})
		return
	}
	for _, a := range span {
		revision, there := revisions[a.item.Key]
		switch {
		case there != (a.item.Expect != "") || revision != a.item.Expect:
			a.end(backends.Result{Outcome: backends.Conflict})
		case a.item.IfDead != "":
			a.end(backends.Result{Outcome: backends.Alive})
		}
	}
}

// revisions returns those of the records of a span that exist.
func (s *Store) revisions(ctx context.Context, span []*attempt) (map[string]string, error) {
	keys := make([]string, len(span))
	for i, a := range span {
		keys[i] = a.item.Key
	}
	found := map[string]string{}
	err := s.query(ctx, s.d.Look, []any{list(keys)}, func(scan Scan) error {
		var key, revision string
		err := scan(&key, &revision)
		found[key] = revision
		return err
	})
	return found, err
}

func endAll(span []*attempt, r backends.Result) {
	for _, a := range span {
		a.end(r)
	}
}

// spans cuts attempts into runs that share their statements.
func spans(all []*attempt) [][]*attempt {
	var cut [][]*attempt
	size := 0
	for i, a := range all {
		if i == 0 || len(cut[len(cut)-1]) == maxBatch || size+len(a.write.Value) > maxRequest {
			cut, size = append(cut, nil), 0
		}
		cut[len(cut)-1] = append(cut[len(cut)-1], a)
		size += len(a.write.Value)
	}
	return cut
}

// inParallel calls f for every span, InFlight at a time. f returns soon after the
// context of the call is done, so no span waits for its turn for long.
func (s *Store) inParallel(spans [][]*attempt, f func([]*attempt)) {
	slots := make(chan struct{}, s.d.InFlight)
	var all sync.WaitGroup
	for _, span := range spans {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			f(span)
		})
	}
	all.Wait()
}

package redisquorum

import (
	"fmt"
)

// operation is what one client did, in the time of the test.
type operation struct {
	item         *item
	begun, ended int // ended is 0 while it runs
}

// linear checks a history of one record. Every version follows one other, so the
// versions that took effect are a chain, and where each is in it is known. What remains
// is to ask whether operations that followed each other in time do so in the chain.
func linear(history []*operation) error {
	chain, err := chainOf(history)
	if err != nil {
		return err
	}
	place := map[string]int{none: 0}
	for n, op := range chain {
		place[op.item.own] = n + 1
	}
	for _, op := range history {
		switch op.item.verdict {
		case applied:
			if place[op.item.own] == 0 {
				return fmt.Errorf("version %s was applied and is not in the chain", op.item.own)
			}
		case conflict:
			if op.item.own == "" && op.item.matches(op.item.current) {
				return fmt.Errorf("a write that expected %q was told of a conflict with it", op.item.write.Expect)
			}
			if place[op.item.own] > 0 {
				return fmt.Errorf("version %s took effect though its writer was told of a conflict", op.item.own)
			}
		case seen:
			if _, ok := place[idOf(op.item.current)]; !ok {
				return fmt.Errorf("version %s was read and is not in the chain", idOf(op.item.current))
			}
		}
	}
	return inTime(history, place)
}

// chainOf returns the writes that took effect, in their order.
func chainOf(history []*operation) ([]*operation, error) {
	writes, followed := map[string]*operation{}, map[string]*operation{}
	for _, op := range history {
		if op.item.own != "" {
			writes[op.item.own] = op
		}
	}
	var take func(revision string) error
	take = func(revision string) error {
		op := writes[revision]
		if op == nil {
			return nil
		}
		before := followed[op.item.base]
		if before == op {
			return nil
		}
		if before != nil {
			return fmt.Errorf("versions %s and %s both followed %s", op.item.own, before.item.own, op.item.base)
		}
		followed[op.item.base] = op
		return take(op.item.base)
	}
	for _, op := range history {
		revision := ""
		switch op.item.verdict {
		case applied:
			revision = op.item.own
		case seen, conflict:
			revision = idOf(op.item.current)
		}
		if err := take(revision); err != nil {
			return nil, err
		}
	}
	var chain []*operation
	for op := followed[none]; op != nil; op = followed[op.item.own] {
		chain = append(chain, op)
	}
	if len(chain) != len(followed) {
		return nil, fmt.Errorf("%d versions took effect, and only %d follow each other", len(followed), len(chain))
	}
	return chain, nil
}

// inTime checks that the order of the chain is possible.
func inTime(history []*operation, place map[string]int) error {
	at := func(op *operation) (int, bool) {
		switch op.item.verdict {
		case applied:
			return place[op.item.own], true
		case seen, conflict:
			return place[idOf(op.item.current)], true
		}
		return 0, false
	}
	for _, a := range history {
		for _, b := range history {
			x, okA := at(a)
			y, okB := at(b)
			if !okA || !okB || a.ended >= b.begun {
				continue
			}
			if x > y || x == y && b.item.verdict == applied {
				return fmt.Errorf("%s was over before %s began, but comes after it", what(a), what(b))
			}
		}
	}
	return nil
}

func what(op *operation) string {
	if op.item.verdict != applied {
		return "the read of " + idOf(op.item.current)
	}
	return "the write of " + op.item.own
}

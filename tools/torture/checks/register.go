package checks

import (
	"github.com/anishathalye/porcupine"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// The outcomes of a write, in the words of the log.
var (
	applied  = backends.Applied.String()
	conflict = backends.Conflict.String()
	unknown  = backends.Unknown.String()
	notSent  = backends.NotSent.String()
)

// unseen is the revision of a version that nobody was told: that of a write whose reply
// was lost.
const unseen = "?"

// version is the state of a claim in the store.
type version struct {
	revision string
	claim    logbook.Claim
}

// register is one claim as a register with compare-and-set.
var register = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{version{}} },
	Step: func(state, input, output any) []any {
		return next(state.(version), input.(logbook.StoreOp), output.(bool))
	},
}).ToModel()

// next returns the states that a call can lead to, none if it cannot have had its answer.
func next(v version, op logbook.StoreOp, answered bool) []any {
	if op.Kind != logbook.Write {
		if was, ok := v.is(op.Revision, op.Claim); ok {
			return []any{was}
		}
		return nil
	}
	// What a process expects, it has read or written. It does not tell what that said, so
	// an unseen version may be the one.
	matches := v.revision == op.Expect || v.revision == unseen && op.Expect != ""
	if !answered {
		if matches {
			return []any{v, version{unseen, op.Claim}}
		}
		return []any{v}
	}
	switch op.Outcome {
	case applied:
		if matches {
			return []any{version{op.Revision, op.Claim}}
		}
		return nil
	case conflict:
		if v.revision == op.Expect {
			return nil
		}
	}
	return []any{v} // alive says nothing about the revision
}

// is reports whether the version can be what was read, and returns it with its revision.
func (v version) is(revision string, claim logbook.Claim) (version, bool) {
	if v.revision == revision || v.revision == unseen && revision != "" && v.claim == claim {
		return version{revision, claim}, true
	}
	return v, false
}

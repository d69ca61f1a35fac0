package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
)

// result is what was worked out from the first lines of a partition's log,
// together with where it stopped. Both are saved in one record, so that they
// cannot get apart.
type result struct {
	Line     int64            `json:"line"`   // the last line counted
	Offset   int64            `json:"offset"` // where it ends
	Counts   map[string]int64 `json:"counts"` // lines per key
	Checksum string           `json:"checksum"`
}

// parseResult reads a saved result; nil is that of no lines.
func parseResult(saved []byte) (result, error) {
	r := result{Counts: map[string]int64{}}
	if saved == nil {
		return r, nil
	}
	if err := json.Unmarshal(saved, &r); err != nil {
		return r, fmt.Errorf("the saved result cannot be read: %w", err)
	}
	return r, nil
}

// add counts one more line. The checksum covers the one before it, so that a
// line that is left out, counted twice or out of order changes it for good.
func (r *result) add(e entry) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %s %s", r.Checksum, e.Line, e.Key, e.Event))
	r.Checksum = hex.EncodeToString(sum[:])
	r.Counts[e.Key]++
	r.Line, r.Offset = e.Line, e.end
}

func (r *result) equal(other result) bool {
	return r.Line == other.Line && r.Offset == other.Offset && r.Checksum == other.Checksum && maps.Equal(r.Counts, other.Counts)
}

func (r *result) encode() []byte {
	data, err := json.Marshal(r)
	if err != nil {
		panic(err) // unreachable: a result has only strings and numbers
	}
	return data
}

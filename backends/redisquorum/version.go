package redisquorum

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ballot orders the rounds of all stores: 16 digits that count, from the clock's
// microseconds on, and 20 that tell whose it is. All have the same length and only
// digits, so that every comparison of strings orders them, whatever the locale.
type ballot string

var ballotPattern = regexp.MustCompile(`^[0-9]{36}$`)

// proposer hands out rising ballots. It is safe for concurrent use.
type proposer struct {
	id uint64 // random, so that no two proposers share a ballot

	mu  sync.Mutex // guards top
	top uint64
}

func newProposer() *proposer {
	var b [8]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return &proposer{id: binary.BigEndian.Uint64(b[:])}
}

// next returns a ballot that is larger than all that were handed out or seen. Time
// makes it likely that it is larger than what others have handed out; nothing depends
// on that.
func (p *proposer) next(now time.Time) ballot {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.top = max(p.top+1, uint64(now.UnixMicro()))
	return ballot(fmt.Sprintf("%016d%020d", p.top, p.id))
}

// saw notes the ballot of another proposer.
func (p *proposer) saw(b ballot) {
	count, err := strconv.ParseUint(string(b[:16]), 10, 64)
	if err != nil {
		return // the pattern was checked before
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.top = max(p.top, count)
}

const (
	// ancestors is how many revisions a version names that came before it.
	ancestors = 8
	// none stands among them for no version at all.
	none = "-"
)

// version is one version of a record. The revision of a tombstone is never shown.
type version struct {
	ballot   ballot // of the round that has proposed it last
	revision string
	gone     bool     // a tombstone
	before   []string // the revisions before this one, the newest first
	value    string
}

// versionPattern is how body begins: the kind, the revision and the ancestors.
var versionPattern = regexp.MustCompile(`^([=x])([0-9A-Z]+) ([0-9A-Z,-]*):`)

// body is what is stored behind the ballot.
func (v *version) body() string {
	kind := "="
	if v.gone {
		kind = "x"
	}
	return kind + v.revision + " " + strings.Join(v.before, ",") + ":" + v.value
}

// parse is the inverse of a ballot, a space and body. It reports false for what was
// not written by this package.
func parse(stored string) (*version, bool) {
	first, rest, ok := strings.Cut(stored, " ")
	part := versionPattern.FindStringSubmatch(rest)
	if !ok || part == nil || !ballotPattern.MatchString(first) {
		return nil, false
	}
	return &version{
		ballot: ballot(first), gone: part[1] == "x", revision: part[2],
		before: strings.Split(part[3], ","), value: rest[len(part[0]):],
	}, true
}

// idOf is the revision of a version that may be missing.
func idOf(v *version) string {
	if v == nil {
		return none
	}
	return v.revision
}

// after makes a version that follows another one, which may be missing.
func after(v *version, revision string, gone bool, value string) *version {
	before := []string{idOf(v)}
	if v != nil {
		before = append(before, v.before[:min(len(v.before), ancestors-1)]...)
	}
	return &version{revision: revision, gone: gone, before: before, value: value}
}

// successor returns the revision that followed base on the way to v, "" if v does not
// know.
func (v *version) successor(base string) string {
	if i := slices.Index(v.before, base); i > 0 {
		return v.before[i-1]
	} else if i == 0 {
		return v.revision
	}
	return ""
}

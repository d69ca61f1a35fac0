package backendtest

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/backends"
)

var sessions = []Clause{
	{"S1", "FreshID", freshID},
	{"S2", "ValidForIsKept", validForIsKept},
	{"S3", "LimitsOfTTL", limitsOfTTL},
	{"S4", "RenewExtends", renewExtends},
	{"S5", "RenewOfDead", renewOfDead},
	{"S6", "RenewOfRemoved", renewOfRemoved},
	{"S7", "CloseRacesRenew", closeRacesRenew},
	{"S8", "OwnNamespaceOnly", ownNamespaceOnly},
}

// idPattern: 21 characters out of 63 are 125 bits; 20 would be fewer than 122.
// 31 hexadecimal digits are 124 bits.
var (
	idPattern  = regexp.MustCompile(`^[A-Za-z0-9-]{21,}$`)
	hexPattern = regexp.MustCompile(`^[0-9a-fA-F-]*$`)
)

func freshID(e *env) {
	const count = 16
	ids := make(chan backends.SessionID, count)
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() {
			s, _, err := []backends.Backend{e.a, e.b}[i%2].OpenSession(e.ctx(), backends.SessionSpec{TTL: e.longTTL()})
			if err != nil {
				e.Errorf("OpenSession: %v", err)
				return
			}
			ids <- s.ID()
		})
	}
	all.Wait()
	close(ids)
	seen := map[backends.SessionID]bool{}
	for id := range ids {
		if seen[id] {
			e.Errorf("the ID %q came twice", id)
		}
		seen[id] = true
		if !idPattern.MatchString(string(id)) {
			e.Errorf("the ID %q is too short for 122 bits or has characters outside [A-Za-z0-9-]", id)
		}
		if hexPattern.MatchString(string(id)) && len(strings.ReplaceAll(string(id), "-", "")) < 31 {
			e.Errorf("the ID %q looks hexadecimal and is too short for 122 bits", id)
		}
	}
	// An attempt that was repeated under the hood would have left a second one.
	infos, err := e.a.Sessions(e.ctx())
	if err != nil || len(infos) != count {
		e.Errorf("%d sessions are listed, %v; opened were %d", len(infos), err, count)
	}
	for _, info := range infos {
		if !seen[info.ID] {
			e.Errorf("a session %q is listed that no call returned", info.ID)
		}
	}
}

func validForIsKept(e *env) {
	l := e.open(e.a)
	if l.valid < e.h.TTL {
		e.Errorf("ValidFor is %v, asked for was %v", l.valid, e.h.TTL)
	}
	e.untilProven(e.b, l) // fails if it comes too early
}

func limitsOfTTL(e *env) {
	c := e.a.Capabilities()
	for _, ttl := range []time.Duration{-time.Second, 0, c.MinTTL - 1, c.MaxTTL + 1} {
		_, _, err := e.a.OpenSession(e.ctx(), backends.SessionSpec{TTL: ttl})
		e.invalid("OpenSession with TTL "+ttl.String(), err)
	}
	_, _, err := e.a.OpenSession(e.ctx(), backends.SessionSpec{TTL: e.h.TTL, Description: make([]byte, c.MaxDescriptionBytes+1)})
	e.invalid("OpenSession with a description that is too long", err)
	if infos, err := e.a.Sessions(e.ctx()); err != nil || len(infos) > 0 {
		e.Errorf("refused sessions are listed: %+v, %v", infos, err)
	}
	for _, ttl := range []time.Duration{c.MinTTL, min(c.MinTTL+1, c.MaxTTL), c.MaxTTL} {
		s, renewal, err := e.a.OpenSession(e.ctx(), backends.SessionSpec{TTL: ttl, Description: make([]byte, c.MaxDescriptionBytes)})
		if err != nil {
			e.Errorf("OpenSession with TTL %v: %v", ttl, err)
			continue
		}
		if renewal.ValidFor < ttl {
			e.Errorf("OpenSession with TTL %v: ValidFor %v is less", ttl, renewal.ValidFor)
		}
		if err := s.Close(e.ctx()); err != nil {
			e.Errorf("Close: %v", err)
		}
	}
}

func renewExtends(e *env) {
	l := e.open(e.a)
	first := l.good()
	for range 3 {
		e.pass(l.valid * 2 / 3)
		e.renew(l)
		if l.valid < e.h.TTL {
			e.Errorf("Renew: ValidFor is %v, asked for was %v", l.valid, e.h.TTL)
		}
	}
	if !l.good().After(first) {
		e.Errorf("three renewals did not extend the session")
	}
	e.untilProven(e.b, l)
}

func renewOfDead(e *env) {
	closed := e.open(e.a)
	e.close(closed)
	e.lost(closed, "of a closed session")
	expired := e.open(e.a)
	e.untilProven(e.b, expired)
	e.lost(expired, "of a session that was proven dead")
	e.lost(expired, "of a session that was proven dead, again")
}

func renewOfRemoved(e *env) {
	if e.h.RemoveSession == nil {
		e.Skipf("the harness has no hook RemoveSession")
	}
	l := e.open(e.a)
	e.renew(l)
	e.h.RemoveSession(e, e.namespace, l.ID())
	e.lost(l, "after its record was removed from outside")
	if o := e.prove(e.b, l.ID()); o != backends.Applied {
		e.Errorf("write with IfDead of a removed session: %v, want applied", o)
	}
	e.lost(l, "after its record was removed from outside, again")
}

func closeRacesRenew(e *env) {
	for range 10 {
		l := e.open(e.a)
		var closed atomic.Bool
		var running, all sync.WaitGroup
		for range 4 {
			running.Add(1)
			all.Go(func() {
				_, err := l.Renew(e.ctx())
				running.Done()
				for err == nil {
					// Else renewals that never fail would keep this test running for ever.
					late := closed.Load()
					_, err = l.Renew(e.within(2 * l.valid))
					if late && err == nil {
						e.Errorf("a Renew that began after Close had returned has succeeded")
						return
					}
				}
				if !errors.Is(err, backends.ErrSessionLost) {
					e.Errorf("Renew that races Close: %v, want success or ErrSessionLost", err)
				}
			})
		}
		running.Wait()
		e.close(l)
		closed.Store(true)
		if o := e.prove(e.b, l.ID()); o != backends.Applied {
			e.Errorf("write with IfDead after Close: %v, want applied", o)
		}
		all.Wait()
		e.lost(l, "after Close")
		if err := l.Close(e.ctx()); err != nil {
			e.Errorf("second Close: %v", err)
		}
		if info := e.listed(e.b, l.ID()); info != nil {
			e.Fatalf("a renewal has revived a closed session: %+v", *info)
		}
	}
	expired := e.open(e.a)
	e.untilProven(e.b, expired)
	e.close(expired)
}

func ownNamespaceOnly(e *env) {
	// A namespace that begins with the other's name is the likeliest to mix.
	neighbour := e.h.Open(e, e.namespace+"-b")
	want := map[backends.SessionID][]byte{}
	for _, description := range [][]byte{nil, []byte("plain"), {0, 0xff, '\n', 0x80}, bytes.Repeat([]byte{'x'}, e.a.Capabilities().MaxDescriptionBytes)} {
		s, _, err := e.a.OpenSession(e.ctx(), backends.SessionSpec{TTL: e.longTTL(), Description: description})
		if err != nil {
			e.Fatalf("OpenSession: %v", err)
		}
		want[s.ID()] = description
	}
	foreign := e.open(neighbour)
	infos, err := e.b.Sessions(e.ctx())
	if err != nil || len(infos) != len(want) {
		e.Errorf("%d sessions are listed, %v; want %d", len(infos), err, len(want))
	}
	for _, info := range infos {
		if description, ok := want[info.ID]; !ok || !bytes.Equal(description, info.Description) {
			e.Errorf("listed session %q: own %v, description %.40q, want %.40q", info.ID, ok, info.Description, description)
		}
	}
	if infos, err := neighbour.Sessions(e.ctx()); err != nil || len(infos) != 1 || infos[0].ID != foreign.ID() {
		e.Errorf("the other namespace lists %+v, %v; want its own session only", infos, err)
	}
	// A session of another namespace does not exist here, and so is dead.
	if o := e.prove(e.a, foreign.ID()); o != backends.Applied {
		e.Errorf("write with IfDead of another namespace's session: %v, want applied", o)
	}
	e.renew(foreign)
}

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/internal/rivals"
)

// groupFor returns members, and partitions that nobody owns.
func groupFor(partitions, members int) rivals.Group {
	g := rivals.Group{Owner: slices.Repeat([]int32{rivals.NoOwner}, partitions)}
	for m := range members {
		// The order of names is not that of members.
		g.Members = append(g.Members, rivals.Member{Name: fmt.Sprintf("%c-%d", 'z'-m, m)})
	}
	return g
}

// evenGroup returns a group whose members own as much as they should, and what by chance.
func evenGroup(partitions, members int) rivals.Group {
	g := groupFor(partitions, members)
	for p := range g.Owner {
		g.Owner[p] = int32(p % members)
	}
	rand.New(rand.NewPCG(seed, 0)).Shuffle(partitions, func(i, j int) { g.Owner[i], g.Owner[j] = g.Owner[j], g.Owner[i] })
	return g
}

func eachClient(t *testing.T, test func(t *testing.T, plan func(rivals.Group) []int32)) {
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			test(t, func(g rivals.Group) []int32 {
				owner := c.strategy().Plan(g)
				if err := complete(owner, len(g.Owner), len(g.Members)); err != nil {
					t.Fatal(err)
				}
				return owner
			})
		})
	}
}

func TestClients_ShareOutEvenly(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, plan func(rivals.Group) []int32) {
		for _, partitions := range []int{7, 100, 2345} { // one topic, and three of which the last has 345
			if err := even(plan(groupFor(partitions, 7)), 7); err != nil {
				t.Errorf("%d partitions: %v", partitions, err)
			}
		}
	})
}

func TestClients_KeepWhatMembersReport(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, plan func(rivals.Group) []int32) {
		g := evenGroup(2345, 7)
		if owner := plan(g); !slices.Equal(owner, g.Owner) {
			t.Errorf("%d moves in an even group", moves(g.Owner, owner))
		}
	})
}

func TestClients_MoveTheLeastForAJoin(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, plan func(rivals.Group) []int32) {
		for _, partitions := range []int{100, 2345} {
			g := evenGroup(partitions, 7)
			g.Members = append(g.Members, rivals.Member{Name: "new"})
			owner := plan(g)
			if err := even(owner, 8); err != nil {
				t.Error(err)
			}
			if made := moves(g.Owner, owner); made != partitions/8 {
				t.Errorf("%d moves of %d partitions, want %d", made, partitions, partitions/8)
			}
		}
	})
}

func TestClients_TakeMembersThatLeaveAsGone(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, plan func(rivals.Group) []int32) {
		g := evenGroup(2345, 7)
		g.Members[2].Leaving = true
		g.Members[5].Away = true
		owner := plan(g)
		for p, m := range owner {
			gone := g.Owner[p] == 2 || g.Owner[p] == 5
			if m == 2 || m == 5 || !gone && m != g.Owner[p] {
				t.Fatalf("partition %d of member %d was given to %d", p, g.Owner[p], m)
			}
		}
	})
}

func TestOwners_RefusesAssignmentsThatAreNone(t *testing.T) {
	t.Parallel()
	k := newKafkaGroup(groupFor(1003, 2))
	whole := func() assignment {
		all := make([]int32, 1000)
		for i := range all {
			all[i] = int32(i)
		}
		return assignment{k.members[0].name: {"topic-000": all}, k.members[1].name: {"topic-001": {0, 1, 2}}}
	}
	owner, err := k.owners(whole())
	if err != nil || owner[999] != k.members[0].index || owner[1000] != k.members[1].index {
		t.Fatalf("owners %v…, error %v", owner[999:], err)
	}
	second := k.members[1].name
	for want, breakIt := range map[string]func(assignment){
		"to nobody":          func(a assignment) { a[second]["topic-001"] = []int32{0, 2} },
		"gives partition 7":  func(a assignment) { a[second]["topic-000"] = []int32{7} },
		"names member":       func(a assignment) { a["stranger"] = map[string][]int32{"topic-001": {0}} },
		"names topic":        func(a assignment) { a[second]["topic-002"] = []int32{0} },
		"names partition 3":  func(a assignment) { a[second]["topic-001"] = []int32{0, 1, 2, 3} },
		"names partition -1": func(a assignment) { a[second]["topic-001"] = []int32{-1} },
	} {
		broken := whole()
		breakIt(broken)
		if _, err := k.owners(broken); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

package sim

import (
	"fmt"

	"github.com/tenure-go/tenure/backends"
)

func dumpClaims(c *Cluster) {
	b := c.Store.Client("sim")
	for _, d := range []string{"groups/sim/claims/", "groups/sim/members/", "groups/sim/plans/", "groups/sim/reserved/"} {
		rs, err := b.List(c.world, backends.Dir(d))
		fmt.Println(d, err)
		for _, r := range rs {
			fmt.Println("   ", r.Key, r.Revision, string(r.Value))
		}
	}
	ss, _ := b.Sessions(c.world)
	for _, s := range ss {
		fmt.Println("  S", s.ID, s.Left, s.Expired, string(s.Description))
	}
}

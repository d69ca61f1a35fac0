package rig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/tools/torture/nemesis"
)

// abilities says which kinds of fault cannot be done here, and why.
func (s *store) abilities() map[nemesis.Kind]string {
	missing := map[nemesis.Kind]string{}
	none := func(why string, kinds ...nemesis.Kind) {
		for _, k := range kinds {
			missing[k] = why
		}
	}
	path, err := s.path(loopback)
	if err != nil {
		none("the store has no network to cut: "+err.Error(), nemesis.Cut, nemesis.CutRequests, nemesis.CutReplies, nemesis.Delay,
			nemesis.Hold, nemesis.HalfOpen, nemesis.Resets, nemesis.Deafen, nemesis.Partition)
	} else {
		_ = path.Close() // it was a trial
		if err := canPartition(); err != nil {
			none(err.Error(), nemesis.Partition)
		}
	}
	if len(s.servers) == 0 {
		none("no server of the store was started here", nemesis.ServerKill, nemesis.ServerStop, nemesis.ServerRestart, nemesis.ServerPause)
	} else if !s.pauses() {
		none("the server is several processes", nemesis.ServerPause)
	}
	if s.forgets != "" {
		none(s.forgets, nemesis.ServerKill, nemesis.ServerStop, nemesis.ServerRestart)
	}
	if len(s.endpoints) == 0 {
		none("the store is no cluster with a leader: try "+cluster, nemesis.LeaderKill)
	}
	if s.failover == nil {
		none("the store does not fail over: try "+failoverStore, nemesis.Failover)
	}
	if s.clock == nil {
		none(fmt.Sprintf("no wall clock of a server that was started here counts: try %s", strings.Join(wallClock, ", ")), nemesis.ClockStep)
	}
	if err := canFreeze(); err != nil {
		none(err.Error(), nemesis.Freeze)
	}
	return missing
}

// leftOut says in a few lines which faults of a case are left out.
func leftOut(c nemesis.Case, missing map[nemesis.Kind]string) []string {
	byReason := map[string][]string{}
	for _, k := range c.Kinds {
		if why, ok := missing[k.Kind]; ok {
			byReason[why] = append(byReason[why], string(k.Kind))
		}
	}
	var lines []string
	for why, kinds := range byReason {
		lines = append(lines, fmt.Sprintf("left out: %s (%s)", strings.Join(kinds, ", "), why))
	}
	slices.Sort(lines)
	return lines
}

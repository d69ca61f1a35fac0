package main

import (
	"fmt"
	"strings"
	"time"
)

// aim is something that a row should reach.
type aim struct {
	name   string
	met    bool
	failed bool // the run fails
}

// Aims of time. The first two are guides for one machine of two cores, and never fail a run.
// A ratio of times taken in turns fails it when it misses its aim by a factor of two: other
// load on the machine hits both about alike.
const (
	planTime         = 25 * time.Millisecond  // after a change of the largest group
	weightedPlanTime = 100 * time.Millisecond // the same with weights
	fasterThanClient = 3                      // times, than the best client at clientAimSize
	wideMargin       = 2
	clientAimSize    = "100k×1k"
)

// Aims that no other load has a part in: missing one fails the run.
const (
	bytesPerPartition = 64
	movedThousandths  = 1010 // of the least load that must move
)

// must is an aim that fails the run when it is missed.
func must(name string, met bool) aim { return aim{name, met, !met} }

// aimTime is met below a time that is taken as a guide.
func aimTime(took, most time.Duration) aim {
	return aim{name: fmt.Sprintf("≤ %v", most), met: took <= most}
}

// aimRatio is met where a ratio of two times is below a limit.
func aimRatio(name string, ratio, most float64) aim {
	return aim{name, ratio <= most, ratio > most*wideMargin}
}

// aimBytes is met where planning allocates little.
func aimBytes(bytes int64, partitions int) aim {
	return must(fmt.Sprintf("≤ %d B", bytesPerPartition), bytes <= bytesPerPartition*int64(partitions))
}

// aimLoad is met where hardly more load moves than must. As only whole partitions move,
// one of mean weight more does not fail the run.
func aimLoad(moved, least, mean int64) aim {
	most := least * movedThousandths / 1000
	return aim{fmt.Sprintf("moved load ≤ %.2f", movedThousandths/1000.0), moved <= most, moved > most+mean}
}

// verdict is the last field of a row: how many of its aims are met, and which are not.
func verdict(aims []aim) string {
	if len(aims) == 0 {
		return ""
	}
	var missed []string
	for _, a := range aims {
		if !a.met {
			missed = append(missed, a.name)
		}
	}
	met := fmt.Sprintf("%d of %d met", len(aims)-len(missed), len(aims))
	if len(missed) == 0 {
		return met
	}
	return met + ", not: " + strings.Join(missed, ", ")
}

func count(aims []aim) (met, failed int) {
	for _, a := range aims {
		if a.met {
			met++
		}
		if a.failed {
			failed++
		}
	}
	return met, failed
}

package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// silentDial is what a cautious user of a slow network may set.
	silentDial    = 30 * time.Second
	silentTimeout = 60 * time.Second
)

// silentExperiment cuts the network right after joining, with a client whose
// DialTimeout is far above the TTL: etcd's client waits for its first renewal
// that long. With beside, concurrency.Session goes the same way for comparison,
// which takes over half a minute.
func silentExperiment(ctx context.Context, endpoint string, beside bool) *verdict {
	v := &verdict{name: fmt.Sprintf("silent: the network falls silent right after joining, TTL %v, DialTimeout %v", cutTTL, silentDial)}
	ctx, cancel := context.WithTimeout(ctx, silentTimeout)
	defer cancel()
	client, err := dial(cutDial, endpoint)
	if err != nil {
		v.fault("%v", err)
		return v
	}
	defer func() { _ = client.Close() }()
	d, err := watchDeaths(ctx, client, "silent")
	if err != nil {
		v.fault("%v", err)
		return v
	}
	var wg sync.WaitGroup
	var a, b outcome
	var aErr, bErr error
	wg.Go(func() {
		s, err := ours(ctx, endpoint, "silent", cutTTL, silentDial)
		if aErr = err; err != nil {
			return
		}
		defer s.close()
		died := d.of(s.key)
		s.proxy.Cut()
		a, aErr = s.watch(ctx, d, died)
	})
	if beside {
		wg.Go(func() {
			s, err := theirs(ctx, endpoint, "silent", cutTTL, silentDial, true)
			if bErr = err; err != nil {
				return
			}
			defer s.close()
			b, bErr = s.watch(ctx, d, d.of(s.key))
		})
	}
	wg.Wait()
	switch {
	case aErr != nil:
		v.fault("%v", aErr)
	case a.atLeast() <= 0:
		v.fault("Tenure stopped from %v before to %v after the key was deleted", -a.late(), -a.atLeast())
	default:
		v.line("Tenure stopped %s before the key was deleted", seconds(a.atLeast()))
	}
	switch {
	case bErr != nil:
		v.fault("%v", bErr)
	case beside:
		v.line("concurrency.Session was told %s after the key was deleted", seconds(b.late()))
	}
	return v
}

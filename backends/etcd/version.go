package etcd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

// Minimum are the oldest servers of each line that are taken. Before them a
// server could answer a renewal with success after the lease was revoked
// (etcd's changelogs of 3.5.23 and 3.6.5).
var Minimum = []string{"3.5.23", "3.6.5"}

const (
	// versionLimit bounds the check when the caller's context does not.
	versionLimit = 10 * time.Second
	// versionGrace is how long the check waits for the other servers once one
	// has answered: a member that is away must not hold New up.
	versionGrace = time.Second
)

// checkVersions asks all endpoints at once, because during an upgrade members of
// two versions serve, and one that is cut off would keep the others waiting. One
// good answer is enough, one bad answer is too much.
func checkVersions(ctx context.Context, client *clientv3.Client) error {
	endpoints := client.Endpoints()
	if len(endpoints) == 0 {
		return fmt.Errorf("etcd: %w: the client has no endpoints", backends.ErrInvalid)
	}
	ctx, cancel := context.WithTimeout(ctx, versionLimit)
	defer cancel()
	answers := make(chan error, len(endpoints))
	for _, endpoint := range endpoints {
		go func() { answers <- checkVersion(ctx, client, endpoint) }()
	}
	var failed []error
	var enough <-chan time.Time
	for range endpoints {
		select {
		case err := <-answers:
			if errors.Is(err, backends.ErrUnsupported) {
				return err
			}
			if err != nil {
				failed = append(failed, err)
			} else if enough == nil {
				enough = time.After(versionGrace)
			}
		case <-enough:
			return nil
		}
	}
	if enough != nil {
		return nil
	}
	return errors.Join(failed...)
}

func checkVersion(ctx context.Context, client *clientv3.Client, endpoint string) error {
	status, err := client.Status(ctx, endpoint)
	if err != nil {
		return wrap("ask for the version of "+endpoint, err)
	}
	if !newEnough(status.Version) {
		return fmt.Errorf("etcd: %w: the server %s has version %s, at least %s is needed: before it a renewal could succeed after the lease was revoked",
			backends.ErrUnsupported, endpoint, status.Version, strings.Join(Minimum, " or "))
	}
	return nil
}

// newEnough compares a version with the minimum of its line. A line newer than
// all that are listed is new enough; one that cannot be read is not.
func newEnough(version string) bool {
	v, ok := parse(version)
	if !ok {
		return false
	}
	newest := true
	for _, m := range Minimum {
		least, _ := parse(m)
		if v[0] == least[0] && v[1] == least[1] {
			return v[2] >= least[2]
		}
		newest = newest && (v[0] > least[0] || v[0] == least[0] && v[1] > least[1])
	}
	return newest
}

func parse(version string) (v [3]int, ok bool) {
	numbers, _, _ := strings.Cut(version, "-")
	parts := strings.Split(strings.TrimPrefix(numbers, "v"), ".")
	if len(parts) != 3 {
		return v, false
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil {
			return v, false
		}
		v[i] = n
	}
	return v, true
}

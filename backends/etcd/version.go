package etcd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tenure-go/tenure/backends"
)

// Minimum are the oldest servers of each line that are taken. Before them a
// server could answer a renewal with success after the lease was revoked
// (etcd's changelogs of 3.5.23 and 3.6.5).
var Minimum = []string{"3.5.23", "3.6.5"}

// checkVersion asks the endpoints, one after the other, until one answers.
func (s *Store) checkVersion(ctx context.Context) error {
	var all []error
	for _, endpoint := range s.client.Endpoints() {
		status, err := s.client.Status(ctx, endpoint)
		if err != nil {
			all = append(all, wrap("ask for the version of "+endpoint, err))
			continue
		}
		if !newEnough(status.Version) {
			return fmt.Errorf("etcd: %w: the server %s has version %s, at least %s is needed: before it a renewal could succeed after the lease was revoked",
				backends.ErrUnsupported, endpoint, status.Version, strings.Join(Minimum, " or "))
		}
		return nil
	}
	if len(all) == 0 {
		return fmt.Errorf("etcd: %w: the client has no endpoints", backends.ErrInvalid)
	}
	return errors.Join(all...)
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

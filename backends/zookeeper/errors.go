package zookeeper

import (
	"errors"
	"fmt"

	"github.com/go-zookeeper/zk"

	"github.com/tenure-go/tenure/backends"
)

// errUnsent marks an error that came before anything was sent.
var errUnsent = errors.New("nothing was sent")

// known is what a native error means here, and what a person can do about it.
var known = []struct {
	native error
	kind   error
	advice string
}{
	{zk.ErrNoAuth, backends.ErrDenied, "check the Auth of the options, and the ACLs of the namespace: getAcl in zkCli.sh shows them"},
	{zk.ErrAuthFailed, backends.ErrDenied, "the server refused the Auth of the options"},
	{zk.ErrInvalidACL, backends.ErrInvalid, "the server does not take the ACL of the options"},
	{zk.ErrNoNode, backends.ErrUnavailable, "a znode of the namespace is missing: if somebody has deleted it, New creates it again"},
	{zk.ErrNoChildrenForEphemerals, backends.ErrForeign, "somebody else's ephemeral znode is in the namespace"},
}

// wrap maps a native error to a sentinel and keeps both. The library's errors carry no
// credentials. An error that has a sentinel keeps it.
func wrap(doing string, err error) error {
	for _, sentinel := range []error{backends.ErrForeign, backends.ErrInvalid, backends.ErrDenied, backends.ErrUnavailable} {
		if errors.Is(err, sentinel) {
			return fmt.Errorf("zookeeper: %s: %w", doing, err)
		}
	}
	for _, k := range known {
		if errors.Is(err, k.native) {
			return fmt.Errorf("zookeeper: %s: %w: %w (%s)", doing, k.kind, err, k.advice)
		}
	}
	return fmt.Errorf("zookeeper: %s: %w: %w", doing, backends.ErrUnavailable, err)
}

// refused reports whether the request failed before it could apply: then it cannot apply
// later. The errors of the library's own connection are missing on purpose, and so is an
// expired session, which the library also says of requests that were sent before.
func refused(err error) bool {
	for _, sure := range []error{errUnsent, zk.ErrNoAuth, zk.ErrInvalidACL, zk.ErrNoChildrenForEphemerals, backends.ErrForeign} {
		if errors.Is(err, sure) {
			return true
		}
	}
	return false
}

package etcd

import (
	"errors"
	"fmt"
	"strings"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/tenure-go/tenure/backends"
)

// known is what a native error means here, and what a person can do about it.
var known = []struct {
	native error
	kind   error
	advice string
}{
	{rpctypes.ErrCompacted, backends.ErrCompacted, ""},
	{rpctypes.ErrFutureRev, backends.ErrCompacted, ""},
	{rpctypes.ErrLeaseNotFound, backends.ErrSessionLost, ""},
	{rpctypes.ErrPermissionDenied, backends.ErrDenied, "grant the client's user a role with readwrite on the store's prefix"},
	{rpctypes.ErrAuthFailed, backends.ErrDenied, "check the client's user name and password"},
	{rpctypes.ErrUserEmpty, backends.ErrDenied, "the cluster asks for authentication: give the client a user"},
	{rpctypes.ErrUserNotFound, backends.ErrDenied, "add the client's user to the cluster"},
	{rpctypes.ErrRequestTooLarge, backends.ErrInvalid, "run the servers with --max-request-bytes of 1572864 or more"},
	{rpctypes.ErrTooManyOps, backends.ErrInvalid, "run the servers with --max-txn-ops of 128 or more"},
	{rpctypes.ErrNoSpace, backends.ErrUnavailable, "the database is full: compact and defragment it or raise its quota, and disarm the alarm"},
	// These two pass: the client fetches a new token for its next call.
	{rpctypes.ErrInvalidAuthToken, backends.ErrUnavailable, ""},
	{rpctypes.ErrAuthOldRevision, backends.ErrUnavailable, ""},
}

// wrap maps a native error to a sentinel and keeps both. etcd's errors carry no
// credentials.
func wrap(doing string, err error) error {
	for _, k := range known {
		if errors.Is(err, k.native) && k.advice != "" {
			return fmt.Errorf("etcd: %s: %w: %w (%s)", doing, k.kind, err, k.advice)
		}
	}
	return fmt.Errorf("etcd: %s: %w: %w", doing, kind(err), err)
}

// ended is why the server ended a watch. It tells that as text only.
func ended(watch clientv3.WatchResponse) error {
	err := watch.Err()
	if err == nil {
		return nil
	}
	for _, k := range known {
		if !errors.Is(err, k.native) && strings.Contains(err.Error(), k.native.Error()) {
			return k.native
		}
	}
	return err
}

func kind(err error) error {
	for _, k := range known {
		if errors.Is(err, k.native) {
			return k.kind
		}
	}
	switch code(err) {
	case codes.PermissionDenied, codes.Unauthenticated:
		return backends.ErrDenied
	case codes.InvalidArgument:
		return backends.ErrInvalid
	case codes.Unimplemented:
		return backends.ErrUnsupported
	}
	return backends.ErrUnavailable
}

func code(err error) codes.Code {
	var typed rpctypes.EtcdError
	if errors.As(err, &typed) {
		return typed.Code()
	}
	s, _ := status.FromError(err)
	return s.Code()
}

// refused reports whether the server turned a write down before it could apply:
// then it cannot apply later. ErrNoSpace is missing on purpose: a member that finds
// the quota passed while it applies a Txn answers so after it has applied it.
func refused(err error) bool {
	for _, sure := range []error{
		rpctypes.ErrPermissionDenied, rpctypes.ErrTooManyRequests, rpctypes.ErrInvalidAuthToken,
	} {
		if errors.Is(err, sure) {
			return true
		}
	}
	return code(err) == codes.InvalidArgument
}

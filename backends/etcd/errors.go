package etcd

import (
	"errors"
	"fmt"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/tenure-go/tenure/backends"
)

// wrap maps a native error to a sentinel and keeps both. etcd's errors carry no
// credentials.
func wrap(doing string, err error) error {
	return fmt.Errorf("etcd: %s: %w: %w", doing, kind(err), err)
}

func kind(err error) error {
	switch {
	case errors.Is(err, rpctypes.ErrCompacted), errors.Is(err, rpctypes.ErrFutureRev):
		return backends.ErrCompacted
	case errors.Is(err, rpctypes.ErrLeaseNotFound):
		return backends.ErrSessionLost
	case errors.Is(err, rpctypes.ErrPermissionDenied), errors.Is(err, rpctypes.ErrAuthFailed), errors.Is(err, rpctypes.ErrUserEmpty):
		return backends.ErrDenied
	case errors.Is(err, rpctypes.ErrRequestTooLarge), errors.Is(err, rpctypes.ErrTooManyOps), errors.Is(err, rpctypes.ErrDuplicateKey):
		return backends.ErrInvalid
	}
	switch code(err) {
	case codes.PermissionDenied:
		return backends.ErrDenied
	case codes.InvalidArgument:
		// Also what a failed password looks like (ErrAuthFailed above) and what
		// an old auth revision does; the latter passes.
		if errors.Is(err, rpctypes.ErrAuthOldRevision) {
			return backends.ErrUnavailable
		}
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

// refused reports whether the server turned a request down before it could
// apply: then it cannot apply later.
func refused(err error) bool {
	for _, sure := range []error{
		rpctypes.ErrPermissionDenied, rpctypes.ErrAuthFailed, rpctypes.ErrUserEmpty, rpctypes.ErrRequestTooLarge,
		rpctypes.ErrTooManyOps, rpctypes.ErrDuplicateKey, rpctypes.ErrNoSpace, rpctypes.ErrTooManyRequests,
		rpctypes.ErrInvalidAuthToken, rpctypes.ErrAuthOldRevision,
	} {
		if errors.Is(err, sure) {
			return true
		}
	}
	return code(err) == codes.InvalidArgument
}

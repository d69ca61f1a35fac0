package backends

import "errors"

// Sentinels for errors.Is. Stores wrap them together with the native error,
// so that errors.As finds that too.
var (
	// ErrSessionLost: the store says that the session is dead, or that its
	// record is gone. It never comes back.
	ErrSessionLost = errors.New("session lost")
	// ErrUnavailable: the store did not answer, or cannot serve now. For reads
	// and renewals it is safe to try again.
	ErrUnavailable = errors.New("store unavailable")
	// ErrInvalid: the request breaks a limit or a rule of the contract. The
	// text names the limit and the value.
	ErrInvalid = errors.New("invalid request")
	// ErrDenied: the store refused the credentials or the permission.
	ErrDenied = errors.New("permission denied")
	// ErrUnsupported: the store, or its version, cannot do what was asked.
	ErrUnsupported = errors.New("not supported by this store")
	// ErrForeign: a key holds something that this store's driver did not
	// write. It is never overwritten.
	ErrForeign = errors.New("foreign data in the store")
	// ErrSilent: a watch had no contact with the store for its silence.
	ErrSilent = errors.New("watch had no contact with the store")
	// ErrCompacted: a watch fell behind what the store still remembers. A new
	// watch starts from a new snapshot.
	ErrCompacted = errors.New("watch fell behind the store's history")
)

package etcdserver

import (
	"errors"
	"fmt"
)

// ErrInvalidOption is returned by Start for an option that it cannot serve.
var ErrInvalidOption = errors.New("invalid etcd server option")

// Options says what Start starts. The zero value is one member with etcd's defaults.
// Use field names: more fields may come.
type Options struct {
	// Nodes is the number of members: 1 (also when zero) or 3.
	Nodes int
	// QuotaBytes is the size at which a member raises the NOSPACE alarm and refuses
	// writes. Zero means etcd's default of 2 GiB.
	QuotaBytes int64
	// RootPassword, unless empty, turns authentication on. The user is "root" and
	// may do everything; a client without a user is refused.
	RootPassword string
	// Args are further command line arguments of every member, for example
	// "--max-txn-ops=512". They come last and so win over what Start sets itself.
	Args []string
}

func (o Options) validate() error {
	var errs []error
	if o.Nodes != 0 && o.Nodes != 1 && o.Nodes != 3 {
		errs = append(errs, fmt.Errorf("%w: Nodes is %d, want 1 or 3", ErrInvalidOption, o.Nodes))
	}
	if o.QuotaBytes < 0 {
		errs = append(errs, fmt.Errorf("%w: QuotaBytes is %d, want 0 or more", ErrInvalidOption, o.QuotaBytes))
	}
	return errors.Join(errs...)
}

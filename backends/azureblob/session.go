package azureblob

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"

	"github.com/tenure-go/tenure/backends"
)

// session is a blob under a lease.
type session struct {
	s     *Store
	id    backends.SessionID
	ttl   time.Duration
	lease *lease.BlobClient
}

// OpenSession implements backends.Backend: it creates the session's blob, with the
// description as its value, and leases it. Between the two the blob is one that anybody
// can prove dead; then there is nothing to lease, and the attempt fails.
func (s *Store) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	c := s.Capabilities()
	if err := backends.CheckSession(c, spec); err != nil {
		return nil, backends.Renewal{}, err
	}
	o := &session{s: s, id: backends.NewSessionID(), ttl: backends.RoundTTL(spec.TTL, c.TTLStep)}
	if err := s.create(ctx, s.sessionName(o.id), spec.Description); err != nil {
		return nil, backends.Renewal{}, wrap("open a session", err)
	}
	renewal, err := o.acquire(ctx)
	if err != nil {
		return nil, backends.Renewal{}, wrap("open a session", err)
	}
	return o, renewal, nil
}

// acquire takes the lease, under an ID that only this process knows: the session's own
// is shown to everybody, and who has a lease's ID can renew and release it.
func (o *session) acquire(ctx context.Context) (backends.Renewal, error) {
	ctx, err := once(ctx)
	if err != nil {
		return backends.Renewal{}, err
	}
	id := newLeaseID()
	o.lease, err = lease.NewBlobClient(o.s.client.NewBlobClient(o.s.sessionName(o.id)), &lease.BlobClientOptions{LeaseID: &id})
	if err != nil {
		return backends.Renewal{}, err
	}
	answer, err := o.lease.AcquireLease(ctx, int32(o.ttl/time.Second), nil)
	if err != nil {
		return backends.Renewal{}, err
	}
	if !o.holds(answer.LeaseID) {
		return backends.Renewal{}, fmt.Errorf("%w: the service answered with the ID of another lease", backends.ErrUnavailable)
	}
	return o.renewal(answer.Date)
}

// newLeaseID returns a GUID, the only form that the service takes, of 128 random bits.
func newLeaseID() string {
	id := string(backends.NewSessionID())
	return strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-")
}

// holds reports whether an answer speaks of this session's lease.
func (o *session) holds(answered *string) bool {
	return answered != nil && strings.EqualFold(*answered, *o.lease.LeaseID())
}

// ID implements backends.Session.
func (o *session) ID() backends.SessionID { return o.id }

// Renew implements backends.Session. A lease that has expired is renewed too, as long as
// nobody has proven the session dead, and so removed its blob.
func (o *session) Renew(ctx context.Context) (backends.Renewal, error) {
	ctx, err := once(ctx)
	if err != nil {
		return backends.Renewal{}, wrap("renew", err)
	}
	answer, err := o.lease.RenewLease(ctx, nil)
	switch {
	case hasCode(err, lostCodes):
		return backends.Renewal{}, fmt.Errorf("azureblob: renew: %w: %w", backends.ErrSessionLost, readable(err))
	case err != nil:
		return backends.Renewal{}, wrap("renew", err)
	case !o.holds(answer.LeaseID):
		return backends.Renewal{}, fmt.Errorf("azureblob: renew: %w: the service has renewed the lease of somebody else", backends.ErrSessionLost)
	}
	return o.renewal(answer.Date)
}

// renewal counts from the call's beginning: the service has begun the lease later. Its
// clock is the header Date, which has whole seconds.
func (o *session) renewal(date *time.Time) (backends.Renewal, error) {
	if date == nil || date.Unix() <= 0 {
		return backends.Renewal{}, fmt.Errorf("azureblob: %w: an answer without Date: does something between client and service take it away?", backends.ErrUnsupported)
	}
	return backends.Renewal{ValidFor: o.ttl, Stamp: uint64(date.UnixMicro())}, nil
}

// Close implements backends.Session: it deletes the blob. If its lease has ended, anybody
// may do that.
func (o *session) Close(ctx context.Context) error {
	err := o.s.deleteBlob(ctx, o.s.sessionName(o.id), &blob.AccessConditions{
		LeaseAccessConditions: &blob.LeaseAccessConditions{LeaseID: o.lease.LeaseID()},
	})
	if hasCode(err, endedCodes) {
		err = o.s.deleteBlob(ctx, o.s.sessionName(o.id), nil)
	}
	if err != nil && !hasCode(err, goneCodes) {
		return wrap("close the session", err)
	}
	return nil
}

// prove makes a session dead if no lease holds it. The service lets nobody delete a blob
// under a lease without the lease's ID, so that proof and renewal exclude each other:
//
//	renewal first: the lease holds again, the deletion is refused (LeaseIdMissing)
//	proof first:   the blob is gone, the renewal finds nothing, ErrSessionLost
//
// A blob that is gone never returns: its name has an ID that only one attempt of
// OpenSession ever uses, and that creates only what is not there.
func (s *Store) prove(ctx context.Context, id backends.SessionID) (dead bool, err error) {
	if !idPattern.MatchString(string(id)) {
		return true, nil
	}
	err = s.deleteBlob(ctx, s.sessionName(id), nil)
	switch {
	case err == nil, hasCode(err, goneCodes):
		return true, nil
	case hasCode(err, leasedCodes):
		return false, nil
	}
	return false, wrap("prove a session dead", err)
}

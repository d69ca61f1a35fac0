package azureblob

import (
	"context"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"

	"github.com/tenure-go/tenure/backends"
)

// Sessions implements backends.Backend by listing, which shows the state of each lease.
func (s *Store) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	infos := []backends.SessionInfo{}
	_, err := s.list(ctx, s.sessions(), s.page, allPages, func(item *container.BlobItem) error {
		id, err := s.sessionOf(*item.Name)
		if err != nil {
			return err
		}
		info, err := s.info(id, item.Metadata, item.Properties.LeaseState)
		infos = append(infos, info)
		return err
	})
	if err != nil {
		return nil, wrap("list sessions", err)
	}
	return infos, nil
}

// look returns those of the sessions that are not dead, by one request each.
func (s *Store) look(ctx context.Context, ids []backends.SessionID) ([]backends.SessionInfo, error) {
	infos := make([]backends.SessionInfo, len(ids))
	errs := make([]error, len(ids))
	inParallel(len(ids), func(i int) { infos[i], errs[i] = s.lookAt(ctx, ids[i]) })
	if err := first(errs); err != nil {
		return nil, wrap("look at sessions", err)
	}
	return slices.DeleteFunc(infos, func(info backends.SessionInfo) bool { return info.ID == "" }), nil
}

// lookAt returns an empty SessionInfo for a session that is dead.
func (s *Store) lookAt(ctx context.Context, id backends.SessionID) (none backends.SessionInfo, err error) {
	if !idPattern.MatchString(string(id)) {
		return none, nil
	}
	ctx, err = once(ctx)
	if err != nil {
		return none, err
	}
	answer, err := s.client.NewBlobClient(s.sessionName(id)).GetProperties(ctx, nil)
	switch {
	case hasCode(err, goneCodes):
		return none, nil
	case err != nil:
		return none, err
	}
	return s.info(id, answer.Metadata, answer.LeaseState)
}

// info tells of a session's blob. One without a living lease has expired: it can be
// proven dead. While somebody breaks a lease it lives on, and cannot be renewed.
func (s *Store) info(id backends.SessionID, meta map[string]*string, state *lease.StateType) (backends.SessionInfo, error) {
	description, inline, ok := decode(meta)
	if !ok || !inline || state == nil {
		return backends.SessionInfo{}, foreign(s.sessionName(id))
	}
	held := *state == lease.StateTypeLeased || *state == lease.StateTypeBreaking
	return backends.SessionInfo{ID: id, Description: description, Expired: !held}, nil
}

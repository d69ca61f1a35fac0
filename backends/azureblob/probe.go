package azureblob

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tenure-go/tenure/backends"
)

// noVersion is the revision of no blob, as a condition under which nothing is done. The
// service looks at permissions before it looks at conditions.
const noVersion backends.Revision = "0x0"

// probe finds out whether the credentials may do what a store does, by requests that
// change nothing.
func (s *Store) probe(ctx context.Context) error {
	name := s.prefix + "probe"
	for _, try := range []struct {
		what string
		send func() error
	}{
		{"list", func() error {
			_, err := s.list(ctx, name, 1, 1, func(*container.BlobItem) error { return nil })
			return err
		}},
		{"read", func() error {
			request, err := once(ctx)
			if err == nil {
				_, err = s.client.NewBlobClient(name).GetProperties(request, nil)
			}
			return err
		}},
		{"write", func() error {
			_, err := s.put(ctx, name, nil, condition(noVersion))
			return err
		}},
		{"delete", func() error { return s.deleteBlob(ctx, name, condition(noVersion)) }},
	} {
		if err := try.send(); err != nil && !hasCode(err, goneCodes) && !hasCode(err, conflictCodes) {
			return wrap(fmt.Sprintf("ask whether the credentials may %s in the container", try.what), err)
		}
	}
	return nil
}

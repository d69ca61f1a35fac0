package azureblob

import (
	"context"
	"math"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tenure-go/tenure/backends"
)

const (
	// maxPage is the most that the service lists in one request.
	maxPage  = 5000
	allPages = math.MaxInt

	// A listing costs about as much as a dozen reads. So from this many keys of one
	// directory on, Read lists it, unless it has more than listAtMost records.
	listFrom   = 10
	listAtMost = 2000
)

// list calls each for every blob whose name begins with the prefix, in at most so many
// pages, and reports whether that were all.
func (s *Store) list(ctx context.Context, prefix string, size int32, pages int, each func(*container.BlobItem) error) (whole bool, err error) {
	pager := s.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{
		Prefix: &prefix, MaxResults: &size, Include: container.ListBlobsInclude{Metadata: true},
	})
	for ; pages > 0 && pager.More(); pages-- {
		request, err := once(ctx)
		if err != nil {
			return false, err
		}
		page, err := pager.NextPage(request)
		if err != nil {
			return false, err
		}
		for _, item := range page.Segment.BlobItems {
			if err := each(item); err != nil {
				return false, err
			}
		}
	}
	return !pager.More(), nil
}

// readListed fills in those of the records that a listing can tell, and returns the
// places of the others. A listing is as new as a read: both are answered by the
// service's index of the container, which is strongly consistent.
func (s *Store) readListed(ctx context.Context, records []backends.Record) (rest []int, err error) {
	byDir := map[backends.Dir][]int{}
	for i, r := range records {
		dir := backends.Dir(r.Key[:strings.LastIndexByte(string(r.Key), '/')+1])
		byDir[dir] = append(byDir[dir], i)
	}
	for dir, places := range byDir {
		if _, large := s.large.Load(dir); large || dir == "" || len(places) < listFrom {
			rest = append(rest, places...)
			continue
		}
		more, err := s.readDir(ctx, dir, records, places)
		if err != nil {
			return nil, err
		}
		rest = append(rest, more...)
	}
	return rest, nil
}

// readDir lists a directory for the records at some places, and returns the places of
// those that must be read one by one: the listing did not get to them, or does not show
// their value.
func (s *Store) readDir(ctx context.Context, dir backends.Dir, records []backends.Record, places []int) (rest []int, err error) {
	wanted := make(map[string][]int, len(places))
	for _, i := range places {
		name := s.recordName(records[i].Key)
		wanted[name] = append(wanted[name], i)
	}
	whole, err := s.list(ctx, s.dirPrefix(dir), s.atMost, 1, func(item *container.BlobItem) error {
		found := wanted[*item.Name]
		if len(found) == 0 {
			return nil
		}
		delete(wanted, *item.Name)
		r, inline, err := s.record(item)
		if err != nil {
			return err
		}
		if !inline {
			rest = append(rest, found...)
			return nil
		}
		for _, i := range found {
			records[i] = r
		}
		return nil
	})
	if err != nil || whole {
		return rest, err // what was not listed is absent
	}
	s.large.Store(dir, true)
	for _, left := range wanted {
		rest = append(rest, left...)
	}
	return rest, nil
}

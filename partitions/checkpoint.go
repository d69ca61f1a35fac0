package partitions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions/plan"
)

// ErrFenced: the position belongs to an owner with a larger token. This claim
// is over, whatever this process believes.
var ErrFenced = errors.New("position is owned under a larger token")

// positionFormat is the version of the records of positions.
const positionFormat = 1

// position is the record checkpoints/<group>/<partition>.
type position struct {
	Format int         `json:"v"`
	Token  claim.Token `json:"token,string"`
	Data   []byte      `json:"data"`
}

// Load returns the position that was last saved for the partition, nil if none
// was. It first writes this claim's token into the record, so that a late Save
// of an earlier owner fails. Errors: ErrFenced, membership.ErrLost,
// plan.ErrMalformed for a record that this version does not understand, and the
// store's.
func (c *Claim) Load(ctx context.Context) ([]byte, error) {
	for {
		rec, pos, err := c.readPosition(ctx)
		if err != nil {
			return nil, err
		}
		if pos.Token == c.Token() {
			return pos.Data, nil
		}
		pos.Token = c.Token()
		ok, err := c.writePosition(ctx, rec, pos)
		if err != nil {
			return nil, err
		}
		if ok {
			return pos.Data, nil
		}
	}
}

// Save stores a position under the claim's token by compare-and-set. Errors:
// ErrFenced if a later owner has loaded or saved, membership.ErrLost, and the
// store's; after an error of the store the position may or may not have been
// saved, and saving again is safe.
func (c *Claim) Save(ctx context.Context, data []byte) error {
	for {
		rec, pos, err := c.readPosition(ctx)
		if err != nil {
			return err
		}
		pos.Token, pos.Data = c.Token(), data
		ok, err := c.writePosition(ctx, rec, pos)
		if err != nil {
			return err
		}
		if ok {
			return nil
		}
	}
}

// ReadPosition returns the position that was last saved for a partition and the
// token of the owner that loaded or saved last, from any process, without
// joining; nil and 0 if there is none. It changes nothing, so that the position
// can be old by the time it is used. Errors: backends.ErrInvalid for names that
// make no key, plan.ErrMalformed, and the store's.
func ReadPosition(ctx context.Context, b backends.Backend, group, partition string) ([]byte, claim.Token, error) {
	keys, err := layoutOf(group)
	if err != nil {
		return nil, 0, err
	}
	key, err := keys.checkpoints.Key(partition)
	if err != nil {
		return nil, 0, fmt.Errorf("partitions: position of %q: %w", partition, err)
	}
	records, err := b.Read(ctx, key)
	if err != nil {
		return nil, 0, positionError("read", partition, err)
	}
	pos, err := decodePosition(records[0])
	if err != nil {
		return nil, 0, positionError("understand", partition, err)
	}
	return pos.Data, pos.Token, nil
}

// decodePosition takes an absent record for an empty position. What another
// version wrote is refused, not misread.
func decodePosition(r backends.Record) (pos position, err error) {
	if r.Revision == backends.Absent {
		return pos, nil
	}
	if err := json.Unmarshal(r.Value, &pos); err != nil {
		return position{}, fmt.Errorf("%w: %w", plan.ErrMalformed, err)
	}
	if pos.Format != positionFormat {
		return position{}, fmt.Errorf("%w: format %d, this version reads %d", plan.ErrMalformed, pos.Format, positionFormat)
	}
	return pos, nil
}

func (c *Claim) readPosition(ctx context.Context) (backends.Record, position, error) {
	if err := c.Check(); err != nil {
		return backends.Record{}, position{}, err
	}
	key, err := c.group.keys.checkpoints.Key(c.Partition())
	if err != nil {
		return backends.Record{}, position{}, err
	}
	records, err := c.group.backend().Read(ctx, key)
	if err != nil {
		return backends.Record{}, position{}, c.positionError("read", err)
	}
	rec := records[0]
	pos, err := decodePosition(rec)
	if err != nil {
		return rec, pos, c.positionError("understand", err)
	}
	if pos.Token > c.Token() {
		return rec, pos, fmt.Errorf("%w: partition %q, token %d, the record has %d", ErrFenced, c.Partition(), c.Token(), pos.Token)
	}
	return rec, pos, nil
}

// writePosition reports whether the write was applied; false means that the
// record has changed meanwhile.
func (c *Claim) writePosition(ctx context.Context, rec backends.Record, pos position) (bool, error) {
	pos.Format = positionFormat
	value, err := json.Marshal(pos)
	if err != nil {
		return false, c.positionError("write", err)
	}
	if err := c.Check(); err != nil {
		return false, err
	}
	results, err := c.group.backend().Write(ctx, backends.Write{Key: rec.Key, Value: value, Expect: rec.Revision})
	switch {
	case err != nil:
		return false, c.positionError("write", err)
	case results[0].Outcome == backends.Applied:
		return true, nil
	case results[0].Outcome == backends.Conflict:
		return false, nil
	}
	return false, c.positionError("write", errors.Join(results[0].Err, fmt.Errorf("outcome %v", results[0].Outcome)))
}

func (c *Claim) positionError(doing string, err error) error {
	return positionError(doing, c.Partition(), err)
}

func positionError(doing, partition string, err error) error {
	return fmt.Errorf("partitions: %s position of %q: %w", doing, partition, err)
}

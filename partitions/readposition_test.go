package partitions_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions"
	"github.com/tenure-go/tenure/partitions/plan"
)

func TestReadPosition_SeesWhatAnOwnerSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		b := newBoard(t)
		var token claim.Token
		m := b.start(store.Client("x"), "a", 1, false, func(cfg *partitions.Config) {
			cfg.OnAcquire = func(ctx context.Context, c *partitions.Claim) error {
				b.acquire("a", c)
				token = c.Token()
				return c.Save(ctx, []byte("17"))
			}
		})
		time.Sleep(2 * time.Second)
		b.leave(m)
		data, saved, err := partitions.ReadPosition(t.Context(), store.Client("x"), "g", "0")
		if err != nil || string(data) != "17" || saved != token || token == 0 {
			t.Errorf("read %q under %d, %v; saved 17 under %d", data, saved, err, token)
		}
		data, saved, err = partitions.ReadPosition(t.Context(), store.Client("x"), "g", "never")
		if err != nil || data != nil || saved != 0 {
			t.Errorf("read %q under %d, %v of a partition without position", data, saved, err)
		}
		if _, _, err := partitions.ReadPosition(t.Context(), store.Client("x"), "g", strings.Repeat("x", 300)); !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("read the position of a name that makes no key: %v", err)
		}
	})
}

func TestReadPosition_RefusesWhatItDoesNotUnderstand(t *testing.T) {
	store := memory.New()
	dir, err := backends.NewDir("checkpoints", "g")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"text":    "17",
		"version": `{"v":2,"token":"4","data":"MTc="}`,
		"nothing": `{}`,
	} {
		key, err := dir.Key(name)
		if err != nil {
			t.Fatal(err)
		}
		results, err := store.Write(t.Context(), backends.Write{Key: key, Value: []byte(value)})
		if err != nil || results[0].Outcome != backends.Applied {
			t.Fatalf("write %s: %+v, %v", name, results, err)
		}
		data, token, err := partitions.ReadPosition(t.Context(), store, "g", name)
		if !errors.Is(err, plan.ErrMalformed) || data != nil || token != 0 {
			t.Errorf("%s: read %q under %d, %v, want ErrMalformed", name, data, token, err)
		}
	}
}

package main

import (
	"context"
	"errors"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/everystore"
)

// openStore opens the store that the workers share.
func openStore(ctx context.Context, address string) (store backends.Backend, closeStore func() error, err error) {
	store, closeStore, err = everystore.Open(ctx, address)
	if err == nil && store.Capabilities().Store == "memory" {
		return nil, nil, errors.Join(errors.New("a store in memory belongs to one process, and workers are several: take sqlite:/folder/file.db?migrate=true"), closeStore())
	}
	return store, closeStore, err
}

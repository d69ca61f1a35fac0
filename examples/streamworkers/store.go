package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/etcd"
)

// connectWithin is how long etcd may take to answer first.
const connectWithin = 10 * time.Second

// openStore connects to etcd. The client is ours, and so is closing it.
func openStore(ctx context.Context, endpoints string) (store backends.Backend, closeStore func(), err error) {
	client, err := clientv3.New(clientv3.Config{
		Endpoints:            strings.Split(endpoints, ","),
		DialTimeout:          time.Second, // leave a dead server soon
		DialKeepAliveTime:    time.Second,
		DialKeepAliveTimeout: time.Second,
		Logger:               zap.NewNop(), // its errors come back to us as well
	})
	if err != nil {
		return nil, nil, fmt.Errorf("connect to etcd at %s: %w", endpoints, err)
	}
	closeStore = func() { _ = client.Close() } // the program ends, whatever it says
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	store, err = etcd.New(ctx, client, "examples")
	if err != nil {
		closeStore()
		return nil, nil, fmt.Errorf("connect to etcd at %s: %w", endpoints, err)
	}
	return store, closeStore, nil
}

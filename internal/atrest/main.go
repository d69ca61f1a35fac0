// Atrest counts what members send to a store while nothing happens, with 10 and with
// 1,000 partitions: the two must be alike, because what a store costs must not grow with
// the number of partitions.
//
//	go run ./internal/atrest redis                          # a store to start
//	go run ./internal/atrest -names                         # the stores that can be started
//	go run ./internal/atrest redis://:secret@localhost:6379 # or the address of one
//
// It counts pieces on the network, which is about one for each request. It exits with 1
// if a group of 1,000 partitions sends more than one of 10 by over a tenth and a piece.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/stands"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: atrest STORE|ADDRESS; stores to start are "+strings.Join(stands.Names(), ", "))
		os.Exit(2)
	}
	if os.Args[1] == "-names" {
		fmt.Println(strings.Join(stands.Names(), " "))
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "atrest: FAILED:", err)
		os.Exit(1)
	}
}

// run measures one store, given by its name or its address.
func run(ctx context.Context, store string) (err error) {
	address := store
	if !strings.Contains(store, ":") {
		stand, startErr := stands.Start(ctx, store)
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, stand.Close()) }()
		address = stand.Address
	}
	path, err := stands.NewPath(address)
	if err != nil {
		fmt.Printf("at rest: nothing is sent, there is no network: %v\n", err)
		return nil
	}
	defer func() { err = errors.Join(err, path.Close()) }()
	var sent []float64
	for _, n := range []int{10, 1000} {
		perTTL, ttl, err := measure(ctx, path, n)
		if err != nil {
			return err
		}
		sent = append(sent, perTTL)
		fmt.Printf("at rest: %6.1f requests per TTL (%v) and node with %d partitions\n", perTTL, ttl.Round(time.Second), n)
	}
	if sent[1] > sent[0]*1.1+1 {
		return errors.New("the number of requests grows with that of the partitions")
	}
	return nil
}

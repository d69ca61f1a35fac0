package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
)

func main() {
	ctx := context.Background()
	c, err := etcdserver.Start(ctx, etcdserver.Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer c.Close()
	t := time.Now()
	fmt.Println(cutExperiment(ctx, c.Endpoints()[0], uint64(time.Now().UnixNano()), []time.Duration{0, time.Second, 2 * time.Second}, 30))
	fmt.Println(time.Since(t))
}

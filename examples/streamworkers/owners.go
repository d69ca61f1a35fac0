package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"text/tabwriter"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/partitions"
)

// owners prints who owns what, and how far it is counted.
func owners(ctx context.Context, b backends.Backend, group string, out io.Writer) error {
	now, err := partitions.Owners(ctx, b, group)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	table := log.New(w, "", 0)
	table.Print("PARTITION\tOWNER\tTOKEN\tLINE\t")
	for _, o := range now.Owners {
		data, _, err := partitions.ReadPosition(ctx, b, group, o.Partition)
		if err != nil {
			return err
		}
		r, err := parseResult(data)
		if err != nil {
			return fmt.Errorf("partition %s: %w", o.Partition, err)
		}
		owner := o.Member
		if owner == "" {
			owner = "nobody"
		}
		table.Printf("%s\t%s\t%d\t%d\t", o.Partition, owner, o.Token, r.Line)
	}
	return w.Flush()
}

package main

import "fmt"

// clientTable is about the public Kafka clients.
func clientTable() ([]aim, error) {
	fmt.Printf(`The sticky assignors of two Kafka clients, each in turns with our planner in a child process; ÷ours is their
time by ours. They know no weights. Their time includes decoding what each member owned, which their API does
inside of the call; making and encoding the group does not count. All members subscribe to all topics, of 1000
partitions each, or 10,000 at 1M. A cell ends after %.0f s, its preparation included, or %d GiB; then larger sizes
of the same change are not tried (–).
`, clientTime.Seconds(), clientMemory>>30)
	columns := []string{"change", "size", "least moves"}
	for _, c := range clients {
		columns = append(columns, c.name+" ms", "÷ours", "moves")
	}
	t := newTable(append(columns, "aims")...)
	over := make(map[string]bool) // client and change: a smaller size took too much
	err := eachCell(changes, false, func(in cell) error {
		input, err := in.input()
		if err != nil {
			return err
		}
		fields := []string{in.change, in.size.name, fmt.Sprint(leastMoves(input.Owner, len(input.Members)))}
		best := 0.0
		for _, c := range clients {
			if over[c.name+in.change] {
				fields = append(fields, "–", "–", "–")
				continue
			}
			progress("%s, %v", c.name, in)
			a, late, err := ask(clientTime, c, in)
			if err != nil {
				return err
			}
			if late || a.TooMuch {
				over[c.name+in.change] = true
				fields = append(fields, limit(late), "", "")
				continue
			}
			ratio := float64(a.Client) / float64(a.Ours)
			if best == 0 || ratio < best {
				best = ratio
			}
			fields = append(fields, milliseconds(a.Client), fmt.Sprintf("%.1f", ratio), made(a))
		}
		var aims []aim
		if in.size.name == clientAimSize && best > 0 {
			aims = append(aims, aimRatio(fmt.Sprintf("%d times faster than the best", fasterThanClient), 1/best, 1.0/fasterThanClient))
		}
		t.row(aims, fields...)
		return nil
	})
	return t.end(), err
}

// limit names what a client ran into.
func limit(late bool) string {
	if late {
		return fmt.Sprintf("> %.0f s", clientTime.Seconds())
	}
	return fmt.Sprintf("> %d GiB", clientMemory>>30)
}

// made tells how many moves a client makes, and whether they do not even out the group.
func made(a answer) string {
	if a.Even {
		return fmt.Sprint(a.Moves)
	}
	return fmt.Sprintf("%d, uneven", a.Moves)
}

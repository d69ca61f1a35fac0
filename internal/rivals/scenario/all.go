package scenario

import "fmt"

// all are the tables.
func all() []table { return []table{single(), small(), restarts()} }

func single() table {
	const p, n = 1024, 16
	return table{
		title: "1024 partitions, 16 members: one change of an even group, a restart of all, and a churn of 200 changes.\n" +
			"A join moves at least 60; a leave none that has an owner. The minimum of a churn is that of the strategy's own\n" +
			"states: less than 1 means that it did not even them out. Means of 20 seeds, restart and churn of 5.\n" +
			"In brackets: noted elsewhere, with other code and names.",
		experiments: []experiment{
			play("start", p, n, 20, shares, column{"from nothing:", "max/mean", "%.2f"}, column{"", "max−min", "%.1f"}),
			play("join", p, n, 20, joinOne, column{"join:", "moves", "%.1f"}),
			play("leave", p, n, 20, leaveOne, column{"leave:", "needless", "%.1f"}),
			play("restart", p, n, 5, restartFirst, column{"restart:", "× P", "%.2f"}),
			play("churn", p, n, 5, churn, column{"churn:", "÷ minimum", "%.2f"}, column{"", "worst max−min", "%.0f"}),
		},
		noted: notedSingle,
	}
}

func small() table {
	return table{
		title: "Fewer partitions for each member: 150 for 100, and 2048 for 50. A join moves at least 40 of the 2048.\n" +
			"Means of 20 seeds, churn of 5.",
		experiments: []experiment{
			play("start", 150, 100, 20, shares, column{"150, 100:", "max/mean", "%.2f"}),
			play("churn", 150, 100, 5, churn, column{"churn:", "÷ minimum", "%.2f"}, column{"", "worst max−min", "%.0f"}),
			play("start", 2048, 50, 20, shares, column{"2048, 50:", "max/mean", "%.2f"}),
			play("join", 2048, 50, 20, joinRatio, column{"join:", "÷ minimum", "%.2f"}),
			play("leave", 2048, 50, 20, leaveOne, column{"leave:", "needless", "%.1f"}),
		},
		noted: notedSmall,
	}
}

func restarts() table {
	const seeds = 2
	t := table{
		title: "A restart of the whole fleet, one member at a time, the oldest first: changes of owner by partition.\n" +
			"leave: leave, then join. surge: join, then drain. swap: both in one plan. away: back under its old name.\n" +
			"Means of 2 seeds.",
		foot: notedRestarts,
	}
	for _, size := range []struct{ partitions, members int }{{1000, 10}, {4096, 64}, {150, 100}} {
		p, n := size.partitions, size.members
		t.experiments = append(t.experiments,
			play("leave, join", p, n, seeds, restartFirst, column{fmt.Sprintf("%d, %d:", p, n), "leave", "%.2f"}),
			play("join, drain", p, n, seeds, restartSurge, column{"", "surge", "%.2f"}),
			play("swap", p, n, seeds, restartSwap, column{"", "swap", "%.2f"}),
			play("away", p, n, seeds, restartAway, column{"", "away", "%.2f"}))
	}
	return t
}

// play names an experiment. Figures of run beyond the columns are not shown.
func play(name string, partitions, members, seeds int, run func(*fleet) ([]float64, error), columns ...column) experiment {
	return experiment{fmt.Sprintf("%d partitions, %d members, %s", partitions, members, name), partitions, members, seeds, columns, run}
}

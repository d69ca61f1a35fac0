package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/tenure-go/tenure/internal/rivals"
	"github.com/tenure-go/tenure/internal/rivals/scenario"
)

// scenarioTables is about moves only. The two promises of its aim are held by the scenarios
// themselves.
func scenarioTables() ([]aim, error) {
	fmt.Println("Scenarios, with franz-go itself among the models of others. The strategy of sarama is left out: in some of\n" +
		"them it plans for minutes.")
	fmt.Println()
	tenths := 0
	err := scenario.Tables(os.Stdout, slices.Insert(rivals.All(), 1, franzGo.strategy()), func(done, total int) {
		if now := 10 * done / total; now > tenths {
			tenths = now
			progress("scenarios, %d%% done", 10*tenths)
		}
	})
	if err != nil && !errors.Is(err, scenario.ErrPromise) {
		return nil, fmt.Errorf("scenarios: %w", err)
	}
	if err != nil {
		fmt.Println("Not met:", err)
	}
	return []aim{must("the promises of the scenarios", err == nil)}, nil
}

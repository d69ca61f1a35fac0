package zapobserve_test

import (
	"time"

	"go.uber.org/zap"

	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/observe/zapobserve"
)

func Example() {
	logger := zap.NewExample()
	// As membership.Config.Observer: here with the counters, and with one event.
	var counters observe.Counters
	observer := observe.Multi(&counters, zapobserve.New(logger))
	observer.Observe(observe.RenewFailed{
		Origin: observe.Origin{Node: "worker-1"}, Session: "5f1c", Took: 5 * time.Second, Left: 4 * time.Second,
	})
	logger.Info("so far", zap.Uint64("renewals_failed", counters.Snapshot().Events["renewal failed"]))
	// Output:
	// {"level":"warn","msg":"renewal failed","node":"worker-1","session":"5f1c","took":"5s","left":"4s"}
	// {"level":"info","msg":"so far","renewals_failed":1}
}

// Package zapobserve logs Tenure's events with go.uber.org/zap.
//
//	node, err := membership.Join(ctx, store, membership.Config{
//		Name:     "worker-1",
//		Observer: zapobserve.New(logger),
//	})
package zapobserve

import (
	"fmt"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/tenure-go/tenure/observe"
)

// New returns an Observer that logs each event to logger: the event's name is
// the message, its fields are the fields, nil ones left out. An entry has no
// caller and no stack, as both would always be this package. A nil logger drops
// every event, like a nil Observer. The Observer is safe for concurrent use;
// events are logged by the goroutines that keep leases alive, so the logger's
// core must not block for long.
func New(logger *zap.Logger) observe.Observer {
	if logger == nil {
		return observe.Nop()
	}
	logger = logger.WithOptions(zap.WithCaller(false), zap.AddStacktrace(zapcore.InvalidLevel))
	return observe.Func(func(e observe.Event) {
		entry := logger.Check(levelOf(e.Level()), e.Name())
		if entry == nil {
			return
		}
		details := e.Fields()
		fields := make([]zap.Field, 0, len(details))
		for _, d := range details {
			if f, ok := field(d); ok {
				fields = append(fields, f)
			}
		}
		entry.Write(fields...)
	})
}

func levelOf(l observe.Level) zapcore.Level {
	switch l {
	case observe.Debug:
		return zapcore.DebugLevel
	case observe.Info:
		return zapcore.InfoLevel
	case observe.Warn:
		return zapcore.WarnLevel
	default:
		return zapcore.ErrorLevel
	}
}

func field(f observe.Field) (zap.Field, bool) {
	switch v := f.Loggable().(type) {
	case nil:
		return zap.Field{}, false
	case bool:
		return zap.Bool(f.Key, v), true
	case int64:
		return zap.Int64(f.Key, v), true
	case uint64:
		return zap.Uint64(f.Key, v), true
	case time.Duration:
		return zap.Duration(f.Key, v), true
	default:
		return zap.String(f.Key, fmt.Sprint(v)), true
	}
}

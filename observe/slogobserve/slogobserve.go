// Package slogobserve logs Tenure's events with log/slog.
//
//	node, err := membership.Join(ctx, store, membership.Config{
//		Name:     "worker-1",
//		Observer: slogobserve.New(slog.Default()),
//	})
package slogobserve

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/tenure-go/tenure/observe"
)

// New returns an Observer that logs each event to logger: the event's name is
// the message, its fields are the attributes, nil ones left out. A record has no
// source, as it would always be this package. A nil logger drops every event,
// like a nil Observer. The Observer is safe for concurrent use if the logger's
// handler is; events are logged by the goroutines that keep leases alive, so the
// handler must not block for long.
func New(logger *slog.Logger) observe.Observer {
	if logger == nil {
		return observe.Nop()
	}
	handler := logger.Handler()
	return observe.Func(func(e observe.Event) {
		ctx := context.Background()
		level := levelOf(e.Level())
		if !handler.Enabled(ctx, level) {
			return
		}
		record := slog.NewRecord(time.Now(), level, e.Name(), 0)
		for _, f := range e.Fields() {
			if a, ok := attribute(f); ok {
				record.AddAttrs(a)
			}
		}
		_ = handler.Handle(ctx, record) // a log that fails must not disturb the node
	})
}

func levelOf(l observe.Level) slog.Level {
	switch l {
	case observe.Debug:
		return slog.LevelDebug
	case observe.Info:
		return slog.LevelInfo
	case observe.Warn:
		return slog.LevelWarn
	default:
		return slog.LevelError
	}
}

func attribute(f observe.Field) (slog.Attr, bool) {
	switch v := f.Loggable().(type) {
	case nil:
		return slog.Attr{}, false
	case bool:
		return slog.Bool(f.Key, v), true
	case int64:
		return slog.Int64(f.Key, v), true
	case uint64:
		return slog.Uint64(f.Key, v), true
	case time.Duration:
		return slog.Duration(f.Key, v), true
	default:
		return slog.String(f.Key, fmt.Sprint(v)), true
	}
}

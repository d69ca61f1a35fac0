package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/observe/slogobserve"
	"github.com/tenure-go/tenure/observe/zapobserve"
)

// logs are the forms in which the adapters are run, each with the key of the
// message; an empty key stands for text.
var logs = []struct {
	name, message string
	open          func(*bytes.Buffer) observe.Observer
}{
	{"slog JSON", "msg", func(b *bytes.Buffer) observe.Observer {
		return slogobserve.New(slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})))
	}},
	{"slog text", "", func(b *bytes.Buffer) observe.Observer {
		return slogobserve.New(slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})))
	}},
	{"slog handler that escapes nothing", "", func(b *bytes.Buffer) observe.Observer {
		return slogobserve.New(slog.New(plain{b}))
	}},
	{"zap JSON", "msg", func(b *bytes.Buffer) observe.Observer {
		core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(b), zap.DebugLevel)
		return zapobserve.New(zap.New(core, zap.AddCaller(), zap.AddStacktrace(zap.DebugLevel)))
	}},
	{"zap console", "", func(b *bytes.Buffer) observe.Observer {
		core := zapcore.NewCore(zapcore.NewConsoleEncoder(zap.NewDevelopmentEncoderConfig()), zapcore.AddSync(b), zap.DebugLevel)
		return zapobserve.New(zap.New(core, zap.AddCaller(), zap.AddStacktrace(zap.DebugLevel)))
	}},
}

// plain is a handler as people write them: it prints what it gets.
type plain struct{ out *bytes.Buffer }

func (plain) Enabled(context.Context, slog.Level) bool { return true }
func (p plain) WithAttrs([]slog.Attr) slog.Handler     { return p }
func (p plain) WithGroup(string) slog.Handler          { return p }

func (p plain) Handle(_ context.Context, r slog.Record) error {
	p.out.WriteString(r.Level.String() + " " + r.Message)
	for a := range r.Attrs {
		p.out.WriteString(" " + a.Key + "=" + a.Value.String())
	}
	p.out.WriteString("\n")
	return nil
}

func TestAdaptersLogEveryEvent(t *testing.T) {
	t.Parallel()
	for _, log := range logs {
		for _, e := range everyEvent {
			var out bytes.Buffer
			log.open(&out).Observe(e)
			line := out.String()
			if strings.Count(line, "\n") != 1 || !strings.Contains(line, e.Name()) {
				t.Errorf("%s: %s is logged as %q, want one line with its name", log.name, e.Name(), line)
			}
			level := [...]string{"DEBUG", "INFO", "WARN", "ERROR"}[e.Level()]
			if !strings.Contains(strings.ToUpper(line), level) {
				t.Errorf("%s: %s is logged as %q, want level %s", log.name, e.Name(), line, level)
			}
			if strings.Contains(line, "observe.go") {
				t.Errorf("%s: %s names the adapter's own source: %q", log.name, e.Name(), line)
			}
			for _, f := range e.Fields() {
				if !strings.Contains(line, f.Key) {
					t.Errorf("%s: %s is logged as %q, without %s", log.name, e.Name(), line, f.Key)
				}
			}
			if log.message != "" {
				checkJSON(t, log.name, log.message, out.Bytes(), e)
			}
		}
	}
}

func checkJSON(t *testing.T, name, message string, line []byte, e observe.Event) {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got[message] != e.Name() {
		t.Errorf("%s: the message is %v, want %s", name, got[message], e.Name())
	}
	for _, f := range e.Fields() {
		text, ok := f.Loggable().(string)
		if ok && got[f.Key] != text {
			t.Errorf("%s: %s: %s is %v, want %s", name, e.Name(), f.Key, got[f.Key], text)
		}
	}
}

// Names come from records that others write: a line break in one must not begin
// a line of the log.
func TestAdapters_ANameCannotForgeALine(t *testing.T) {
	t.Parallel()
	evil := "orders\nERROR session lost node=worker-9\r\x1b[2J\u2028"
	events := []observe.Event{
		observe.ClaimStarted{Claim: observe.Claim{Origin: observe.Origin{Node: evil}, Scope: evil, Key: evil, Token: 1}},
		observe.DeathProven{Group: observe.Group{Origin: origin, Group: evil}, Session: evil, Member: evil},
		observe.RecordProblem{Group: group, Key: evil, Err: errors.New(evil)},
		observe.SessionLost{Origin: origin, Session: "s1", Cause: errors.Join(errors.New("one"), errors.New(evil))},
	}
	for _, log := range logs {
		for _, e := range events {
			var out bytes.Buffer
			log.open(&out).Observe(e)
			line := strings.TrimSuffix(out.String(), "\n")
			if line == "" || strings.ContainsAny(line, "\n\r\x1b\u2028") {
				t.Errorf("%s: %s is logged as %q", log.name, e.Name(), line)
			}
		}
	}
}

// Clients' errors often hold their settings; a log that prints an error in its
// long form shows them.
func TestAdapters_ShowOnlyTheTextOfAnError(t *testing.T) {
	t.Parallel()
	for _, log := range logs {
		var out bytes.Buffer
		log.open(&out).Observe(observe.JoinFailed{Origin: origin, Err: verbose{"hunter2"}})
		if !strings.Contains(out.String(), "access denied") || strings.Contains(out.String(), "hunter2") {
			t.Errorf("%s: logged %q", log.name, out.String())
		}
	}
}

func TestAdapters_LeaveOutNilFields(t *testing.T) {
	t.Parallel()
	for _, log := range logs {
		var out bytes.Buffer
		log.open(&out).Observe(observe.TermEnded{Origin: origin, Election: "billing"})
		if line := out.String(); !strings.Contains(line, "billing") || strings.Contains(line, "cause") {
			t.Errorf("%s: logged %q", log.name, line)
		}
	}
}

func TestAdapters_KeepToTheLevelOfTheLogger(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.WarnLevel)
	both := observe.Multi(
		zapobserve.New(zap.New(core)),
		slogobserve.New(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}))),
	)
	for _, e := range everyEvent {
		both.Observe(e)
	}
	loud := slices.DeleteFunc(slices.Clone(everyEvent), func(e observe.Event) bool { return e.Level() < observe.Warn })
	if got := strings.Count(out.String(), "\n"); got != 2*len(loud) {
		t.Errorf("two loggers wrote %d lines, want %d each", got, len(loud))
	}
}

func TestAdapters_NilLoggerDropsEvents(t *testing.T) {
	t.Parallel()
	for _, e := range everyEvent {
		zapobserve.New(nil).Observe(e)
		slogobserve.New(nil).Observe(e)
	}
}

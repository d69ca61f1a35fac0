package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
	"github.com/tenure-go/tenure/membership"
)

// commandEnv makes the test binary the program itself, for the demo.
const commandEnv = "STREAMWORKERS_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(commandEnv) != "" {
		main()
		return
	}
	if err := os.Setenv(commandEnv, "1"); err != nil { // for the processes that the tests start
		panic(err)
	}
	os.Exit(m.Run())
}

func TestDemo_LosesNothingOnRealEtcd(t *testing.T) {
	t.Parallel()
	etcdtest.Require(t)
	losesNothing(t, 8000, "-ttl", "2s")
}

// Twice on one store: the second demo, which has fewer lines, does not meet the
// positions of the first.
func TestDemo_LosesNothingOnAFile(t *testing.T) {
	t.Parallel()
	address := "sqlite:" + t.TempDir() + "/demo.db?migrate=true"
	losesNothing(t, 8000, "-ttl", "5s", "-backend", address)
	if !testing.Short() {
		losesNothing(t, 4000, "-ttl", "5s", "-backend", address)
	}
}

func losesNothing(t *testing.T, lines int, args ...string) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), append([]string{"demo", "-generate", strconv.Itoa(lines), "-rate", "800"}, args...), nil, &out)
	t.Log("\n" + out.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"kill -9  ", "SIGTERM  ", "SIGSTOP  ", strconv.Itoa(lines) + " lines in 12 partitions, each counted once and in order"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary has no %q", want)
		}
	}
}

func TestRun_BadBackend(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"memory:":            "belongs to one process",
		"etcd://u:hunter2@":  "no host behind the @",
		"nothing://h":        "knows no scheme",
		"redis://h?a=hunter": "unexpected option: a",
	} {
		for _, command := range []string{"work", "owners", "verify", "demo"} {
			err := run(t.Context(), []string{command, "-backend", address}, nil, io.Discard)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") {
				t.Errorf("%s -backend %s: %v, want %q", command, address, err, want)
			}
		}
	}
}

// startWorker runs a worker in this process until its stop is called.
func startWorker(t *testing.T, b backends.Backend, dir, name string) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &worker{
		backend: b, dir: dir, group: "g",
		config: membership.Config{Name: name, TTL: 5 * time.Second, Clock: membership.MonotonicClock()},
		events: &events{out: io.Discard, member: name},
	}
	ended := make(chan error, 1)
	go func() { ended <- w.run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWork_CountsEachLineOnceWhileWorkersComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, store := filepath.Join(t.TempDir(), "logs"), memory.New()
		if _, err := produce(t.Context(), dir, "user", 6, newGenerator(3000, 0)); err != nil {
			t.Fatal(err)
		}
		produced := make(chan error, 1)
		go func() { // the log goes on growing
			_, err := produce(t.Context(), dir, "user", 6, newGenerator(2000, 200))
			produced <- err
		}()
		stopA := startWorker(t, store, dir, "a")
		stopB := startWorker(t, store, dir, "b")
		time.Sleep(3 * time.Second)
		stopC := startWorker(t, store, dir, "c")
		time.Sleep(3 * time.Second)
		stopA()
		if err := <-produced; err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		stopB()
		stopC()
		found, err := verify(t.Context(), store, dir, "g")
		if err != nil || found.counted != 5000 || found.behind != 0 {
			t.Errorf("%v, %v", found, err)
		}
		var table bytes.Buffer
		if err := owners(t.Context(), store, "g", &table); err != nil {
			t.Error(err)
		}
		if lines := strings.Count(table.String(), "nobody"); lines != 6 {
			t.Errorf("owners after all have left:\n%s", table.String())
		}
	})
}

func TestVerify_SeesLossDoubleAndDisorder(t *testing.T) {
	dir := t.TempDir()
	if _, err := produce(t.Context(), dir, "user", 1, newGenerator(20, 0)); err != nil {
		t.Fatal(err)
	}
	path := logPath(dir, "0")
	log, err := openTail(path, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.close() //nolint:errcheck // it was only read
	lines, err := log.next(100)
	if err != nil || len(lines) != 20 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	saved := func(order ...int) []byte {
		r := result{Counts: map[string]int64{}}
		for _, i := range order {
			r.add(lines[i])
		}
		return r.encode()
	}
	for name, test := range map[string]struct {
		saved           []byte
		counted, behind int64
		bad             bool
	}{
		"nothing yet":  {saved: nil, behind: 20},
		"in order":     {saved: saved(0, 1, 2, 3), counted: 4, behind: 16},
		"lost":         {saved: saved(0, 1, 3), bad: true},
		"double":       {saved: saved(0, 1, 1, 2, 3), bad: true},
		"out of order": {saved: saved(1, 0, 2, 3), bad: true},
		"beyond":       {saved: func() []byte { r := result{Line: 21}; return r.encode() }(), bad: true},
		"not a result": {saved: []byte("{"), bad: true},
	} {
		counted, behind, err := check(path, test.saved)
		if counted != test.counted || behind != test.behind || (err != nil) != test.bad {
			t.Errorf("%s: %d counted, %d behind, %v", name, counted, behind, err)
		}
	}
}

func TestProduce_NamesTheBadLine(t *testing.T) {
	for bad, want := range map[string]string{
		`{"user":`:                            "not a JSON object",
		`[1]`:                                 "not a JSON object",
		`null`:                                `the key field "user" is missing`,
		``:                                    "not a JSON object",
		`{"user":"a"} x`:                      "not a JSON object",
		`{"page":1}`:                          `the key field "user" is missing`,
		`{"user":null}`:                       "must be a string or a number",
		`{"user":["a"]}`:                      "must be a string or a number",
		strings.Repeat("x", maxInput+1):       "longer than 16384 bytes",
		`{"user":"` + "a\x00" + `","page":1}`: "not a JSON object",
	} {
		dir := t.TempDir()
		input := "{\"user\":\"a\"}\n{\"user\":2}\n" + bad + "\n{\"user\":\"a\"}\n"
		lines, err := produce(t.Context(), dir, "user", 3, newReader("in.ndjson", strings.NewReader(input)))
		if lines != 2 || err == nil || !strings.Contains(err.Error(), "in.ndjson:3: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %d lines, %v; want %q", bad, lines, err, want)
		}
		if n := countLines(t, dir); n != 2 {
			t.Errorf("%.40q: %d lines in the log, want 2", bad, n)
		}
	}
}

func TestProduce_GoesOnBehindTheLastLine(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		input := newReader("in", strings.NewReader("{\"user\":\"<ü>\"}\n{\"user\":\"<ü>\"}"))
		if lines, err := produce(t.Context(), dir, "user", 2, input); lines != 2 || err != nil {
			t.Fatalf("%d lines, %v", lines, err)
		}
	}
	if n := countLines(t, dir); n != 4 {
		t.Errorf("%d lines, want 4", n)
	}
	if _, err := produce(t.Context(), dir, "user", 3, newGenerator(1, 0)); err == nil || !strings.Contains(err.Error(), "has 2 partitions, not 3") {
		t.Errorf("another number of partitions: %v", err)
	}
	path := logPath(dir, "0")
	if err := os.WriteFile(path, []byte(`{"line":1,"key":"a`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := produce(t.Context(), dir, "user", 2, newGenerator(1, 0)); err == nil || !strings.Contains(err.Error(), "0.log:1: the line is not complete") {
		t.Errorf("a line that is cut off: %v", err)
	}
}

func TestTail_RefusesAGapAndGarbage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "0.log")
	for text, want := range map[string]string{
		`{"line":1,"key":"a","event":{}}` + "\n" + `{"line":3,"key":"a","event":{}}` + "\n": "0.log:2: the line says that it is number 3",
		"x\n":                        "0.log:1: not a line of the log",
		strings.Repeat("x", chunk+1): "0.log:1: the line is longer",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		log, err := openTail(path, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := log.next(10); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
		if err := log.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestCrew_SeesAStartBeforeTheStop(t *testing.T) {
	at := func(second int, name, what string, token uint64) event {
		return event{Time: time.Unix(int64(second), 0), Member: name, Event: what, Partition: "0", Token: token}
	}
	good := []event{at(1, "a", "started", 1), at(2, "a", "stopped", 1), at(3, "b", "started", 2)}
	bad := []event{at(1, "a", "started", 1), at(3, "b", "started", 2), at(4, "a", "stopped", 1)}
	for _, test := range []struct {
		events []event
		frozen int // when a was
		bad    bool
	}{{good, 0, false}, {bad, 0, true}, {bad, 2, false}, {bad, 5, true}} {
		c := newCrew()
		c.processes["a"], c.processes["b"] = &process{}, &process{}
		if test.frozen > 0 {
			c.processes["a"].frozen = time.Unix(int64(test.frozen), 0)
		}
		for _, e := range test.events {
			c.take(e)
		}
		if err := c.verdict(); (err != nil) != test.bad {
			t.Errorf("verdict %v on %v with a frozen at %d", err, test.events, test.frozen)
		}
	}
}

func countLines(t *testing.T, dir string) (lines int64) {
	t.Helper()
	n, err := countLogs(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		last, err := lastLine(logPath(dir, string(rune('0'+i))))
		if err != nil {
			t.Fatal(err)
		}
		lines += last
	}
	return lines
}

func TestEvents_AreLinesOfJSON(t *testing.T) {
	var out bytes.Buffer
	e := &events{out: &out, member: "a"}
	e.emit(event{Event: "started", Partition: "3", Token: 7})
	e.emit(event{Event: "left"})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var first event
	if len(lines) != 2 || json.Unmarshal([]byte(lines[0]), &first) != nil || first.Member != "a" || first.Token != 7 || first.Time.IsZero() {
		t.Errorf("wrote %q", out.String())
	}
}

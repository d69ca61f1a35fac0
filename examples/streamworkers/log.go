package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// chunk is how much of a log is read at once. No line is longer: JSON writes a
// byte of input as six at most, and the key is there twice.
const chunk = 13 * maxInput

// entry is one line of a partition's log.
type entry struct {
	Line  int64           `json:"line"` // counted from 1 without a gap
	Key   string          `json:"key"`
	Event json.RawMessage `json:"event"`

	end int64 // the offset behind the line
}

// partitionOf tells which of n partitions a key belongs to.
func partitionOf(key string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int(h.Sum32() % uint32(n))
}

func logPath(dir, partition string) string { return filepath.Join(dir, partition+".log") }

// countLogs returns how many partitions dir has: 0.log, 1.log and so on.
func countLogs(dir string) (int, error) {
	for n := 0; ; n++ {
		_, err := os.Stat(logPath(dir, strconv.Itoa(n)))
		if errors.Is(err, os.ErrNotExist) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// tail reads a log from a position on, while the log grows.
type tail struct {
	path         string
	file         *os.File
	line, offset int64 // the last line read, and where it ends
	buf          []byte
}

func openTail(path string, line, offset int64) (*tail, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &tail{path: path, file: file, line: line, offset: offset, buf: make([]byte, chunk)}, nil
}

func (t *tail) close() error { return t.file.Close() }

// next returns up to limit more lines, none if there is nothing new. A last
// line that is not complete yet is left for later.
func (t *tail) next(limit int) ([]entry, error) {
	n, err := t.file.ReadAt(t.buf, t.offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	buf := t.buf[:n]
	var entries []entry
	for len(entries) < limit {
		length := bytes.IndexByte(buf, '\n') + 1
		if length == 0 {
			break
		}
		var e entry
		if err := json.Unmarshal(buf[:length], &e); err != nil {
			return nil, fmt.Errorf("%s:%d: not a line of the log: %w", t.path, t.line+1, err)
		}
		if e.Line != t.line+1 {
			return nil, fmt.Errorf("%s:%d: the line says that it is number %d", t.path, t.line+1, e.Line)
		}
		t.line, t.offset = e.Line, t.offset+int64(length)
		e.end = t.offset
		entries, buf = append(entries, e), buf[length:]
	}
	if len(entries) == 0 && n == chunk {
		return nil, fmt.Errorf("%s:%d: the line is longer than %d bytes", t.path, t.line+1, chunk)
	}
	return entries, nil
}

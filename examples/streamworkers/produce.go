package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// produce splits lines of JSON by a key field into the logs of dir. It stops at
// the first bad line, and says which one that is.
func produce(ctx context.Context, dir, field string, partitions int, input source) (lines int64, err error) {
	logs, err := openLogs(dir, partitions)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, logs.close()) }()
	for ctx.Err() == nil {
		line, err := input.next(ctx, logs.flush)
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		var key string
		if err == nil {
			key, err = keyOf(line, field)
		}
		if err == nil {
			err = logs.add(key, line)
		}
		if err != nil {
			return lines, fmt.Errorf("%s:%d: %w; the %d lines before it are in the log, nothing after", input.name(), lines+1, err, lines)
		}
		lines++
	}
	return lines, nil
}

// keyOf returns the text of a line's key field, which decides its partition.
func keyOf(line []byte, field string) (string, error) {
	var event map[string]json.RawMessage
	if err := json.Unmarshal(line, &event); err != nil {
		return "", fmt.Errorf("not a JSON object: %.80q: %w", line, err)
	}
	raw, ok := event[field]
	if !ok {
		return "", fmt.Errorf("the key field %q is missing in %.80q", field, line)
	}
	var key any
	if err := json.Unmarshal(raw, &key); err != nil {
		return "", err
	}
	switch key := key.(type) {
	case string:
		return key, nil
	case float64:
		return string(raw), nil // as it is written: 1 and 1.0 are two keys
	}
	return "", fmt.Errorf("the key field %q is %.80s, it must be a string or a number", field, raw)
}

// logs are the logs of all partitions, open for appending. One producer at a
// time may write to a directory.
type logs []*appender

type appender struct {
	file *os.File
	out  *bufio.Writer
	line int64
}

// openLogs opens the logs, creating them if there are none.
func openLogs(dir string, partitions int) (logs, error) {
	if partitions < 1 {
		return nil, fmt.Errorf("-partitions is %d, it must be at least 1", partitions)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	n, err := countLogs(dir)
	if err == nil && n != 0 && n != partitions {
		err = fmt.Errorf("%s has %d partitions, not %d: a key would get into two of them", dir, n, partitions)
	}
	if err != nil {
		return nil, err
	}
	all := make(logs, partitions)
	for i := range all {
		a, err := openLog(logPath(dir, strconv.Itoa(i)))
		if err != nil {
			return nil, errors.Join(err, all[:i].close())
		}
		all[i] = a
	}
	return all, nil
}

// openLog goes on behind the last line of a log.
func openLog(path string) (*appender, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	last, err := lastLine(path)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &appender{file: file, out: bufio.NewWriter(file), line: last}, nil
}

// lastLine reads a log to its end and returns the number of its last line.
func lastLine(path string) (int64, error) {
	t, err := openTail(path, 0, 0)
	if err != nil {
		return 0, err
	}
	defer t.close() //nolint:errcheck // it was only read
	for {
		switch entries, err := t.next(batch); {
		case err != nil:
			return 0, err
		case len(entries) > 0:
			continue
		}
		info, err := t.file.Stat()
		if err == nil && info.Size() != t.offset {
			err = fmt.Errorf("%s:%d: the line is not complete, as a producer was killed: cut the file to %d bytes", path, t.line+1, t.offset)
		}
		return t.line, err
	}
}

func (l logs) add(key string, event []byte) error {
	a := l[partitionOf(key, len(l))]
	line, err := json.Marshal(entry{Line: a.line + 1, Key: key, Event: event})
	if err != nil {
		return err
	}
	a.line++
	_, err = a.out.Write(append(line, '\n'))
	return err
}

func (l logs) flush() error {
	var errs []error
	for _, a := range l {
		errs = append(errs, a.out.Flush())
	}
	return errors.Join(errs...)
}

func (l logs) close() error {
	errs := []error{l.flush()}
	for _, a := range l {
		errs = append(errs, a.file.Close())
	}
	return errors.Join(errs...)
}

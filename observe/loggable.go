package observe

import (
	"fmt"
	"strconv"
	"time"
)

// Loggable returns the field's value in a form that is safe to log, for the
// authors of adapters: nil, a bool, an int64, a uint64, a time.Duration, or a
// string. Names come from whoever may write to the store, so a string with
// characters that do not print (a line break, an escape sequence, invalid
// UTF-8) is written with the escapes of a Go string: it stays on its line and
// cannot pass for another one. An error gives the text of its Error method and
// nothing else: more verbose forms can hold what nobody meant to log.
func (f Field) Loggable() any {
	switch v := f.Value.(type) {
	case nil, bool, int64, uint64, time.Duration:
		return v
	case int:
		return int64(v)
	case string:
		return printable(v)
	case error:
		return printable(v.Error())
	default:
		return printable(fmt.Sprint(v))
	}
}

// printable escapes s if anything in it does not print.
func printable(s string) string {
	for _, r := range s {
		// The replacement character stands for invalid UTF-8, which prints as
		// itself here and as anything elsewhere.
		if !strconv.IsPrint(r) || r == '\uFFFD' {
			quoted := strconv.Quote(s)
			return quoted[1 : len(quoted)-1]
		}
	}
	return s
}

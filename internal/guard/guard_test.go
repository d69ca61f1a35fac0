package guard_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/internal/guard"
)

func TestCall(t *testing.T) {
	if err := guard.Call(func() error { return io.EOF }); !errors.Is(err, io.EOF) {
		t.Errorf("an error became %v", err)
	}
	err := guard.Call(func() error { panic("no disk") })
	var p *guard.Panic
	if !errors.As(err, &p) || err.Error() != "panic: no disk" {
		t.Fatalf("a panic became %v", err)
	}
	if !strings.Contains(p.Stack(), "TestCall") {
		t.Errorf("the stack does not name where it happened:\n%s", p.Stack())
	}
	if err := guard.Call(func() error { panic(io.EOF) }); !errors.Is(err, io.EOF) {
		t.Errorf("a panic with an error became %v", err)
	}
}

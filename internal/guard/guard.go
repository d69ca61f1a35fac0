// Package guard calls functions of the user, which may panic.
package guard

import (
	"fmt"
	"runtime/debug"
)

// Panic is the error that a panic becomes. Its text is one line; Stack has the
// rest.
type Panic struct {
	Value any
	stack string
}

// Error implements error.
func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Unwrap returns the value if that was an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Stack is where the panic happened.
func (p *Panic) Stack() string { return p.stack }

// Call calls f and turns a panic into an error.
func Call(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{Value: v, stack: string(debug.Stack())}
		}
	}()
	return f()
}

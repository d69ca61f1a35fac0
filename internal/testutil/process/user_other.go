//go:build !unix

package process

import "os/exec"

// User: servers run as the user of this process here.
type User struct{}

// Unprivileged returns nil.
func Unprivileged(...string) (*User, error) { return nil, nil }

// Own does nothing.
func (*User) Own(string) error { return nil }

// Run does nothing.
func (*User) Run(*exec.Cmd) {}

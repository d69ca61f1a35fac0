//go:build !linux

package postgresserver

import "syscall"

// identity: the server runs as this process's user here.
type identity struct{}

func serverUser() (*identity, error) { return nil, nil }

func sysProcAttr(*identity) *syscall.SysProcAttr { return nil }

func give(string, *identity) error { return nil }

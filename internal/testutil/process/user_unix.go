//go:build unix

package process

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// User is a system user that a server runs as, nil for that of this process.
type User struct{ uid, gid uint32 }

// Unprivileged returns nil, and for root the first system user of the names that
// exists: some servers refuse to run as root.
func Unprivileged(names ...string) (*User, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &User{uid: uint32(uid), gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("the server refuses to run as root, and there is no user %s", strings.Join(names, " or "))
}

// Own hands a file or folder to the user.
func (u *User) Own(path string) error {
	if u == nil {
		return nil
	}
	return os.Chown(path, int(u.uid), int(u.gid))
}

// Run makes the command run as the user. A server that changes its user by itself would
// do so after it was started, and Linux forgets the parent-death signal then.
func (u *User) Run(cmd *exec.Cmd) {
	if u != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: u.uid, Gid: u.gid}}
	}
}

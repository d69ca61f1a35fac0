package mariadbserver

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// identity is whom the server runs as, nil for this process's user. It is set before
// the program begins: the server's own option --user would change it later, and Linux
// forgets the parent-death signal then.
type identity = syscall.Credential

// serverUser returns the system user to run as when this process is root.
func serverUser() (*identity, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"mysql", "nobody"} {
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
		return &identity{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("mariadbd refuses to run as root, and there is no user mysql or nobody")
}

// runAs makes a command run as the user.
func runAs(cmd *exec.Cmd, as *identity) {
	if as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	}
}

// give hands a folder to the user.
func give(folder string, to *identity) error {
	if to == nil {
		return nil
	}
	return os.Chown(folder, int(to.Uid), int(to.Gid))
}

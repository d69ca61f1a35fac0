package postgresserver

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// identity is whom the server runs as, nil for this process's user.
type identity = syscall.Credential

// serverUser returns the system user to run as when this process is root.
func serverUser() (*identity, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
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
	return nil, fmt.Errorf("postgres refuses to run as root, and there is no user postgres or nobody")
}

// sysProcAttr makes the server die with this process, also after SIGKILL, and puts it
// into a process group of its own, which Ctrl-C in a terminal does not reach.
func sysProcAttr(as *identity) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT, Setpgid: true, Credential: as}
}

// give hands a folder to the user.
func give(folder string, to *identity) error {
	if to == nil {
		return nil
	}
	return os.Chown(folder, int(to.Uid), int(to.Gid))
}

package rig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// network is a network namespace for one member, with a link to this machine that can be
// cut in the kernel: packets are gone, whatever a proxy does.
type network struct {
	name  string // of the namespace, and the beginning of those of its link's ends
	local string // this machine's address on the link
}

// newNetwork makes one. Links of different programs and members have addresses of their own.
func newNetwork(number int) (*network, error) {
	pid, slot := os.Getpid(), number%63
	n := &network{
		name:  fmt.Sprintf("tt%d-%d", pid, slot),
		local: fmt.Sprintf("10.%d.%d.%d", 200+pid/256%50, pid%256, 4*slot+1),
	}
	theirs := fmt.Sprintf("10.%d.%d.%d", 200+pid/256%50, pid%256, 4*slot+2)
	for _, command := range []string{
		"netns add " + n.name,
		"link add " + n.name + "a type veth peer name " + n.name + "b netns " + n.name,
		"address add " + n.local + "/30 dev " + n.name + "a",
		"link set " + n.name + "a up",
		"-n " + n.name + " address add " + theirs + "/30 dev " + n.name + "b",
		"-n " + n.name + " link set " + n.name + "b up",
		"-n " + n.name + " link set lo up",
	} {
		if err := ip(command); err != nil {
			return nil, errors.Join(err, n.close())
		}
	}
	return n, nil
}

// canPartition tries it.
func canPartition() error {
	n, err := newNetwork(62)
	if err != nil {
		return fmt.Errorf("no network namespaces that may be made: %w", err)
	}
	return n.close()
}

func ip(command string) error {
	output, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", command, err, strings.TrimSpace(string(output)))
	}
	return nil
}

// within makes the command run in the namespace: ip replaces itself by it.
func (n *network) within(cmd *exec.Cmd) error {
	path, err := exec.LookPath("ip")
	if err != nil {
		return err
	}
	cmd.Args = append([]string{path, "netns", "exec", n.name, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = path
	return nil
}

// cut takes the link down for the time.
func (n *network) cut(wait func() error) error {
	if err := ip("link set " + n.name + "a down"); err != nil {
		return err
	}
	return errors.Join(wait(), ip("link set "+n.name+"a up"))
}

// close removes the namespace, and with it the link.
func (n *network) close() error { return ip("netns delete " + n.name) }

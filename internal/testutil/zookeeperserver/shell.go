package zookeeperserver

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// Shell runs commands in ZooKeeper's own shell (zkCli.sh), one a line, as an administrator
// without credentials. It returns an error with the shell's output if one of them fails.
func (s *Server) Shell(ctx context.Context, commands string) error {
	cmd := exec.CommandContext(ctx, s.java, "-XX:TieredStopAtLevel=1", "-cp", s.jar, "org.apache.zookeeper.ZooKeeperMain", "-server", s.addr)
	cmd.Stdin = strings.NewReader(commands + "\nquit\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("zookeeper: shell: %w:\n%s", err, out)
	}
	return nil
}

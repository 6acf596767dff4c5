//go:build unix && !linux

package cluster

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// dieWithUs does nothing: only Linux ends a process with its parent. The next start stops what was left.
func dieWithUs(*syscall.SysProcAttr) {}

// share does nothing: only on Linux files are known to share blocks.
func share(_, _ *os.File) bool { return false }

// worksIn reports whether the process lives and is a server that was started on data.
func worksIn(pid int, data string) bool {
	line, err := exec.Command("/bin/ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(line), " -D "+data+" ")
}

// workers returns the server on data: its children end by themselves when it does.
func workers(data string) []int {
	if p, ok := running(data); ok {
		return []int{p.PID}
	}
	return nil
}

// isMemory reports whether the file system lives in memory: only Linux has one that everybody can use.
func isMemory(*unix.Statfs_t) bool { return false }

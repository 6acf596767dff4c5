package cluster

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// dieWithUs has the kernel stop the process when the thread that started it ends: SIGQUIT, on which a server ends at
// once and takes its children along.
func dieWithUs(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }

// share has out consist of the blocks of in, where both are on a file system that can do that.
func share(in, out *os.File) bool { return unix.IoctlFileClone(int(out.Fd()), int(in.Fd())) == nil }

// worksIn reports whether the process lives, is called postgres and has data as its working folder: a server or one of
// its children.
func worksIn(pid int, data string) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	dir, err := os.Readlink(filepath.Join(proc, "cwd"))
	if err != nil || dir != data {
		return false
	}
	name, err := os.ReadFile(filepath.Join(proc, "comm"))
	return err == nil && strings.TrimSpace(string(name)) == "postgres"
}

// workers returns the server on data and its children, which may outlive a server that was killed.
func workers(data string) []int {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer func() { _ = proc.Close() }()
	names, _ := proc.Readdirnames(-1)
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && worksIn(pid, data) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// isMemory reports whether the file system lives in memory.
func isMemory(fs *unix.Statfs_t) bool { return fs.Type == unix.TMPFS_MAGIC }

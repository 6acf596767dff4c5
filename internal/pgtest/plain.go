package pgtest

import (
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// AsPlainUser runs the tests of this binary that match the pattern once more, as the user nobody with a cache of its
// own and the Postgres of that major. Where the tests are not run by root it has nothing to do: they run as a plain
// user already.
func AsPlainUser(t *testing.T, pattern string, major int) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	host, err := Host(t.Context(), major)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "cairn-plain-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, gid := number(t, nobody.Uid), number(t, nobody.Gid)
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "tests")
	copyProgram(t, os.Args[0], binary)
	cmd := exec.CommandContext(t.Context(), binary, "-test.run="+pattern, "-test.v", "-test.count=1")
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir,
		"CAIRN_CACHE=" + filepath.Join(dir, "cache"), "CAIRN_POSTGRES=" + host.Postgres.Bin,
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "--- PASS: ") {
		t.Errorf("as nobody, no test matches %s", pattern)
	}
}

func number(t *testing.T, id string) uint32 {
	t.Helper()
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// copyProgram copies the test binary, which lies where only we can read it.
func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

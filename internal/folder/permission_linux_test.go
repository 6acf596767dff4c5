package folder

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cairndb/cairn/internal/finding"
)

// unprivileged makes the test's thread reach for files as the user nobody until the test ends, since root may read
// everything. The thread is not given back.
func unprivileged(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	runtime.LockOSThread()
	if err := unix.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setfsuid(0); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWithoutPermission(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "a.sql"), "secret")
	write(t, filepath.Join(root, "closed", "b.sql"), "secret")
	for _, name := range []string{"a.sql", "closed"} {
		if err := os.Chmod(filepath.Join(root, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	for path, mode := range map[string]os.FileMode{root: 0o555, filepath.Dir(root): 0o755} { // the parent is our own too
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { // so that the folder can be removed
		for _, path := range []string{root, filepath.Join(root, "closed")} {
			if err := os.Chmod(path, 0o755); err != nil {
				t.Error(err)
			}
		}
	})
	unprivileged(t)
	f := open(t, root)
	_, readErr := f.Read("a.sql", 100)
	_, listErr := f.Entries("closed")
	_, deepErr := f.Read("closed/b.sql", 100)
	for name, err := range map[string]error{
		"a.sql": readErr, "closed": listErr, "closed/b.sql": deepErr, "new.sql": f.Create(File{"new.sql", nil}), "new": f.Make("new"),
	} {
		found := finding.As(err)
		if found == nil || found.Code != finding.Unreadable || found.Exit != finding.Usage || !strings.Contains(found.Message, name+": permission denied") || found.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

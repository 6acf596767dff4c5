package securitylabel_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// Each state has a server of its own, for the labels of roles; each server has a provider that we build.
func TestKind(t *testing.T) {
	dir, err := os.MkdirTemp("", "cairn-labels-") // not the test's own: the server's account has to get in
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	kindtest.Setup{Apart: true, Options: func(major int) pgtest.Options {
		return pgtest.Options{Major: major, Settings: map[string]string{"shared_preload_libraries": provider(t, dir, major)}}
	}}.Run(t, "testdata")
}

// provider builds testdata/provider.c for a major.
func provider(t *testing.T, dir string, major int) string {
	t.Helper()
	library := filepath.Join(dir, fmt.Sprintf("provider%d.so", major))
	if _, err := os.Stat(library); err == nil {
		return library
	}
	c := exec.CommandContext(t.Context(), "cc", "-shared", "-fPIC", "-O1", "-Wall", fmt.Sprintf("-DMAJOR=%d", major),
		"-o", library, filepath.Join("testdata", "provider.c"))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build the label provider: %v\n%s", err, out)
	}
	return library
}

package pgbin

import (
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/finding"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("CAIRN_TEST_HOLD_LOCK"); path != "" {
		if unlock, err := TryLock(path); err != nil || unlock == nil {
			os.Exit(1)
		}
		_, _ = os.Stdout.WriteString("held\n")
		time.Sleep(time.Hour)
	}
	os.Exit(m.Run())
}

func TestCachePlaces(t *testing.T) {
	root := os.Geteuid() == 0
	temp := filepath.Join(os.TempDir(), "cairn-"+strconv.Itoa(os.Geteuid()))
	for name, test := range map[string]struct {
		getenv      func(string) string
		asRoot, not string // the first place as root, and as anybody else
	}{
		"named":      {env("CAIRN_CACHE", "/a", "XDG_CACHE_HOME", "/b", "HOME", "/c"), "/a", "/a"},
		"xdg":        {env("XDG_CACHE_HOME", "/b", "HOME", "/c"), "/var/cache/cairn", "/b/cairn"},
		"xdg not so": {env("XDG_CACHE_HOME", "b", "HOME", "/c"), "/var/cache/cairn", "/c/.cache/cairn"},
		"home":       {env("HOME", "/c"), "/var/cache/cairn", "/c/.cache/cairn"},
		"nothing":    {env(), "/var/cache/cairn", temp},
	} {
		want := test.not
		if root {
			want = test.asRoot
		}
		if got := places(test.getenv); got[0] != want {
			t.Errorf("%s: %v, want %s first", name, got, want)
		}
	}
}

func TestCacheIsMade(t *testing.T) {
	dir := open(t)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	got, err := Cache(env("CAIRN_CACHE", filepath.Join(link, "deep", "er")), someone(t))
	if err != nil {
		t.Fatal(err)
	}
	if real, _ := filepath.EvalSymlinks(filepath.Join(dir, "deep", "er")); got != real {
		t.Errorf("cache is %s, want %s", got, real)
	}
}

func TestCacheIsRefused(t *testing.T) {
	base := open(t)
	made := func(name string, mode os.FileMode) string {
		dir := filepath.Join(base, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	foreign := "/usr" // belongs to root
	tests := map[string]struct{ dir, says string }{
		"world writable": {made("world", 0o777), "others may write"},
		"group writable": {made("group", 0o775), "others may write"},
		"a file":         {"/etc/passwd", "cannot be written"},
		"no such place":  {"/proc/nothing", "cannot be written"},
	}
	if a := someone(t); a != nil {
		foreign = made("foreign", 0o755)
		if err := a.Chown(foreign); err != nil {
			t.Fatal(err)
		}
		closed := made("closed", 0o700)
		tests["out of the account's reach"] = struct{ dir, says string }{filepath.Join(closed, "in"), "cannot reach"}
	}
	tests["somebody else's"] = struct{ dir, says string }{foreign, "belongs to the user"}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Cache(env("CAIRN_CACHE", test.dir), someone(t))
			if got := finding.As(err); got == nil || got.Code != finding.StateUnwritable || got.Hint == "" || !strings.Contains(got.Message, test.says) {
				t.Errorf("error is %v, want %q", err, test.says)
			}
		})
	}
}

func TestUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		if a, err := Unprivileged(env("SUDO_UID", "1")); a != nil || err != nil {
			t.Errorf("not root, and yet %v, %v", a, err)
		}
		return
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	a, err := Unprivileged(env("SUDO_UID", nobody.Uid))
	if err != nil || a.Name != "nobody" || strconv.Itoa(int(a.UID)) != nobody.Uid || strconv.Itoa(int(a.GID)) != nobody.Gid {
		t.Errorf("sudo's user: %+v, %v", a, err)
	}
	for _, id := range []string{"", "0", "4000000000", "x"} {
		if a, err := Unprivileged(env("SUDO_UID", id)); err != nil || a.UID == 0 || (a.Name != "postgres" && a.Name != "nobody") {
			t.Errorf("SUDO_UID=%q: %+v, %v", id, a, err)
		}
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := TryLock(path)
	if err != nil || unlock == nil {
		t.Fatalf("a free lock: %v", err)
	}
	if again, err := TryLock(path); again != nil || err != nil {
		t.Errorf("a lock that is held was had, or %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := Lock(ctx, path); finding.As(err) == nil || finding.As(err).Exit != finding.Interrupted {
		t.Errorf("waiting ended with %v", err)
	}
	time.AfterFunc(10*time.Millisecond, unlock)
	unlock, err = Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if _, err := TryLock(filepath.Join(path, "below", "a", "file")); finding.As(err) == nil {
		t.Errorf("a lock in no folder: %v", err)
	}
}

func TestLockEndsWithItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), "CAIRN_TEST_HOLD_LOCK="+path)
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	if unlock, err := TryLock(path); unlock != nil || err != nil {
		t.Fatalf("the lock that another process holds was had, or %v", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	_ = holder.Wait()
}

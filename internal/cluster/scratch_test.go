package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/jackc/pgx/v5"
)

// TestKilledParent kills processes that run servers, with signal 9: no server is left, and the next start removes
// the folder, while those of the living stay.
func TestKilledParent(t *testing.T) {
	h := host(t, 17)
	alive, living := spawn(t, "scratch")
	for _, kind := range []string{"scratch", "detached"} {
		t.Run(kind, func(t *testing.T) {
			child, said := spawn(t, kind)
			dir := said[0]
			pid, err := strconv.Atoi(said[1])
			if err != nil {
				t.Fatal(err)
			}
			run(t, said[2], "SELECT 1")
			kill(child)
			if kind == "scratch" {
				soon(t, "the server died with its parent", func() bool { return dead(pid) })
			} else if dead(pid) {
				t.Fatal("a detached server died with its parent")
			}
			s, err := h.Scratch(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Remove()
			if !gone(dir) {
				t.Error("the next start left the folder")
			}
			soon(t, "the next start ended the server", func() bool { return dead(pid) }) // once init has noted it
			if got := ask(t, living[2], "SELECT 'alive'"); got != "alive" {
				t.Errorf("the server of a living process: %s", got)
			}
		})
	}
	kill(alive)
	s := scratch(t, h)
	if !gone(living[0]) {
		t.Error("the folder of the last one is still there")
	}
	s.Remove()
	if !gone(s.Dir) {
		t.Error("a removed folder is still there")
	}
}

// TestSweepSparesStrangers has a dead folder's postmaster.pid name a process that is no server, though it works there.
func TestSweepSparesStrangers(t *testing.T) {
	h := host(t, 17)
	s, err := h.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Remove()
	dir := filepath.Join(filepath.Dir(s.Dir), "stale")
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	stranger := exec.Command("sleep", "600")
	stranger.Dir = data
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer kill(stranger)
	text := strconv.Itoa(stranger.Process.Pid) + "\n" + data + "\n1700000000\n5432\n/tmp\n\n  1 2\nready   \n"
	if err := os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	other, err := h.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other.Remove()
	if !gone(dir) {
		t.Error("the dead folder is still there")
	}
	if name, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(stranger.Process.Pid), "comm")); runtime.GOOS == "linux" && (err != nil || string(name) != "sleep\n") {
		t.Errorf("the stranger was ended: it is %q, %v", name, err)
	}
}

func TestKilledDuringInit(t *testing.T) {
	h := host(t, 17)
	child, said := spawn(t, "init")
	soon(t, "initdb is at work", func() bool { return !gone(filepath.Join(said[0], "data", "base")) })
	kill(child)
	soon(t, "the next start clears away what initdb wrote", func() bool {
		s, err := h.Scratch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.Remove()
		return gone(said[0])
	})
}

// TestManyAtOnce has several starters work at the same time, each sweeping while the others come and go.
func TestManyAtOnce(t *testing.T) {
	h := host(t, 17)
	if _, err := h.Template(t.Context(), cluster.Template{}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 3 {
				s, err := filled(t.Context(), h)
				if err != nil {
					t.Error(err)
					return
				}
				server, err := h.Start(t.Context(), cluster.Config{Home: s.Dir})
				if err != nil {
					t.Error(err)
				} else if conn, err := pgx.Connect(t.Context(), server.URL("postgres", "postgres")); err != nil {
					t.Error(err)
				} else {
					_ = conn.Close(t.Context())
				}
				s.Remove()
				if !gone(s.Dir) {
					t.Errorf("%s is still there", s.Dir)
				}
			}
		})
	}
	all.Wait()
}

func TestCopy(t *testing.T) {
	h := host(t, 17)
	template, err := h.Template(t.Context(), cluster.Template{})
	if err != nil {
		t.Fatal(err)
	}
	s := scratch(t, h)
	copied := filepath.Join(s.Dir, "data")
	files := 0
	err = filepath.WalkDir(template, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(template, path)
		info, err := os.Lstat(filepath.Join(copied, name))
		if err != nil {
			return err
		}
		if h.Account != nil && info.Sys().(*syscall.Stat_t).Uid != h.Account.UID {
			t.Errorf("%s does not belong to %s", name, h.Account.Name)
		}
		if info.Mode()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		if d.IsDir() {
			return nil
		}
		files++
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(copied, name))
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 500 {
		t.Errorf("only %d files were compared", files)
	}

	if err := os.Symlink("/etc", filepath.Join(copied, "pg_tblspc", "16400")); err != nil {
		t.Fatal(err)
	}
	if err := h.Copy(copied, filepath.Join(s.Dir, "again")); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("a data directory with a tablespace was copied: %v", err)
	}
	if !gone(filepath.Join(s.Dir, "again")) {
		t.Error("half a copy was left")
	}
}

func TestTemplate(t *testing.T) {
	h := host(t, 17)
	h.Cache = ownCache(t)
	var laid atomic.Int32
	lay := func(ctx context.Context, url string) error {
		laid.Add(1)
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		_, err = conn.Exec(ctx, "CREATE ROLE anon; CREATE TABLE laid (id int)")
		return err
	}
	var mutex sync.Mutex
	var phases []string
	options := cluster.Template{Superuser: "boss", Fingerprint: "one", Lay: lay, Sink: func(e event.Event) {
		mutex.Lock()
		defer mutex.Unlock()
		if p, ok := e.(event.PhaseStarted); ok {
			phases = append(phases, p.Name)
		}
	}}
	var all sync.WaitGroup
	dirs := make([]string, 3)
	for i := range dirs {
		all.Go(func() {
			dir, err := h.Template(t.Context(), options)
			if err != nil {
				t.Error(err)
			}
			dirs[i] = dir
		})
	}
	all.Wait()
	if laid.Load() != 1 || dirs[0] != dirs[1] || dirs[1] != dirs[2] {
		t.Fatalf("laid %d times into %v", laid.Load(), dirs)
	}
	if want := []string{"initialise Postgres " + h.Postgres.Version, "lay the platform"}; !slices.Equal(phases, want) {
		t.Errorf("phases %q, want %q", phases, want)
	}
	if info, err := os.Stat(dirs[0]); err != nil || int(info.Sys().(*syscall.Stat_t).Uid) != os.Geteuid() || info.Mode().Perm() != 0o700 {
		t.Errorf("the template is not ours alone: %v, %v", info, err)
	}

	// A template that fails to be laid leaves nothing behind, and neither does another fingerprint reuse the first.
	broken := errors.New("broken")
	other := cluster.Template{Superuser: "boss", Fingerprint: "two", Lay: func(context.Context, string) error { return broken }}
	if _, err := h.Template(t.Context(), other); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
	other.Lay = lay
	second, err := h.Template(t.Context(), other)
	if err != nil || second == dirs[0] || laid.Load() != 2 {
		t.Errorf("second template %s, laid %d times, %v", second, laid.Load(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(h.Cache, "run", "*", "data")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	// One that nobody used for long goes when a new one is made.
	long := time.Now().Add(-60 * 24 * time.Hour)
	if err := os.Chtimes(dirs[0], long, long); err != nil {
		t.Fatal(err)
	}
	other.Fingerprint = "three"
	if _, err := h.Template(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if !gone(dirs[0]) || gone(second) {
		t.Errorf("the old template is gone: %v, the young one: %v", gone(dirs[0]), gone(second))
	}
}

func TestKilledTemplate(t *testing.T) {
	h := host(t, 17)
	fingerprint := strconv.FormatInt(time.Now().UnixNano(), 36)
	t.Setenv("CAIRN_TEST_FINGERPRINT", fingerprint)
	child, said := spawn(t, "template")
	run(t, said[0], "CREATE TABLE half (id int)")
	kill(child)
	dir, err := h.Template(t.Context(), cluster.Template{Fingerprint: "killed " + fingerprint, Lay: func(ctx context.Context, url string) error {
		if got := ask(t, url, "SELECT count(*)::text FROM pg_class WHERE relname = 'half'"); got != "0" {
			t.Error("the next one begins with what the killed one did")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	scratch(t, h) // sweeps
	socket, err := pgx.ParseConfig(said[0])
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); !gone(filepath.Dir(socket.Host)); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) { // another test's process may be the one that sweeps it
			t.Fatal("the folder of the killed one is still there")
		}
	}
}

// TestStrictUmask has everything made under a umask that lets nobody else in: the account still can.
func TestStrictUmask(t *testing.T) {
	h := host(t, 17)
	cache := ownCache(t)
	defer syscall.Umask(syscall.Umask(0o077))
	h.Cache = filepath.Join(cache, "deep", "cache")
	if err := pgbin.Folder(h.Cache); err != nil {
		t.Fatal(err)
	}
	template, err := h.Template(t.Context(), cluster.Template{Fingerprint: "umask", Lay: func(_ context.Context, url string) error {
		run(t, url, "CREATE TABLE laid (id int)")
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(h.Cache, "projects", "one")
	if err := pgbin.Folder(home); err != nil {
		t.Fatal(err)
	}
	if err := h.Copy(template, filepath.Join(home, "data")); err != nil {
		t.Fatal(err)
	}
	server, err := h.Start(t.Context(), cluster.Config{Home: home, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, server.URL("postgres", "postgres"), "SELECT count(*)::text FROM laid"); got != "0" {
		t.Errorf("it holds %q", got)
	}
	if err := server.Stop(t.Context(), cluster.Fast); err != nil {
		t.Fatal(err)
	}
}

// ownCache returns a cache that nobody else uses.
func ownCache(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cairn-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPlainUser(t *testing.T) {
	pgtest.AsPlainUser(t, "^(TestStop|TestKilledParent|TestKilledDuringInit|TestCopy|TestTemplate|TestKilledTemplate|TestManyAtOnce|TestStartFails|TestStrictUmask)$", 17)
}

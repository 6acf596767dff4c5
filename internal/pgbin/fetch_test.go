package pgbin

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// npmFolder returns a folder with an npm that notes each call in the file calls, runs the real one, and then runs more
// shell text; $dir is the folder that the package went to.
func npmFolder(t *testing.T, before, after string) (folder, calls string) {
	t.Helper()
	real, err := exec.LookPath("npm")
	if err != nil {
		t.Fatal("the tests need npm: ", err)
	}
	folder = open(t)
	calls = filepath.Join(folder, "calls")
	script(t, filepath.Join(folder, "npm"), "echo \"$@\" >> "+calls+"\n"+before+"\n"+real+` "$@" || exit $?
for a; do [ "$previous" = --pack-destination ] && dir=$a; previous=$a; done
`+after)
	return folder, calls
}

// npmFinder returns a Finder with an empty cache that finds nothing but the npm in folder.
func npmFinder(t *testing.T, folder string) *Finder {
	t.Helper()
	return &Finder{
		Cache: open(t), Account: someone(t), Getenv: env("PATH", folder),
		OS: runtime.GOOS, Arch: runtime.GOARCH, known: []string{"/nowhere/%d"},
	}
}

func TestFetch(t *testing.T) {
	folder, calls := npmFolder(t, "", "")
	f := npmFinder(t, folder)
	var events []event.Event
	f.Sink = func(e event.Event) { events = append(events, e) }
	pin, _ := f.pin(17)
	stale := f.home(pin) + ".part-killed"
	if err := os.MkdirAll(filepath.Join(stale, "server"), 0o755); err != nil {
		t.Fatal(err)
	}

	var both sync.WaitGroup
	found := make([]*Installation, 2)
	for i := range found {
		both.Go(func() {
			inst, err := f.Find(t.Context(), 17)
			if err != nil {
				t.Error(err)
				return
			}
			found[i] = inst
		})
	}
	both.Wait()
	if t.Failed() {
		return
	}
	if text, _ := os.ReadFile(calls); strings.Count(string(text), "\n") != 1 {
		t.Errorf("npm was called other than once:\n%s", text)
	}
	if len(events) != 2 || events[0].(event.PhaseStarted).Name != "fetch Postgres "+pin.Version || events[1].(event.PhaseDone).Name != "fetch Postgres "+pin.Version {
		t.Errorf("events: %+v", events)
	}
	if left, _ := filepath.Glob(f.home(pin) + ".part-*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	// From now on nothing but the cache is needed.
	f.Getenv = env("PATH", "/nowhere")
	inst, err := f.Find(t.Context(), 17)
	if err != nil {
		t.Fatal(err)
	}
	if inst.Source != "cache" || inst.Version != pin.Version || inst.Major != 17 || inst.Share == "" || inst.Lib == "" {
		t.Errorf("found %+v", inst)
	}
	for _, program := range []string{"postgres", "initdb"} {
		if out, err := f.run(t.Context(), inst.Program(program), "--version"); err != nil || !strings.Contains(out, pin.Version) {
			t.Errorf("%s --version: %q, %v", program, out, err)
		}
	}
	checkLinks(t, f.home(pin))
}

// checkLinks wants the shared libraries' links to be there and to lead somewhere within.
func checkLinks(t *testing.T, home string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(home, "lib"))
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, entry := range entries {
		if entry.Type()&os.ModeSymlink == 0 {
			continue
		}
		links++
		real, err := filepath.EvalSymlinks(filepath.Join(home, "lib", entry.Name()))
		if err != nil || !strings.HasPrefix(real, home) {
			t.Errorf("%s leads to %s: %v", entry.Name(), real, err)
		}
	}
	if links == 0 {
		t.Error("there are no links")
	}
}

func TestFetchRefusesBadTarballs(t *testing.T) {
	for name, damage := range map[string]string{
		"truncated":   `f=$(echo $dir/*.tgz); head -c 1000000 $f > $f.cut; mv $f.cut $f`,
		"changed":     `f=$(echo $dir/*.tgz); printf x | dd of=$f bs=1 seek=5000000 conv=notrunc 2>/dev/null`,
		"other":       `f=$(echo $dir/*.tgz); echo hello > $f`,
		"not brought": `rm $dir/*.tgz`,
	} {
		t.Run(name, func(t *testing.T) {
			folder, _ := npmFolder(t, "", damage)
			f := npmFinder(t, folder)
			_, err := f.Find(t.Context(), 17)
			got := finding.As(err)
			if got == nil || got.Code != finding.NoPostgres || got.Exit != finding.Usage {
				t.Fatalf("error is %#v", err)
			}
			entries, err := os.ReadDir(filepath.Join(f.Cache, "postgres"))
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				if entry.IsDir() {
					t.Errorf("%s was left in the cache", entry.Name())
				}
			}
		})
	}
}

func TestFetchTellsWhatNpmSays(t *testing.T) {
	folder, _ := npmFolder(t, "echo 'npm error code ENOTFOUND' >&2; exit 1", "")
	f := npmFinder(t, folder)
	_, err := f.Find(t.Context(), 17)
	if got := finding.As(err); got == nil || got.Code != finding.NoPostgres || !strings.Contains(got.Detail, "ENOTFOUND") {
		t.Errorf("error is %v", err)
	}
}

func TestFetchInterrupted(t *testing.T) {
	folder, calls := npmFolder(t, "exec sleep 600", "")
	f := npmFinder(t, folder)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for !bytes.Contains(read(calls), []byte("pack")) {
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
	}()
	_, err := f.Find(ctx, 17)
	if got := finding.As(err); got == nil || got.Exit != finding.Interrupted {
		t.Errorf("error is %v", err)
	}
}

func read(path string) []byte {
	text, _ := os.ReadFile(path)
	return text
}

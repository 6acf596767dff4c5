package folder

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
)

func open(t *testing.T, path string) *Folder {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	root, out := filepath.Join(dir, "root"), filepath.Join(dir, "out")
	in := func(name string) string { return filepath.Join(root, name) }
	write(t, in("a/plain"), "plain")
	write(t, in("empty"), "")
	write(t, filepath.Join(out, "secret"), "secret")
	link(t, "plain", in("a/relative"))
	link(t, in("a/plain"), in("a/absolute"))
	link(t, "../a", in("a/up"))
	link(t, in("a"), in("folder"))
	link(t, "../../out/secret", in("a/out"))
	link(t, out, in("outfolder"))
	link(t, "outfolder/secret", in("chain"))
	link(t, "/dev/zero", in("zero"))
	link(t, "/proc/self/environ", in("environ"))
	link(t, "nowhere", in("dangling"))
	link(t, "loop", in("loop"))
	if err := syscall.Mkfifo(in("fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	link(t, "fifo", in("to-fifo"))
	f := open(t, root)
	for name, want := range map[string]string{
		"a/plain": "plain", "empty": "", "a/relative": "plain", "a/absolute": "plain", "a/up/plain": "plain", "folder/plain": "plain",
	} {
		if data, err := f.Read(name, 100); err != nil || string(data) != want {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	for name, code := range map[string]finding.Code{
		"a/out": finding.OutsideProject, "outfolder/secret": finding.OutsideProject, "chain": finding.OutsideProject,
		"zero": finding.OutsideProject, "environ": finding.OutsideProject, "../out/secret": finding.OutsideProject, "/etc/hostname": finding.OutsideProject,
		"fifo": finding.NotRegular, "to-fifo": finding.NotRegular, "a": finding.NotRegular,
		"dangling": finding.Unreadable, "loop": finding.Unreadable, "none": finding.Unreadable,
	} {
		_, err := f.Read(name, 100)
		if found := finding.As(err); found == nil || found.Code != code || found.Exit != finding.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.Read("a/plain", 4); finding.As(err) == nil || finding.As(err).Code != finding.TooLarge {
		t.Errorf("over the limit: %v", err)
	}
	if data, err := f.Read("a/plain", 5); err != nil || len(data) != 5 {
		t.Errorf("at the limit: %q, %v", data, err)
	}
}

func TestEntries(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"m/b", "m/a", "m/B", "m/é", "file"} {
		write(t, filepath.Join(root, name), "")
	}
	link(t, filepath.Join(root, "m"), filepath.Join(root, "linked"))
	f := open(t, root)
	for _, name := range []string{"m", "linked"} {
		entries, err := f.Entries(name)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if err != nil || strings.Join(names, " ") != "B a b é" {
			t.Errorf("%s: %v, %v", name, names, err)
		}
	}
	if _, err := f.Entries("none"); !errors.Is(err, fs.ErrNotExist) || finding.As(err) == nil {
		t.Errorf("none: %v", err)
	}
	if _, err := f.Entries("file"); finding.As(err) == nil || finding.As(err).Code != finding.NotRegular {
		t.Errorf("file: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "file"), "")
	if _, err := Open(filepath.Join(root, "none")); !errors.Is(err, fs.ErrNotExist) || finding.As(err) == nil {
		t.Errorf("none: %v", err)
	}
	if _, err := Open(filepath.Join(root, "file")); finding.As(err) == nil || finding.As(err).Code != finding.NotRegular {
		t.Errorf("file: %v", err)
	}
}

// list returns the names in a folder.
func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestCreate(t *testing.T) {
	root := t.TempDir()
	f := open(t, root)
	if err := f.Create(File{"deep/er/a.sql", []byte("a")}, File{"b.sql", nil}); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(root, "deep", "er", "a.sql")); err != nil || string(data) != "a" {
		t.Errorf("%q, %v", data, err)
	}
	err := f.Create(File{"c.sql", []byte("c")}, File{"b.sql", []byte("new")})
	if found := finding.As(err); found == nil || found.Code != finding.FileExists {
		t.Errorf("over another file: %v", err)
	}
	if got := strings.Join(list(t, root), " "); got != "b.sql deep" {
		t.Errorf("a failed Create leaves %s", got)
	}
	if data, _ := os.ReadFile(filepath.Join(root, "b.sql")); len(data) > 0 {
		t.Errorf("b.sql was overwritten: %q", data)
	}
	for _, name := range []string{"../evil.sql", "/tmp/evil.sql", "a/../../evil", ".", ""} {
		if found := finding.As(f.Create(File{name, nil})); found == nil || found.Code != finding.OutsideProject {
			t.Errorf("%q: %v", name, found)
		}
	}
	out := t.TempDir()
	link(t, out, filepath.Join(root, "away"))
	if found := finding.As(f.Create(File{"away/x.sql", nil})); found == nil || found.Code != finding.OutsideProject {
		t.Errorf("through a link: %v", found)
	}
	if names := list(t, out); len(names) > 0 {
		t.Errorf("written outside: %v", names)
	}
	link(t, filepath.Join(out, "victim"), filepath.Join(root, "link.sql"))
	if found := finding.As(f.Create(File{"link.sql", []byte("x")})); found == nil || found.Code != finding.FileExists {
		t.Errorf("onto a dangling link: %v", found)
	}
}

// TestCreateWithoutLinks: on a file system that knows no hard links files still appear whole and over no other.
func TestCreateWithoutLinks(t *testing.T) {
	root := t.TempDir()
	f := open(t, root)
	f.hardLink = func(string, string) error { return &os.LinkError{Op: "link", Err: syscall.EPERM} }
	if err := f.Create(File{"a.sql", []byte("a")}); err != nil {
		t.Fatal(err)
	}
	if found := finding.As(f.Create(File{"b.sql", nil}, File{"a.sql", []byte("new")})); found == nil || found.Code != finding.FileExists {
		t.Errorf("over another file: %v", found)
	}
	if data, _ := os.ReadFile(filepath.Join(root, "a.sql")); string(data) != "a" || len(list(t, root)) != 1 {
		t.Errorf("%q among %v", data, list(t, root))
	}
}

func TestReserve(t *testing.T) {
	root := t.TempDir()
	f := open(t, root)
	release, err := f.Reserve("m/1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Reserve("m/1"); !errors.Is(err, ErrReserved) {
		t.Errorf("held twice: %v", err)
	}
	if names := list(t, filepath.Join(root, "m")); len(names) != 1 || !IsTemp(names[0]) {
		t.Errorf("held by %v", names)
	}
	release()
	if release, err = f.Reserve("m/1"); err != nil {
		t.Fatal(err)
	}
	release()
	if names := list(t, filepath.Join(root, "m")); len(names) > 0 {
		t.Errorf("left %v", names)
	}
	link(t, t.TempDir(), filepath.Join(root, "away"))
	for _, err := range []error{f.Make("away/x"), func() error { _, err := f.Reserve("away/x"); return err }()} {
		if found := finding.As(err); found == nil || found.Code != finding.OutsideProject {
			t.Errorf("through a link: %v", err)
		}
	}
	if err := f.Make("deep/er"); err != nil {
		t.Error(err)
	}
}

func TestWithin(t *testing.T) {
	f := open(t, t.TempDir())
	for path, want := range map[string]string{f.Path(): ".", filepath.Join(f.Path(), "a", "b"): "a/b", filepath.Dir(f.Path()): "", "/": ""} {
		if got, ok := f.Within(path); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %t", path, got, ok)
		}
	}
}

func TestReplace(t *testing.T) {
	root := t.TempDir()
	f := open(t, root)
	for _, text := range []string{"one", "two"} {
		if err := f.Replace(File{"x", []byte(text)}); err != nil {
			t.Fatal(err)
		}
		if data, _ := os.ReadFile(filepath.Join(root, "x")); string(data) != text {
			t.Errorf("got %q", data)
		}
	}
	if names := list(t, root); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

// TestCreateOnce: of many that write one name, one wins, and the file is the winner's whole text at every moment.
func TestCreateOnce(t *testing.T) {
	root := t.TempDir()
	var won atomic.Int32
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			f, err := Open(root)
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			err = f.Create(File{"x.sql", bytes.Repeat([]byte{byte('a' + i)}, 1<<16)})
			if err == nil {
				won.Add(1)
			} else if finding.As(err) == nil || finding.As(err).Code != finding.FileExists {
				t.Error(err)
			}
			data, err := os.ReadFile(filepath.Join(root, "x.sql"))
			if err != nil || len(data) != 1<<16 || bytes.Count(data, data[:1]) != len(data) {
				t.Errorf("a torn file of %d bytes, %v", len(data), err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 {
		t.Errorf("%d writers won", won.Load())
	}
}

func TestShown(t *testing.T) {
	for name, want := range map[string]string{
		"20240101000000_é.sql":           "20240101000000_é.sql",
		"1_x'; drop table t;--.sql":      "1_x'; drop table t;--.sql",
		"1_$(id) \"q\".sql":              `1_$(id) "q".sql`,
		"a\nb\x1b[31mc\u202ed\xff\\.sql": `a\nb\x1b[31mc\u202ed\xff\\.sql`,
	} {
		if got := Shown(name); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestIsTemp(t *testing.T) {
	root := t.TempDir()
	f := open(t, root)
	temp, err := f.temp(File{"a.sql", []byte("half")})
	if err != nil {
		t.Fatal(err)
	}
	if !IsTemp(temp) || IsTemp("a.sql") || IsTemp(".cairn-x.sql") {
		t.Errorf("%s", temp)
	}
}

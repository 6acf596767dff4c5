package scaffold

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
)

var noon = time.Date(2024, 1, 15, 12, 0, 0, 0, time.UTC)

// project makes a folder for a project with the given files in supabase/migrations.
func project(t testing.TB, files ...string) migration.Dir {
	t.Helper()
	root := t.TempDir()
	d := migration.Dir{Root: root, Path: filepath.Join(root, "supabase", "migrations"), Rollbacks: filepath.Join(root, "supabase", "rollbacks")}
	for _, name := range files {
		put(t, filepath.Join(d.Path, name), "select 1;\n")
	}
	return d
}

func put(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// tree lists the files under dir, relative to it.
func tree(t testing.TB, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if rel, _ := filepath.Rel(dir, path); !e.IsDir() {
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestNew(t *testing.T) {
	d := project(t)
	result, err := New(Request{Dir: d, Name: "Add user settings", Now: noon, Author: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(d.Path, "20240115120000_add_user_settings.sql")
	if !slices.Equal(result.Files, []Written{{"20240115120000", "add_user_settings", path}}) {
		t.Errorf("got %+v", result.Files)
	}
	if got := read(t, path); got != "-- Description: Add user settings\n-- Author: Ada\n-- Date: 2024-01-15\n\n" {
		t.Errorf("got %q", got)
	}
	listing, err := d.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if h := listing.Migrations[0].Header; h != (migration.Header{Description: "Add user settings", Author: "Ada", Date: "2024-01-15"}) {
		t.Errorf("the header is read as %+v", h)
	}
	// The same second again, from standard input.
	result, err = New(Request{Dir: d, Name: "addIndex", Now: noon, Author: "Ada", Body: []byte("create table a();\r\n\xff")})
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(d.Path, "20240115120001_add_index.sql")); got != "create table a();\r\n\xff" {
		t.Errorf("the body became %q", got)
	}
	if got := tree(t, d.Root); got != "supabase/migrations/20240115120000_add_user_settings.sql supabase/migrations/20240115120001_add_index.sql" {
		t.Errorf("there is %s", got)
	}
	if len(result.Findings) > 0 {
		t.Errorf("got %v", result.Findings)
	}
}

func TestNewFromTemplate(t *testing.T) {
	d := project(t)
	for _, shown := range List() {
		result, err := New(Request{Dir: d, Name: "x", Now: noon, Template: shown.Name})
		if err != nil {
			t.Fatalf("%s: %v", shown.Name, err)
		}
		if shown.Name != "expand-contract" {
			if got := read(t, result.Files[0].Path); got != "-- Description: x\n-- Date: 2024-01-15\n\n"+text(t, shown.Name, nil) {
				t.Errorf("%s: got %s", shown.Name, got)
			}
			continue
		}
		var names []string
		for _, f := range result.Files {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != "x_1_add x_2_migrate x_3_require x_4_remove" {
			t.Errorf("got %s", got)
		}
		if len(result.Findings) != 1 || result.Findings[0].Severity != finding.Note {
			t.Errorf("got %v", result.Findings)
		}
		if head, _, _ := strings.Cut(read(t, result.Files[1].Path), "\n"); head != "-- Description: x, phase 2: migrate" {
			t.Errorf("got %s", head)
		}
	}
	listing, err := d.Load(t.Context())
	if err != nil || len(listing.Findings) > 0 || len(listing.Migrations) != len(List())+3 {
		t.Errorf("%d migrations, %v, %v", len(listing.Migrations), listing.Findings, err)
	}
}

func TestNewFromTable(t *testing.T) {
	table, err := ParseTable("products(name text!, price numeric)")
	if err != nil {
		t.Fatal(err)
	}
	if err := table.SetOwner("user_id"); err != nil {
		t.Fatal(err)
	}
	if err := table.AddIndex("name"); err != nil {
		t.Fatal(err)
	}
	table.UpdatedAt = true
	d := project(t)
	result, err := New(Request{Dir: d, Name: "create products", Now: noon, Table: table, Author: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "products.sql", read(t, result.Files[0].Path))
	_, err = New(Request{Dir: d, Name: "x", Now: noon, Table: table, Plain: true})
	if f := finding.As(err); f == nil || f.Exit != finding.Usage {
		t.Errorf("an owner on plain Postgres: %v", err)
	}
	table.Owner = ""
	result, err = New(Request{Dir: d, Name: "plain", Now: noon, Table: table, Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "products.plain.sql", read(t, result.Files[0].Path))
}

func TestNewVersions(t *testing.T) {
	for _, c := range []struct {
		name string
		r    Request
		dir  []string
		want string
	}{
		{"taken on the target", Request{Existing: []string{"20240115120000"}}, nil, "20240115120001_x.sql"},
		{"taken in the folder", Request{}, []string{"20240115120000_y.sql"}, "20240115120001_x.sql"},
		{"numbered", Request{Numbered: true}, []string{"00100_y.sql", "00101_z.sql"}, "00102_x.sql"},
		{"given", Request{Version: "00104"}, []string{"00100_y.sql"}, "00104_x.sql"},
	} {
		d := project(t, c.dir...)
		c.r.Dir, c.r.Name, c.r.Now = d, "x", noon
		result, err := New(c.r)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := filepath.Base(result.Files[0].Path); got != c.want {
			t.Errorf("%s: got %s", c.name, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	table := &Table{Name: Name{"public", "t"}}
	for _, c := range []struct {
		name string
		r    Request
		code finding.Code
	}{
		{"no name", Request{Name: " "}, finding.BadName},
		{"two sources", Request{Name: "x", Template: "index", Table: table}, finding.BadUsage},
		{"no such template", Request{Name: "x", Template: "nope"}, finding.BadUsage},
		{"set without template", Request{Name: "x", Set: map[string]string{"a": "b"}}, finding.BadUsage},
		{"needs the platform", Request{Name: "x", Template: "owner-table", Plain: true}, finding.BadUsage},
		{"no version", Request{Name: "x", Version: "../1"}, finding.BadName},
		{"version taken", Request{Name: "x", Version: "1"}, finding.DuplicateVersion},
		{"all numbers taken", Request{Name: "x", Numbered: true, Existing: []string{"9"}}, finding.BadName},
	} {
		d := project(t, "1_a.sql")
		c.r.Dir, c.r.Now = d, noon
		_, err := New(c.r)
		if f := finding.As(err); f == nil || f.Code != c.code || f.Exit != finding.Usage {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := tree(t, d.Root); got != "supabase/migrations/1_a.sql" {
			t.Errorf("%s: left %s", c.name, got)
		}
	}
}

func TestNewStaysInside(t *testing.T) {
	for _, name := range []string{"../evil", "../../../tmp/evil", "/etc/evil", `..\evil`, "a/b", "x\x00y", "x\ny", "\x1b[31m", "$(id)", "`id`", "x'; drop table t;--", strings.Repeat("long ", 200)} {
		d := project(t)
		result, err := New(Request{Dir: d, Name: name, Now: noon, Author: "Eve\n; drop table t;\n--\u2028x"})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if path := result.Files[0].Path; filepath.Dir(path) != d.Path {
			t.Errorf("%q: written to %s", name, path)
		}
		listing, err := d.Load(t.Context())
		if err != nil || len(listing.Migrations) != 1 || len(listing.Migrations[0].Units) > 0 || listing.Err() != nil {
			t.Errorf("%q: %+v, %v", name, listing, err)
		}
		if strings.Contains(read(t, result.Files[0].Path), "\x1b") || strings.Count(read(t, result.Files[0].Path), "\n") != 4 {
			t.Errorf("%q: header %q", name, read(t, result.Files[0].Path))
		}
	}
}

func TestNewThroughALink(t *testing.T) {
	d := project(t)
	out := t.TempDir()
	if err := os.MkdirAll(filepath.Dir(d.Path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(out, d.Path); err != nil {
		t.Fatal(err)
	}
	_, err := New(Request{Dir: d, Name: "x", Now: noon})
	if f := finding.As(err); f == nil || f.Code != finding.OutsideProject {
		t.Errorf("got %v", err)
	}
	if got := tree(t, out); got != "" {
		t.Errorf("written outside: %s", got)
	}
}

// TestNewAtOnce: many at the same moment get versions of their own.
func TestNewAtOnce(t *testing.T) {
	d := project(t)
	var group sync.WaitGroup
	for i := range 24 {
		group.Go(func() {
			if _, err := New(Request{Dir: d, Name: fmt.Sprintf("n%02d", 24-i), Now: noon}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	listing, err := d.Load(t.Context())
	if err != nil || listing.Err() != nil || len(listing.Migrations) != 24 {
		t.Fatalf("%d migrations, %v, %v", len(listing.Migrations), listing.Err(), err)
	}
	versions := map[string]bool{}
	for _, m := range listing.Migrations {
		versions[m.Version] = true
	}
	if len(versions) != 24 {
		t.Errorf("versions %v", versions)
	}
}

// TestNewKilled: a writer that is killed at any moment leaves whole files and leftovers that are named as such, and
// the next writer goes on.
func TestNewKilled(t *testing.T) {
	if root := os.Getenv("SCAFFOLD_ROOT"); root != "" {
		d := migration.Dir{Root: root, Path: filepath.Join(root, "supabase", "migrations")}
		for i := 0; ; i++ {
			if _, err := New(Request{Dir: d, Name: fmt.Sprint(i), Now: noon.Add(time.Duration(i) * time.Second), Body: []byte("select '" + strings.Repeat("x", 200_000) + "';\n")}); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
	}
	d := project(t)
	for i := range 12 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNewKilled$")
		cmd.Env = append(os.Environ(), "SCAFFOLD_ROOT="+d.Root)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(30+7*i) * time.Millisecond)
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
	}
	listing, err := d.Load(t.Context())
	if err != nil || listing.Err() != nil || len(listing.Migrations) == 0 {
		t.Fatalf("%v, %v", listing, err)
	}
	for _, m := range listing.Migrations {
		if len(m.File.Text) != 200_011 {
			t.Errorf("%s is torn: %d bytes", m.File.Name, len(m.File.Text))
		}
	}
	for _, f := range listing.Findings {
		if f.Code != finding.Leftover {
			t.Errorf("got %v", f)
		}
	}
	if _, err := New(Request{Dir: d, Name: "after", Now: noon}); err != nil {
		t.Error(err)
	}
}

func TestAuthor(t *testing.T) {
	getenv := func(name string) string { return map[string]string{"GIT_AUTHOR_NAME": "Ada"}[name] }
	if got := Author(t.Context(), t.TempDir(), getenv); got != "Ada" {
		t.Errorf("got %q", got)
	}
	dir := t.TempDir()
	for _, args := range [][]string{{"init", "-q"}, {"config", "user.name", "Grace Hopper"}} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
	}
	none := func(string) string { return "" }
	if got := Author(t.Context(), dir, none); got != "Grace Hopper" {
		t.Errorf("got %q", got)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if got := Author(done, dir, none); got != "" {
		t.Errorf("got %q", got)
	}
}

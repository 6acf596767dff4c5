package scaffold

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
)

// loose makes a folder migrations/ with the given files and reads it in that order.
func loose(t *testing.T, d migration.Dir, names ...string) []*migration.Migration {
	t.Helper()
	from := migration.Dir{Root: d.Root, Path: filepath.Join(d.Root, "migrations")}
	for _, name := range names {
		put(t, filepath.Join(from.Path, name), "-- "+name+"\nselect 1;\n")
	}
	listing, err := from.Loose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var files []*migration.Migration
	for _, name := range names {
		for _, m := range listing.Migrations {
			if filepath.Base(m.Path) == name {
				files = append(files, m)
			}
		}
	}
	return files
}

func names(plan []Adoption) string {
	var all []string
	for _, a := range plan {
		all = append(all, filepath.Base(a.To))
	}
	return strings.Join(all, " ")
}

// seed are the files of the second seed, in an order that Postgres accepts.
var seed = []string{"00_base_schema.sql", "projects.sql", "images_storage.sql", "project_files_storage.sql"}

func TestAdopt(t *testing.T) {
	d := project(t, "20240115115959_before.sql")
	r := AdoptRequest{Dir: d, Files: loose(t, d, seed...), Now: noon}
	plan, err := Adopt(r)
	if err != nil {
		t.Fatal(err)
	}
	want := "20240115120000_base_schema.sql 20240115120001_projects.sql 20240115120002_images_storage.sql 20240115120003_project_files_storage.sql"
	if got := names(plan); got != want {
		t.Errorf("got %s", got)
	}
	for i, a := range plan {
		if read(t, a.To) != read(t, r.Files[i].Path) {
			t.Errorf("%s is no copy", a.To)
		}
	}
	if got := tree(t, filepath.Join(d.Root, "migrations")); got != "00_base_schema.sql images_storage.sql project_files_storage.sql projects.sql" {
		t.Errorf("the files themselves: %s", got)
	}
	if listing, err := d.Load(t.Context()); err != nil || len(listing.Findings) > 0 || len(listing.Migrations) != 5 {
		t.Errorf("got %v, %v", listing.Findings, err)
	}
}

func TestAdoptKeepsNumbers(t *testing.T) {
	for _, c := range []struct {
		name, want string
		files      []string
		code       finding.Code
	}{
		{"fits", "00_base_schema.sql 01_projects.sql 10_x.sql", []string{"00_base_schema.sql", "01-projects.sql", "10 x.sql"}, ""},
		{"no number", "", seed, finding.BadName},
		{"another order", "", []string{"2_a.sql", "1_b.sql"}, finding.BadName},
		{"another order as text", "", []string{"2_a.sql", "10_b.sql"}, finding.BadName},
		{"twice", "", []string{"1_a.sql", "1_b.sql"}, finding.BadName},
		{"taken", "", []string{"07_a.sql"}, finding.DuplicateVersion},
	} {
		d := project(t, "07_there.sql")
		plan, err := Adopt(AdoptRequest{Dir: d, Files: loose(t, d, c.files...), Now: noon, KeepNumbers: true})
		if c.code != "" {
			if f := finding.As(err); f == nil || f.Code != c.code || tree(t, d.Path) != "07_there.sql" {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if err != nil || names(plan) != c.want {
			t.Errorf("%s: %s, %v", c.name, names(plan), err)
		}
	}
}

func TestAdoptNames(t *testing.T) {
	d := project(t)
	plan, err := PlanAdopt(AdoptRequest{Dir: d, Files: loose(t, d, "Größe & Co.sql", "003.sql", "20240101.sql", "V1__init.sql"), Now: noon})
	if want := "20240115120000_grosse_co.sql 20240115120001_003.sql 20240115120002_20240101.sql 20240115120003_v1_init.sql"; err != nil || names(plan) != want {
		t.Errorf("got %s, %v", names(plan), err)
	}
	if _, err := os.Stat(d.Path); err == nil {
		t.Error("a plan writes")
	}
}

func TestAdoptMany(t *testing.T) {
	d := project(t)
	files := make([]*migration.Migration, 100_000) // more than a day has seconds
	for i := range files {
		files[i] = &migration.Migration{Name: "x", Path: "x.sql"}
	}
	plan, err := PlanAdopt(AdoptRequest{Dir: d, Files: files, Now: noon, Existing: []string{"20240116115959"}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range plan[1:] {
		if plan[i].Version >= plan[i+1].Version {
			t.Fatalf("%s before %s", plan[i].Version, plan[i+1].Version)
		}
	}
}

func TestAdoptWhatChanged(t *testing.T) {
	d := project(t)
	files := loose(t, d, "a.sql", "b.sql")
	put(t, files[1].Path, "drop table t;")
	if _, err := Adopt(AdoptRequest{Dir: d, Files: files, Now: noon}); finding.As(err) == nil || finding.As(err).Code != finding.Unreadable {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(d.Path); err == nil {
		t.Error("something was written")
	}
}

func TestWrite(t *testing.T) {
	d := project(t)
	for _, name := range []string{"../x.sql", "1_../../x.sql", "x.sql", "1_a\x00.sql"} {
		if err := Write(d, name, nil, true); finding.As(err) == nil || finding.As(err).Code != finding.BadName {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := Write(d, "1_a.sql", []byte("one"), false); err != nil {
		t.Fatal(err)
	}
	if err := Write(d, "1_a.sql", []byte("two"), false); finding.As(err) == nil || finding.As(err).Code != finding.FileExists {
		t.Errorf("got %v", err)
	}
	if err := Write(d, "1_a.sql", []byte("three"), true); err != nil || read(t, filepath.Join(d.Path, "1_a.sql")) != "three" {
		t.Errorf("got %v", err)
	}
}

package platform

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
)

// TestScripts finds files that no baseline runs, and names without a file.
func TestScripts(t *testing.T) {
	entries, err := os.ReadDir("baseline")
	if err != nil {
		t.Fatal(err)
	}
	var listed, there []string
	for _, s := range scripts {
		listed = append(listed, s.name)
	}
	for _, entry := range entries {
		there = append(there, filepath.Base(entry.Name()))
	}
	slices.Sort(listed)
	if !slices.Equal(listed, there) {
		t.Errorf("listed %v\nthere %v", listed, there)
	}
}

func TestFiles(t *testing.T) {
	for _, c := range []struct {
		b           Baseline
		with, never []string
	}{
		{Baseline{Major: 15}, []string{"roles_15.sql"}, []string{"roles_16.sql", "roles_17.sql", "not_exposed.sql"}},
		{Baseline{Major: 16}, []string{"roles_16.sql"}, []string{"roles_15.sql", "roles_17.sql"}},
		{Baseline{Major: 17}, []string{"roles_16.sql", "roles_17.sql"}, []string{"roles_15.sql", "not_exposed.sql"}},
		{Baseline{Major: 18, Exposure: NotExposed}, []string{"roles_16.sql", "roles_17.sql", "not_exposed.sql"}, []string{"roles_15.sql"}},
	} {
		var names []string
		for _, f := range c.b.files(nil) {
			names = append(names, f.Name)
		}
		for _, name := range c.with {
			if !slices.Contains(names, name) {
				t.Errorf("%v lacks %s", c.b, name)
			}
		}
		for _, name := range c.never {
			if slices.Contains(names, name) {
				t.Errorf("%v has %s", c.b, name)
			}
		}
	}
}

func TestFingerprint(t *testing.T) {
	seen := map[string]Baseline{}
	for _, major := range []int{15, 16, 17, 18} {
		for _, exposure := range []Exposure{Classic, NotExposed} {
			b := Baseline{Major: major, Exposure: exposure}
			f := b.Fingerprint()
			if other, ok := seen[f]; ok {
				t.Errorf("%v and %v have one fingerprint", b, other)
			}
			if f != b.Fingerprint() || len(f) != 64 {
				t.Errorf("%v: %q", b, f)
			}
			seen[f] = b
		}
	}
}

func TestMissingExtension(t *testing.T) {
	refused := &pgconn.PgError{Code: "0A000", Message: `extension "uuid-ossp" is not available`, Position: 2}
	file := &source.File{Name: "extensions.sql", Text: "\nCREATE EXTENSION"}
	f := finding.As(failed(17, file, refused))
	if f == nil {
		t.Fatal("want a finding")
	}
	if f.Exit != finding.Usage || !strings.Contains(f.Detail, "uuid-ossp") || !errors.Is(f, refused) {
		t.Errorf("got %+v", f)
	}
	// The same code from another file is a mistake of ours, and says where.
	file.Name = "auth_tables.sql"
	if err := failed(17, file, refused); finding.As(err) != nil || !strings.Contains(err.Error(), "auth_tables.sql:2:1") {
		t.Errorf("got %v", err)
	}
}

func TestMajor(t *testing.T) {
	for version, want := range map[string]int{
		"17.10": 17, "15.18 (Debian 15.18-0+deb12u1)": 15, "18beta1": 18, "9.6.24": 9, "": 0, "devel": 0,
	} {
		if got := major(version); got != want {
			t.Errorf("major(%q) = %d, want %d", version, got, want)
		}
	}
}

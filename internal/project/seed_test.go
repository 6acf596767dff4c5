package project

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
)

func TestSeedFiles(t *testing.T) {
	files := map[string]string{
		"supabase/seed.sql": "select 1;\n", "supabase/seeds/b.sql": "b", "supabase/seeds/a.sql": "a", "supabase/seeds/x.csv": "x",
		"supabase/seeds/deep/c.sql": "c", "shared/d.sql": "d", "supabase/odd[1].sql": "o",
	}
	for _, c := range []struct {
		name     string
		patterns string
		want     []string
		code     finding.Code
		severity finding.Severity
	}{
		{"default", "", []string{"supabase/seed.sql"}, "", 0},
		{"globs in order, once", `"seeds/b*.sql", "./seeds/*.sql", "seed.sql"`, []string{"supabase/seeds/b.sql", "supabase/seeds/a.sql", "supabase/seed.sql"}, "", 0},
		{"no match", `"nothing/*.sql", "seed.sql"`, []string{"supabase/seed.sql"}, finding.NoSeedFiles, finding.Warning},
		{"two stars", `"seeds/**/*.sql"`, []string{"supabase/seeds/deep/c.sql"}, "", 0},
		{"beside supabase", `"../shared/*.sql"`, []string{"shared/d.sql"}, "", 0},
		{"a name with brackets", `"odd[1].sql"`, []string{"supabase/odd[1].sql"}, "", 0},
		{"folder", `"seeds/deep"`, nil, finding.NotRegular, finding.Error},
		{"out", `"../../x.sql"`, nil, finding.OutsideProject, finding.Error},
		{"absolute, out", `"/etc/*"`, nil, finding.OutsideProject, finding.Error},
		{"malformed", `"[a"`, nil, finding.BadConfig, finding.Error},
	} {
		t.Run(c.name, func(t *testing.T) {
			files["supabase/config.toml"] = "[db.seed]\nsql_paths = [" + c.patterns + "]\n"
			if c.patterns == "" {
				files["supabase/config.toml"] = ""
			}
			p := open(t, Options{Cwd: lay(t, files)})
			seeds, findings, err := p.SeedFiles()
			if f := finding.As(err); f != nil {
				if f.Exit != finding.Usage {
					t.Errorf("exit %d", f.Exit)
				}
				findings = append(findings, f)
			}
			if c.code == "" && len(findings) > 0 || c.code != "" && (len(findings) != 1 || findings[0].Code != c.code || findings[0].Severity != c.severity) {
				t.Errorf("findings: %v", findings)
			}
			var names []string
			for _, s := range seeds {
				names = append(names, s.Name)
				sum := sha256.Sum256([]byte(files[s.Name]))
				if s.Hash != hex.EncodeToString(sum[:]) || string(s.Data) != files[s.Name] {
					t.Errorf("%s: hash %s, data %q", s.Name, s.Hash, s.Data)
				}
				if s.Path != filepath.Join(p.Root, filepath.FromSlash(s.Name)) {
					t.Errorf("path %s", s.Path)
				}
			}
			if !slices.Equal(names, c.want) {
				t.Errorf("got %v", names)
			}
		})
	}
}

func TestSeedFilesWithoutAny(t *testing.T) {
	p := open(t, Options{Cwd: t.TempDir()})
	seeds, findings, err := p.SeedFiles()
	if len(seeds) > 0 || err != nil || len(findings) != 1 || findings[0].Severity != finding.Note ||
		findings[0].Message != "no files matched pattern: supabase/seed.sql" {
		t.Errorf("got %v, %v, %v", seeds, findings, err)
	}
	if _, findings, _ = p.SeedFiles("mine/*.sql"); findings[0].Severity != finding.Warning {
		t.Errorf("got %v", findings)
	}
}

func TestSeedFilesStayInside(t *testing.T) {
	out := filepath.Join(t.TempDir(), "secret.sql")
	if err := os.WriteFile(out, []byte("select 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	root := lay(t, map[string]string{"supabase/": ""})
	if err := os.Symlink(out, filepath.Join(root, "supabase", "seed.sql")); err != nil {
		t.Fatal(err)
	}
	_, _, err := open(t, Options{Cwd: root}).SeedFiles()
	if f := finding.As(err); f == nil || f.Code != finding.OutsideProject {
		t.Errorf("got %v", err)
	}
}

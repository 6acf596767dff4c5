package scaffold

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
	config "github.com/cairndb/cairn/internal/project"
)

func TestInit(t *testing.T) {
	for _, c := range []struct {
		name       string
		plain, git bool
		written    string
		platform   string
		migrations string
	}{
		{"supabase", false, false, "supabase/config.toml supabase/seed.sql supabase/migrations/", "supabase", "supabase/migrations"},
		{"in git", false, true, "supabase/config.toml supabase/seed.sql supabase/migrations/ supabase/.gitignore", "supabase", "supabase/migrations"},
		{"plain", true, false, "cairn.toml seed.sql migrations/", "none", "migrations"},
		{"plain in git", true, true, "cairn.toml seed.sql migrations/ .gitignore", "none", "migrations"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "My \"Photo\" Booth")
			if err := os.MkdirAll(root, 0o755); err != nil {
				t.Fatal(err)
			}
			if c.git {
				if err := os.MkdirAll(filepath.Join(root, ".git"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			r := InitRequest{Root: root, Plain: c.plain}
			result, err := Init(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(result.Written, " "); got != c.written || len(result.Kept) > 0 {
				t.Errorf("wrote %s, kept %v", got, result.Kept)
			}
			p, err := config.Open(config.Options{Cwd: root})
			if err != nil {
				t.Fatal(err)
			}
			if p.Config.ProjectID != "my_photo_booth" || p.Config.Cairn.Platform != c.platform || p.Migrations != filepath.Join(root, c.migrations) || len(p.Findings) > 0 {
				t.Errorf("read as %+v, %s, %v", p.Config, p.Migrations, p.Findings)
			}
			if seeds, findings, err := p.SeedFiles(); err != nil || len(seeds) != 1 || len(findings) > 0 {
				t.Errorf("seeds %v, %v, %v", seeds, findings, err)
			}
			before := tree(t, root)
			again, err := Init(r)
			if err != nil || len(again.Written) > 0 || tree(t, root) != before {
				t.Errorf("a second time: %+v, %v", again, err)
			}
			if _, err := Init(InitRequest{Root: root, Plain: !c.plain}); finding.As(err) == nil || finding.As(err).Code != finding.FileExists {
				t.Errorf("as the other kind: %v", err)
			}
		})
	}
}

func TestInitKeepsWhatIsThere(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, "supabase", "config.toml"), "project_id = \"mine\"\n")
	put(t, filepath.Join(root, "supabase", "seed.sql"), "insert into t values (1);\n")
	put(t, filepath.Join(root, "supabase", ".gitignore"), "mine\r\n.temp\r\nlast")
	put(t, filepath.Join(root, ".git", "HEAD"), "")
	result, err := Init(InitRequest{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(result.Kept, []string{"supabase/config.toml", "supabase/seed.sql"}) || !slices.Equal(result.Written, []string{"supabase/migrations/", "supabase/.gitignore"}) {
		t.Errorf("got %+v", result)
	}
	if got := read(t, filepath.Join(root, "supabase", ".gitignore")); got != "mine\r\n.temp\r\nlast\n.branches\n.env.keys\n.env.local\n.env.*.local\n.cairn-*.tmp\n" {
		t.Errorf("got %q", got)
	}
	if got := read(t, filepath.Join(root, "supabase", "config.toml")); got != "project_id = \"mine\"\n" {
		t.Errorf("got %q", got)
	}
	result, err = Init(InitRequest{Root: root, Name: "other", Force: true})
	if err != nil || !slices.Equal(result.Written, []string{"supabase/config.toml"}) {
		t.Errorf("with force: %+v, %v", result, err)
	}
	if got := read(t, filepath.Join(root, "supabase", "seed.sql")); got != "insert into t values (1);\n" {
		t.Errorf("force took the seed: %q", got)
	}
	if got := read(t, filepath.Join(root, "supabase", "config.toml")); !strings.Contains(got, `project_id = "other"`) {
		t.Errorf("got %q", got)
	}
}

// What is known of the database in use stands in the configuration.
func TestInitForDatabase(t *testing.T) {
	for _, plain := range []bool{true, false} {
		root := t.TempDir()
		if _, err := Init(InitRequest{Root: root, Plain: plain, Major: 15, Private: true}); err != nil {
			t.Fatal(err)
		}
		p, err := config.Open(config.Options{Cwd: root})
		if err != nil || len(p.Findings) > 0 {
			t.Fatal(err, p.Findings)
		}
		if expose := p.Config.API.AutoExposeNewTables; p.Config.DB.MajorVersion != 15 || plain != (expose == nil) || expose != nil && *expose {
			t.Errorf("plain %t: read as %+v", plain, p.Config)
		}
	}
}

func TestInitRefuses(t *testing.T) {
	root := t.TempDir()
	if _, err := Init(InitRequest{Root: filepath.Join(root, "none")}); finding.As(err) == nil {
		t.Errorf("no folder: %v", err)
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(root, "supabase")); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(InitRequest{Root: root}); finding.As(err) == nil || finding.As(err).Code != finding.OutsideProject {
		t.Errorf("supabase leads out: %v", err)
	}
}

package project

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
)

// lay writes files into a new folder and returns it. A name that ends in "/" is a folder.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func open(t *testing.T, o Options) *Project {
	t.Helper()
	p, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOpenFindsTheRoot(t *testing.T) {
	root := lay(t, map[string]string{
		"supabase/config.toml":                "",
		"supabase/migrations/":                "",
		"app/deep/":                           "",
		"plain/cairn.toml":                    "",
		"plain/src/":                          "",
		"both/supabase/config.toml":           "",
		"both/cairn.toml":                     "",
		"other/supabase/migrations/":          "",
		"json/supabase/config.json":           "{}",
		"file/supabase":                       "not a folder",
		"folder/supabase/config.toml/nested/": "",
	})
	in := func(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }
	for _, c := range []struct {
		name    string
		o       Options
		root    string
		config  string
		moved   bool
		finding finding.Code
	}{
		{"here", Options{Cwd: root}, "", supabaseConfig, false, ""},
		{"above", Options{Cwd: in("app/deep")}, "", supabaseConfig, true, ""},
		{"from inside supabase", Options{Cwd: in("supabase/migrations")}, "", supabaseConfig, true, ""},
		{"plain", Options{Cwd: in("plain/src")}, "plain", plainConfig, true, ""},
		{"both", Options{Cwd: in("both")}, "both", supabaseConfig, false, finding.BadConfig},
		{"workdir exactly", Options{Cwd: root, Workdir: "app/deep"}, "app/deep", "", false, ""},
		{"workdir by variable", Options{Cwd: root, Getenv: environment("SUPABASE_WORKDIR", in("app"))}, "app", "", false, ""},
		{"json", Options{Cwd: root, Workdir: "json"}, "json", "", false, finding.BadConfig},
		{"supabase is a file", Options{Cwd: root, Workdir: "file"}, "file", "", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := open(t, c.o)
			if p.Root != in(c.root) || p.ConfigFile != c.config || p.Moved != c.moved {
				t.Errorf("got root %s, config %q, moved %t", p.Root, p.ConfigFile, p.Moved)
			}
			if c.finding != "" && (len(p.Findings) != 1 || p.Findings[0].Code != c.finding) || c.finding == "" && len(p.Findings) > 0 {
				t.Errorf("findings: %v", p.Findings)
			}
		})
	}
	for name, o := range map[string]Options{
		"no such folder":     {Cwd: root, Workdir: "nowhere"},
		"a file":             {Cwd: root, Workdir: "plain/cairn.toml"},
		"config is a folder": {Cwd: in("folder")},
	} {
		if _, err := Open(o); finding.As(err) == nil || finding.As(err).Exit != finding.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenWithoutConfig(t *testing.T) {
	root := t.TempDir()
	p := open(t, Options{Cwd: root})
	c := p.Config
	if p.Root != root || c.DB.Port != 54322 || c.DB.MajorVersion != 17 || c.Cairn.Platform != PlatformSupabase ||
		!c.DB.Migrations.Enabled || !c.DB.Seed.Enabled || c.API.AutoExposeNewTables != nil {
		t.Errorf("defaults: root %s, %+v", p.Root, c)
	}
	if p.Migrations != filepath.Join(root, "supabase", "migrations") {
		t.Errorf("migrations are in %s", p.Migrations)
	}
}

func TestMigrationsFolder(t *testing.T) {
	for _, c := range []struct {
		name, dir, config     string
		folders               []string
		migrations, rollbacks string
	}{
		{"default", "", "", nil, "supabase/migrations", "supabase/rollbacks"},
		{"both", "", "", []string{"supabase/migrations/", "migrations/"}, "supabase/migrations", "supabase/rollbacks"},
		{"second seed", "", "", []string{"migrations/"}, "migrations", "rollbacks"},
		{"configured", "", "[cairn]\nmigrations_dir = 'db/changes/'", nil, "db/changes", "db/rollbacks"},
		{"configured rollbacks", "", "[cairn]\nrollbacks_dir = 'down'", nil, "supabase/migrations", "down"},
		{"--dir", "other", "[cairn]\nmigrations_dir = 'db'", nil, "other", "rollbacks"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"supabase/config.toml": c.config}
			for _, f := range c.folders {
				files[f] = ""
			}
			root := lay(t, files)
			p := open(t, Options{Cwd: root, Dir: c.dir})
			if p.Migrations != filepath.Join(root, c.migrations) || p.Rollbacks != filepath.Join(root, c.rollbacks) {
				t.Errorf("got %s and %s", p.Migrations, p.Rollbacks)
			}
		})
	}
}

func TestConfig(t *testing.T) {
	root := lay(t, map[string]string{
		"supabase/config.toml": `
project_id = "photobooth"
unknown_to_us = 1
[api]
schemas = ["public", "env(EXTRA)"]
auto_expose_new_tables = false
[auth]
site_url = "env(UNSET)"
[db]
port = 55000
major_version = "env(MAJOR)"
[db.migrations]
schema_paths = ["./schemas/*.sql"]
[db.seed]
enabled = false
[db.vault]
plain = "hush"
dotted.key = "x"
[remotes.staging]
project_id = "abcdefghijklmnopqrst"
db.port = 55001
[remotes.staging.db.seed]
enabled = true
[cairn]
platform = "none"
`,
		"supabase/.env":       "MAJOR=16\nEXTRA=tools\nSUPABASE_DB_PASSWORD=p\n",
		".env":                "MAJOR=15",
		"supabase/.env.local": "EXTRA=local",
	})
	if _, err := Open(Options{Cwd: root}); !strings.Contains(err.Error(), `supabase/config.toml:18:1: db.vault.dotted must be a text`) {
		t.Fatalf("a table in [db.vault]: %v", err)
	}
	path := filepath.Join(root, "supabase", "config.toml")
	text, _ := os.ReadFile(path)
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "dotted.key", "dotted_key", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	p := open(t, Options{Cwd: root, Getenv: environment("SUPABASE_DB_SHADOW_PORT", "55555", "SUPABASE_DB_SEED_SQL_PATHS", "a.sql,b.sql")})
	c := p.Config
	if c.ProjectID != "photobooth" || c.DB.Port != 55000 || c.DB.MajorVersion != 16 || c.DB.ShadowPort != 55555 || c.DB.Seed.Enabled ||
		!slices.Equal(c.API.Schemas, []string{"public", "local"}) || *c.API.AutoExposeNewTables || c.Cairn.Platform != PlatformNone ||
		!slices.Equal(c.DB.Seed.SQLPaths, []string{"a.sql", "b.sql"}) || c.DB.Vault["plain"].Reveal() != "hush" ||
		c.DB.Password.Reveal() != "p" || !slices.Equal(c.DB.Migrations.SchemaPaths, []string{"./schemas/*.sql"}) {
		t.Errorf("got %+v", c)
	}
	if !slices.Equal(c.Remotes, []Remote{{Name: "staging", ProjectID: "abcdefghijklmnopqrst"}}) {
		t.Errorf("remotes: %+v", c.Remotes)
	}
	o, name, err := p.Override("abcdefghijklmnopqrst")
	if err != nil || name != "staging" || o.DB.Port != 55001 || !o.DB.Seed.Enabled || o.DB.MajorVersion != 16 {
		t.Errorf("override %s: %+v, %v", name, o, err)
	}
	if o, name, err := p.Override("zzzz"); o != c || name != "" || err != nil {
		t.Errorf("no override: %s %v", name, err)
	}
}

func TestConfigRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, says, excerpt string }{
		{"syntax", "[db]\nport = = 1\n", "config.toml:2:8: supabase/config.toml is not valid TOML", "port = = 1"},
		{"twice", "[db]\nport = 1\nport = 2\n", "config.toml:3:", "port = 2"},
		{"type", "[db]\nport = \"x\"\n", "config.toml:2:1: db.port must be a number", `port = "x"`},
		{"range", "db.port = 70000", "config.toml:1:4: db.port must be a number from 1 to 65535", ""},
		{"table", "db = 3", "db must be a table, [db]", ""},
		{"truth", "[db.seed]\nenabled = 'yes'", "config.toml:2:1: db.seed.enabled must be true or false", ""},
		{"list", "[db.seed]\nsql_paths = 'x'", "db.seed.sql_paths must be a list", ""},
		{"major", "[db]\nmajor_version = 14", "config.toml:2:1: db.major_version is 14: Postgres 14 is not supported (set it to", ""},
		{"own key", "[cairn]\nmigration_dir = 'x'", "config.toml:2:1: [cairn] has no setting migration_dir (did you mean migrations_dir?)", ""},
		{"own key, far", "[cairn]\nzzz = 'x'", "the settings of [cairn] are", ""},
		{"platform", "[cairn]\nplatform = 'oracle'", `cairn.platform must be "supabase" or "none"`, ""},
		{"outside", "[cairn]\nmigrations_dir = '../x'", "leads out of the project", ""},
		{"inline table", "db = { seed = { enabled = 3 } }", "config.toml:1:17: db.seed.enabled must be true or false", ""},
		{"unset variable", "[db]\nport = 'env(NOPE)'", "db.port = env(NOPE), a variable that is not set, must be a number", ""},
		{"secret", "[auth.external.x]\nsecret = \"hush-hush\n", "not valid TOML", ""},
		{"vault", "[db.vault]\nx = \"hush-hush\" y\n", "not valid TOML", ""},
		{"remote", "[remotes.a]\n", "remotes.a names no project", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := lay(t, map[string]string{"supabase/config.toml": c.text})
			_, err := Open(Options{Cwd: root})
			f := finding.As(err)
			if f == nil || f.Code != finding.BadConfig || f.Exit != finding.Usage {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(f.Error(), c.says) {
				t.Errorf("%v does not say %q", f, c.says)
			}
			line := f.At.File.Line(f.At.Pos().Line)
			if strings.Contains(line+f.Error()+f.Detail, "hush") {
				t.Errorf("a secret is shown: %s / %s / %s", line, f.Error(), f.Detail)
			}
			if c.excerpt != "" && line != c.excerpt {
				t.Errorf("points at %q", line)
			}
		})
	}
}

func TestConfigTellsAllThatIsWrong(t *testing.T) {
	root := lay(t, map[string]string{"supabase/config.toml": "[db]\nport = true\n[cairn]\nx = 1\n"})
	_, err := Open(Options{Cwd: root})
	if f := finding.As(err); f == nil || !strings.Contains(f.Detail, "config.toml:4:1: [cairn] has no setting x") {
		t.Errorf("got %v", err)
	}
}

func TestConfigUnreadable(t *testing.T) {
	root := lay(t, map[string]string{"supabase/": ""})
	if err := os.Symlink("/etc/hostname", filepath.Join(root, "supabase", "config.toml")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Cwd: root}); finding.As(err) == nil || finding.As(err).Code != finding.OutsideProject {
		t.Errorf("a link out of the project: %v", err)
	}
	root = lay(t, map[string]string{"supabase/": ""})
	if err := os.Symlink("nowhere", filepath.Join(root, "supabase", "config.toml")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Cwd: root}); finding.As(err) == nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link to nothing: %v", err)
	}
}

func TestMask(t *testing.T) {
	text := "a = 1\r\npassword = \"hé\"\n[db.vault]\nx = \"y\" # z\n[db]\nport = 1\nroot_key = '''\nab\ncd''' \nport = 2\nn = [ 'x',\n'y' ]\n"
	got := mask(text)
	if len(got) != len(text) || strings.Count(got, "\n") != strings.Count(text, "\n") {
		t.Fatalf("places move: %q", got)
	}
	if want := "a = 1\r\npassword = \"***\"\n[db.vault]\nx = \"*\" * *\n[db]\nport = 1\nroot_key = '''\n**\n**''' \nport = 2\nn = [ 'x',\n'y' ]\n"; got != want {
		t.Errorf("got\n%s", got)
	}
}

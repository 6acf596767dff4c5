package blackbox

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// shell runs a line of sh in the project's root; $cairn is the binary and $url the database.
func (s *site) shell(line string, env ...string) *outcome {
	s.t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env = s.dir, append(append(slices.Clone(s.env), "cairn="+cairn, "url="+s.url), env...)
	return s.launch(cmd).wait()
}

// without removes a variable from the processes' environment.
func (s *site) without(name string) {
	s.env = slices.DeleteFunc(s.env, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
}

func TestRow97ModesOfWrittenFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);", "002_b": "create table b (x nothing);"})
	s.shell(`umask 0; exec $cairn db push --yes --db-url "$url"`).exits(4)
	files := 0
	err := filepath.WalkDir(s.home, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == s.home {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o700) | fs.ModeDir
		if !e.IsDir() {
			files, want = files+1, 0o600
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %s, want %s", path, info.Mode(), want)
		}
		return nil
	})
	if err != nil || files != 1 {
		t.Errorf("%d files of a run's: %v", files, err)
	}

	// A secret that others may read is warned of; one that they may not is no news.
	s.write(".env", "SUPABASE_DB_PASSWORD='"+canary+"'\n")
	if err := os.Chmod(s.path(".env"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.run("status", "--db-url", s.url).exits(0).says("CA816", ".env holds SUPABASE_DB_PASSWORD", "chmod 600 .env")
	if err := os.Chmod(s.path(".env"), 0o640); err != nil {
		t.Fatal(err)
	}
	s.run("status", "--db-url", s.url).exits(0).keepsQuiet("CA816")
}

// A journal is its owner's alone also in a folder that everybody may use.
func TestRow97StateInASharedFolder(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	state := t.TempDir()
	if err := os.Mkdir(filepath.Join(state, "runs"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(state, "runs"), 0o777); err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "CAIRN_STATE="+state)
	s.push().exits(0)
	entries, err := os.ReadDir(filepath.Join(state, "runs"))
	if err != nil || len(entries) != 1 {
		t.Fatalf("journals: %v %v", entries, err)
	}
	if info, err := entries[0].Info(); err != nil || info.Mode() != 0o600 {
		t.Errorf("the journal has mode %v: %v", info.Mode(), err)
	}
}

func TestRow128NowhereAtHome(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	s.without("HOME")
	s.env = append(s.env, "TMPDIR="+t.TempDir())
	s.push().exits(0)
	s.wantHistory("001")
	s.env = append(s.env, "HOME=relative/home")
	s.push().exits(0).says("is up to date")
	s.env = append(s.env, "HOME=/nonexistent")
	s.run("migration", "list", "--db-url", s.url).exits(0)
}

// What cannot be journalled is not begun.
func TestRow128StateUnwritable(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	s.write("file", "")
	for _, dir := range []string{"/dev/null/state", "/proc/state", s.path("file")} {
		o := s.shell(`exec $cairn db push --yes --db-url "$url"`, "CAIRN_STATE="+dir).exits(2)
		o.says("CA808", "CAIRN_STATE")
		s.wantHistory()
		s.wantTables()
		s.shell(`exec $cairn migration list --db-url "$url"`, "CAIRN_STATE="+dir).exits(0) // looking needs no journal
	}
	s.shell(`exec $cairn db start`, "CAIRN_CACHE=/dev/null/cache").exits(2).says("CA808")
	// A full disk: the folder can be made, a line cannot be written.
	if err := os.Mkdir(s.path("state"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.shell(`ulimit -f 0; exec $cairn db push --yes --db-url "$url"`, "CAIRN_STATE="+s.path("state")).exits(2).says("CA808")
	s.wantHistory()
	s.wantTables()
}

// A project that cannot be written is migrated; what would write into it says so.
func TestRow128ReadOnlyProject(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	s.push().exits(0)
	s.migration("002_b", "create table b (id int);")
	s.mkdir("supabase/rollbacks")
	as := s.readOnly()
	as("db", "push", "--yes", "--db-url", s.url).exits(0)
	s.wantHistory("001", "002")
	s.exec("insert into supabase_migrations.schema_migrations values ('003', '{select 1}', 'c')")
	as("migration", "fetch", "--yes", "--db-url", s.url).exits(2).says("CA012", "003_c.sql")
	for _, e := range s.names("supabase/migrations") {
		if !strings.HasSuffix(e, "_a.sql") && !strings.HasSuffix(e, "_b.sql") {
			t.Errorf("%s was left in the project", e)
		}
	}
}

// What may not be read is named, and nothing is applied without it.
func TestRow83Unreadable(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);", "002_b": "create table b (id int);"})
	as := s.readOnly()
	for _, c := range []struct {
		name string
		mode fs.FileMode
		says string
	}{
		{"supabase/migrations/002_b.sql", 0o000, "cannot read supabase/migrations/002_b.sql: permission denied"},
		{"supabase/migrations", 0o000, "cannot read supabase/migrations: permission denied"},
		{"supabase/migrations", 0o444, "permission denied"},
		{"supabase", 0o000, "permission denied"},
	} {
		before, err := os.Stat(s.path(c.name))
		if err == nil {
			err = os.Chmod(s.path(c.name), c.mode)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"db", "push", "--yes"}, {"migration", "up", "--yes"}, {"migration", "repair", "--status", "applied", "--yes"}, {"db", "reset", "--yes"}} {
			as(append(args, "--db-url", s.url)...).exits(2).says(c.says)
		}
		s.wantHistory()
		s.wantTables()
		if err := os.Chmod(s.path(c.name), before.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	as("db", "push", "--yes", "--db-url", s.url).exits(0)
	s.wantTables("a", "b")
}

func (s *site) names(folder string) []string {
	s.t.Helper()
	entries, err := os.ReadDir(s.path(folder))
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// readOnly takes the right to write the project away and returns how to run cairn there. Root would write all the same:
// where the tests are root, cairn runs as nobody.
func (s *site) readOnly() func(args ...string) *outcome {
	s.t.Helper()
	err := filepath.WalkDir(filepath.Dir(s.dir), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o444)
		if e.IsDir() {
			mode = 0o555
		}
		s.t.Cleanup(func() { _ = os.Chmod(path, mode|0o200) })
		return os.Chmod(path, mode)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	state, err := os.MkdirTemp("", "cairn-state-")
	if err == nil {
		err = os.Chmod(state, 0o777)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = os.RemoveAll(state) })
	return func(args ...string) *outcome {
		s.t.Helper()
		cmd := s.command(args...)
		cmd.Env = append(cmd.Env, "CAIRN_STATE="+filepath.Join(state, "cairn"))
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody(s.t)}
		}
		return s.launch(cmd).wait()
	}
}

func nobody(t *testing.T) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// Streams that are closed, full or broken cost the output and not the run.
func TestRow128Streams(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line string
		exit int
	}{
		"stdin closed":       {`exec $cairn db push --yes --db-url "$url" <&-`, 0},
		"stdout closed":      {`exec $cairn db push --yes --db-url "$url" >&-`, 0},
		"stderr closed":      {`exec $cairn db push --yes --db-url "$url" 2>&-`, 0},
		"all closed":         {`exec $cairn db push --yes --db-url "$url" <&- >&- 2>&-`, 0},
		"all closed, events": {`exec $cairn db push --yes --events --db-url "$url" <&- >&- 2>&-`, 0},
		"stdout full":        {`exec $cairn db push --yes --db-url "$url" >/dev/full`, 2},
		"json full":          {`exec $cairn db push --yes --json --db-url "$url" >/dev/full`, 2},
		"events full":        {`exec $cairn db push --yes --events --db-url "$url" >/dev/full`, 2},
		"stderr full":        {`exec $cairn db push --yes --db-url "$url" 2>/dev/full`, 0},
		"both full":          {`exec $cairn db push --yes --db-url "$url" >/dev/full 2>/dev/full`, 2},
		"nobody reads":       {`{ $cairn db push --yes --events --db-url "$url"; echo $? >&3; } 3>code | true; exit $(cat code)`, 0},
		"nobody listens":     {`{ $cairn db push --yes --db-url "$url" 2>&1 >/dev/null; echo $? >&3; } 3>code | true; exit $(cat code)`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, versions := several(3)
			s := newSite(t, files)
			o := s.shell(c.line).exits(c.exit)
			s.wantHistory(versions...)
			if c.exit == 2 && name != "both full" {
				o.says("CA814", "ended with exit code 0")
			}
			s.push().exits(0).says("is up to date")
		})
	}
}

// Without a terminal nobody is asked, and a change that nobody agreed to is not made.
func TestRow128NoTerminal(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	s.mkdir("supabase/rollbacks")
	s.write("supabase/rollbacks/001_a_down.sql", "drop table a;")
	s.run("db", "push", "--db-url", s.url).exits(3).says("CA712", "--yes", "nothing was changed")
	answers := s.command("db", "push", "--db-url", s.url)
	answers.Stdin = bytes.NewReader([]byte("yes\nyes\n"))
	s.launch(answers).wait().exits(3).says("CA712")
	s.wantHistory()
	s.env = append(s.env, "CI=true")
	s.run("db", "push", "--db-url", s.url).exits(0)
	s.run("migration", "down", "--db-url", s.url).exits(3).says("CA712")
	s.run("db", "reset", "--db-url", s.url).exits(3)
	s.run("migration", "repair", "--status", "reverted", "001", "--db-url", s.url).exits(3).says("CA712")
	s.env = append(s.env, "CLAUDECODE=1")
	s.run("db", "reset", "--yes", "--db-url", s.url).exits(3)
	s.wantHistory("001")
	s.wantTables("a")
}

// Variables of libpq fill in what the connection string leaves out, and never count more than it.
func TestRow130LibpqVariables(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);\ncreate table at as select current_setting('TimeZone') as zone, current_setting('application_name') as name, current_schema() as schema;"})
	s.write("services", "[elsewhere]\nhost=127.0.0.2\nport=1\nuser=nobody\ndbname=nothing\n")
	s.env = append(s.env,
		"PGOPTIONS=-c search_path=pg_catalog -c default_transaction_read_only=on", "PGTZ=Asia/Kathmandu", "PGAPPNAME=mine", "PGCONNECT_TIMEOUT=9",
		"PGHOST=127.0.0.2", "PGPORT=1", "PGUSER=nobody", "PGDATABASE=nothing", "PGPASSWORD=wrong-"+canary,
		"PGSERVICEFILE="+s.path("services"), "PGSERVICE=elsewhere", "PGSSLMODE=prefer", "PGCLIENTENCODING=LATIN1",
	)
	s.push().exits(0)
	s.wantHistory("001")
	s.wantQuery("select zone || ' ' || schema from at", "UTC public")
	if name := s.query("select name from at")[0]; !strings.HasPrefix(name, "cairn/") {
		t.Errorf("application_name was %q", name)
	}

	// They choose the encryption, and what they choose is kept to.
	s.env = append(s.env, "PGSSLMODE=require")
	s.run("migration", "list", "--db-url", s.url).exits(8).says("CA719")
	s.run("migration", "list", "--db-url", s.url+"?sslmode=disable").exits(0)
	s.env = append(s.env, "PGSSLMODE=nonsense")
	s.run("migration", "list", "--db-url", s.url).exits(2).says("CA809")

	// The target's name is that of whom the driver reaches.
	s.env = append(s.env, "PGSSLMODE=disable")
	s.run("migration", "list", "--db-url", "postgresql://").exits(8).says("127.0.0.2:1")
	s.run("db", "reset", "--yes", "--agent", "yes", "--db-url", "postgresql:///shop").exits(8).says("Target: database 127.0.0.2:1/shop")
	s.env = append(s.env, "PGHOST=db.example.invalid", "PGSERVICE=")
	s.run("db", "push", "--yes", "--agent", "yes", "--db-url", "postgresql:///shop").exits(8).says("db.example.invalid")
}

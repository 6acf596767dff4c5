package blackbox

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/pgbin"
)

// supabaseVersion is the Supabase CLI that histories are shared with here: the npm package holds the program.
const supabaseVersion = "3.1.0"

// supabase returns the path of the Supabase CLI, fetched into the cache the first time.
func supabase(t *testing.T) string {
	t.Helper()
	account, err := pgbin.Unprivileged(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := pgbin.Cache(os.Getenv, account)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "peers", "supabase-"+supabaseVersion)
	program := filepath.Join(dir, "node_modules", ".bin", "supabase")
	if _, err := os.Stat(program); err == nil {
		return program
	}
	if err := pgbin.Folder(filepath.Dir(dir)); err != nil {
		t.Fatal(err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "npm-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--prefix", temp, "supabase@"+supabaseVersion)
	install.Dir = temp
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm could not fetch the Supabase CLI: %v\n%s", err, out)
	}
	if err := os.Rename(temp, dir); err != nil && !os.IsExist(err) {
		if _, err := os.Stat(program); err != nil {
			t.Fatal(err)
		}
	}
	return program
}

// supabase runs the Supabase CLI on the site's project and database and returns what it said.
func (s *site) supabase(program string, args ...string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append(args, "--yes", "--remote="+s.url)...)
	cmd.Dir = s.dir
	cmd.Env = append(s.env, "DO_NOT_TRACK=1", "SUPABASE_TELEMETRY=false", "CI=true")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("supabase %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// The Supabase CLI and cairn go on from each other's history, each taking the other's rows for done.
func TestHistorySharedWithTheSupabaseCLI(t *testing.T) {
	program := supabase(t)
	s := newSite(t, map[string]string{"20260101000000_one.sql": "create table one (id int);"})
	push := func() *outcome {
		return s.start("db", "push", "--db-url", s.url, "--yes", "--json").wait()
	}
	push().exits(0)

	s.migration("20260102000000_two.sql", "create table two (id int);\n-- and a row\ninsert into two values (1);\n")
	if out := s.supabase(program, "db", "push"); !strings.Contains(out, "20260102000000_two.sql") || strings.Contains(out, "20260101000000") {
		t.Errorf("the Supabase CLI applied something else: %s", out)
	}
	push().exits(0).says(`"up_to_date": true`)

	s.migration("20260103000000_three.sql", "create table three (id int);")
	push().exits(0)
	if out := s.supabase(program, "db", "push"); !strings.Contains(out, "up to date") {
		t.Errorf("the Supabase CLI takes cairn's rows for pending: %s", out)
	}
	s.supabase(program, "migration", "repair", "--status", "reverted", "20260103000000")
	s.start("status", "--db-url", s.url, "--check").wait().exits(1).says("20260103000000_three.sql")
	s.supabase(program, "migration", "repair", "--status", "applied", "20260103000000")
	s.start("status", "--db-url", s.url, "--check").wait().exits(0)

	// What the Supabase CLI never notices: a file that it ran and that was edited since.
	s.migration("20260102000000_two.sql", "create table two (id bigint);\ninsert into two values (1);\n")
	push().exits(3).says("CA603")
}

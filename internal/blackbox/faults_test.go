package blackbox

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The tests F1 to F16 are the sixteen faults on which other runners were measured (specs/reliability.md §2.3).

func TestF1ErrorThenFix(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{
		"001_a": "create table a (id int);",
		"002_b": "create table b (id int);\ninsert into bb values (1);\ncreate table c (id int);",
		"003_d": "create table d (id int);",
	})
	o := s.push().exits(4)
	o.says("PG42P01", "supabase/migrations/002_b.sql:2:13", `relation "bb" does not exist`, "from version 002 on")
	s.wantHistory("001")
	s.wantTables("a")
	s.migration("002_b", "create table b (id int);\ninsert into b values (1);\ncreate table c (id int);")
	s.push().exits(0).says("Applied 2 migrations")
	s.wantHistory("001", "002", "003")
	s.wantTables("a", "b", "c", "d")
	s.push().exits(0).says("is up to date")
}

func TestF3EditedAppliedFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	s.push().exits(0)
	s.migration("001_a", "create table a (id int, name text);")
	s.migration("002_b", "create table b (id int);")
	s.push().exits(3).says("CA603", "001_a", "-create table a (id int);", "+create table a (id int, name text);", "--accept 001")
	s.run("status", "--check", "--db-url", s.url).exits(1).says("001_a")
	s.wantHistory("001")
	s.wantTables("a")

	// An edit that changes no statement is a warning, and the rest is applied.
	s.migration("001_a", "-- the first table\r\ncreate  table a (id int) ;\r\n")
	s.push().exits(0).says("warning CA604")
	s.wantTables("a", "b")

	// What the database already has can be accepted, with a reason that is kept.
	s.migration("001_a", "create table a (id int, name text);")
	accept := []string{"migration", "repair", "--accept", "001", "--yes", "--db-url", s.url}
	s.run(accept...).exits(2).says("--accept needs a reason")
	s.run(append(accept, "--reason", "added by hand")...).exits(0)
	s.push().exits(0).says("is up to date").keepsQuiet("CA60")
}

func TestF4DeletedAppliedFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);", "002_b": "create table b (id int);"})
	s.push().exits(0)
	s.remove("supabase/migrations/002_b.sql")
	s.migration("003_c", "create table c (id int);")
	s.push().exits(3).says("CA601", "002", "cairn migration fetch")
	s.wantHistory("001", "002")
	s.wantTables("a", "b")

	s.run("migration", "fetch", "--yes", "--db-url", s.url).exits(0).says("002_b.sql")
	s.push().exits(0)
	s.wantHistory("001", "002", "003")
	s.wantTables("a", "b", "c")
}

// A file that has another name than it ran under is told of; a file's own text decides whether it may stay.
func TestRow73RenamedAppliedFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	s.push().exits(0)
	s.remove("supabase/migrations/001_a.sql")
	s.migration("001_b", "create table a (id int);")
	s.push().exits(0).says("warning CA604", "the history knows it as 001_a.sql")
	s.run("migration", "repair", "--status", "applied", "001", "--yes", "--db-url", s.url).exits(0)
	s.push().exits(0).keepsQuiet("CA604")
	s.remove("supabase/migrations/001_b.sql")
	s.migration("001_a", "create table b (id int);")
	s.push().exits(3).says("CA603")
	s.wantTables("a")
}

func TestF5LateFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);", "003_c": "create table c (id int);"})
	s.push().exits(0)
	s.migration("002_b", "create table b (id int);")
	s.push().exits(3).says("CA602", "002_b.sql", "--include-all")
	s.wantHistory("001", "003")
	s.wantTables("a", "c")
	s.push("--include-all").exits(0)
	s.wantHistory("001", "002", "003")
	s.wantTables("a", "b", "c")
}

func TestF8RoleLeftSet(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{
		"001_role":    "create table a (id int);\nset role pg_database_owner;",
		"002_session": "create table b (id int);\nset session authorization postgres;",
		"003_path":    "create table c (id int);\nselect set_config('search_path', '', false);\nset statement_timeout = '400ms';\nset default_transaction_read_only = on;",
		"004_last":    "create table d (id int);\nselect pg_sleep(0.8);",
	})
	s.push().exits(0)
	s.wantHistory("001", "002", "003", "004")
	s.wantQuery("select distinct tableowner::text from pg_tables where schemaname in ('public', 'supabase_migrations')", role)

	// The same files as one transaction.
	all := newSite(t, nil)
	for _, name := range []string{"001_role", "002_session", "004_last"} {
		text, err := os.ReadFile(s.path("supabase/migrations/" + name + ".sql"))
		if err != nil {
			t.Fatal(err)
		}
		all.migration(name, string(text))
	}
	all.push("--atomic").exits(0)
	all.wantTables("a", "b", "d")
	all.wantQuery("select distinct tableowner::text from pg_tables where schemaname in ('public', 'supabase_migrations')", role)
}

func TestF9CommitInFileWithError(t *testing.T) {
	t.Parallel()
	t.Run("unbalanced", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, map[string]string{"001_a": "create table a (id int);\ncommit;\ncreate table a (id int);"})
		s.push().exits(2).says("CA014", "001_a.sql:2:1")
		s.wantHistory()
		s.wantTables()
	})
	t.Run("units", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, map[string]string{
			"001_a": "begin;\ncreate table a (id int);\ncommit;\nbegin;\ncreate table b (id int);\ninsert into bb values (1);\ncommit;",
			"002_c": "create table c (id int);",
		})
		s.push().exits(5).says("PG42P01", "001_a.sql:6:13")
		s.wantHistory()
		s.wantTables("a")
		s.push().exits(5) // again, and the first unit does not run again
		s.wantTables("a")
		s.migration("001_a", "begin;\ncreate table a (id int);\ncommit;\nbegin;\ncreate table b (id int);\ninsert into b values (1);\ncommit;")
		s.push().exits(0)
		s.wantHistory("001", "002")
		s.wantTables("a", "b", "c")
	})
	for name, text := range map[string]string{
		"in a DO block":  "create table a (id int);\ndo $$ begin create table b (id int); commit; insert into bb values (1); end $$;",
		"in a procedure": "create table a (id int);\ncreate procedure p() language plpgsql as $$ begin commit; end $$;\ncall p();\ninsert into bb values (1);",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, map[string]string{"001_a": text})
			s.push().exits(4).says("PG2D000", "001_a.sql:")
			s.wantHistory()
			s.wantTables()
			s.migration("001_a", "create table a (id int);")
			s.push().exits(0)
			s.wantHistory("001")
		})
	}
}

func TestF10SymlinkOutOfTheProject(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	outside := filepath.Join(t.TempDir(), "evil.sql")
	if err := os.WriteFile(outside, []byte("create table evil (id int);"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := s.path("supabase/migrations/002_evil.sql")
	for _, to := range []string{outside, "../../../../../../../../../../etc/passwd", "/proc/self/environ"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
		s.push().exits(2).says("CA010", "002_evil.sql").keepsQuiet("root:", "PATH=")
		s.wantHistory()
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
	// One that stays inside the project is followed.
	s.mkdir("shared")
	s.write("shared/b.sql", "create table b (id int);")
	if err := os.Symlink("../../shared/b.sql", link); err != nil {
		t.Fatal(err)
	}
	s.push().exits(0)
	s.wantTables("a", "b")
}

func TestF12ByteOrderMark(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "\ufeffcreate table a (id int);"})
	s.push().exits(0).says("warning CA004", "001_a.sql")
	s.wantTables("a")
	s.wantQuery("select statements[1] from supabase_migrations.schema_migrations", "create table a (id int)")
	s.push().exits(0).says("is up to date")
}

func TestF13EmptyFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_empty": "", "002_comment": "-- nothing yet\n/* nor here */\n", "003_a": "create table a (id int);"})
	o := s.push().exits(0).says("Applied 3 migrations")
	if n := strings.Count(o.stderr, "warning CA005"); n != 2 {
		t.Errorf("%d warnings for two files without statements:\n%s", n, o.stderr)
	}
	s.wantTables("a")
	s.wantQuery("select version || ' ' || statements::text from supabase_migrations.schema_migrations order by 1",
		"001 {}", "002 {}", `003 {"create table a (id int)"}`)
	s.push().exits(0).says("is up to date")
}

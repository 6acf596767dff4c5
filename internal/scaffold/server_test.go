package scaffold

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// The users of the tests, and the organisation of one of them.
const (
	ada   = "00000000-0000-0000-0000-00000000000a"
	grace = "00000000-0000-0000-0000-00000000000b"
	org   = "00000000-0000-0000-0000-0000000000cc"
)

// db is a connection to a database of the test's own, as the role that runs migrations.
type db struct {
	*testing.T
	conn *pgx.Conn
}

// laid makes a database with the platform and the tables of the fixtures.
func laid(t *testing.T, major int, e platform.Exposure) db {
	t.Helper()
	b := platform.Baseline{Major: major, Exposure: e}
	s := pgtest.StartWith(t, pgtest.Options{Major: major, Superuser: platform.Superuser, Fingerprint: b.Fingerprint(), Lay: b.LayURL})
	d := connect(t, s.URL(s.DatabaseName(t), platform.Owner))
	d.run(fmt.Sprintf("INSERT INTO auth.users (id, email) VALUES ('%s', 'ada@example.test'), ('%s', 'grace@example.test')", ada, grace))
	d.run(read(t, "testdata/fixtures.sql"))
	return d
}

func connect(t *testing.T, url string) db {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return db{t, conn}
}

func (d db) run(sql string) {
	d.Helper()
	if err := d.conn.PgConn().Exec(d.Context(), sql).Close(); err != nil {
		d.Fatalf("%v\nin: %s", err, sql)
	}
}

// code runs sql and returns the SQLSTATE that the server refuses it with, or "".
func (d db) code(sql string) string {
	d.Helper()
	err := d.conn.PgConn().Exec(d.Context(), sql).Close()
	if err == nil {
		return ""
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		d.Fatal(err)
	}
	return pg.Code
}

// one returns the only value of a query.
func (d db) one(sql string) string {
	d.Helper()
	var text string
	if err := d.conn.QueryRow(d.Context(), sql).Scan(&text); err != nil {
		d.Fatalf("%v\nin: %s", err, sql)
	}
	return text
}

// as runs what follows as a role of the API, with the claims of a user; "" is nobody.
func (d db) as(role, user string) {
	d.Helper()
	claims := ""
	if user != "" {
		claims = fmt.Sprintf(`{"sub":"%s","role":"%s","org_id":"%s"}`, user, role, map[string]string{ada: org}[user])
	}
	d.run("RESET ROLE; SET ROLE " + role + "; SET request.jwt.claims = '" + claims + "'")
}

// TestTemplatesRun: what every template makes runs as the role that runs migrations, on both variants of the platform's
// default privileges.
func TestTemplatesRun(t *testing.T) {
	once := map[string]bool{"add-column": true, "expand-contract": true, "foreign-key": true} // as the seeds write them
	for major, exposure := range map[int]platform.Exposure{15: platform.Classic, 17: platform.NotExposed} {
		for _, shown := range List() {
			t.Run(fmt.Sprint(major, " ", exposure, " ", shown.Name), func(t *testing.T) {
				d := laid(t, major, exposure)
				sql := bare(text(t, shown.Name, nil))
				d.run(sql)
				if !once[shown.Name] {
					d.run(sql) // the seeds want migrations that may run twice
				}
			})
		}
	}
	for _, v := range variants {
		t.Run(v.template+" "+v.name, func(t *testing.T) {
			d := laid(t, 17, platform.NotExposed)
			sql := bare(text(t, v.template, v.set))
			switch {
			case v.template == "extensions":
				// Our packages hold neither pg_net nor vector; that they are missing is all the server has to say.
				if code := d.code(sql); code != "0A000" && code != "58P01" {
					t.Errorf("refused with %s", code)
				}
				return
			case v.template == "owner-table":
				d.run("DROP TABLE events, profiles")
			case v.name == "preferences":
				d.run("ALTER TABLE profiles DROP COLUMN preferences")
			case v.template == "expand-contract":
				d.run("ALTER TABLE users ADD COLUMN new_email text")
			}
			d.run(sql)
			if v.set["guard"] != "" || !once[v.template] && v.template != "backfill" {
				d.run(sql)
			}
		})
	}
}

// bare returns SQL without the lines that part the migrations of a template.
func bare(sql string) string {
	var b strings.Builder
	for line := range strings.SplitAfterSeq(sql, "\n") {
		if !strings.HasPrefix(line, "==== ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// TestTemplatesGuardRows tries as users what the policies of the templates are for.
func TestTemplatesGuardRows(t *testing.T) {
	t.Run("owner-table", func(t *testing.T) {
		d := laid(t, 17, platform.NotExposed)
		d.run(text(t, "owner-table", nil))
		d.as("authenticated", ada)
		d.run("INSERT INTO user_settings (user_id, updated_at) VALUES (auth.uid(), '2000-01-01')")
		if code := d.code("INSERT INTO user_settings (user_id) VALUES ('" + grace + "')"); code != "42501" {
			t.Errorf("a row for somebody else: %q", code)
		}
		d.run(`UPDATE user_settings SET settings = '{"a": 1}'`)
		if got := d.one("SELECT (updated_at > '2020-01-01')::text FROM user_settings"); got != "true" {
			t.Error("the trigger does not set updated_at")
		}
		d.as("authenticated", grace)
		if got := d.one("SELECT count(*)::text FROM user_settings"); got != "0" {
			t.Errorf("somebody else sees %s rows", got)
		}
		d.run("DELETE FROM user_settings; UPDATE user_settings SET settings = NULL")
		d.as("anon", "")
		if code := d.code("SELECT FROM user_settings"); code != "42501" {
			t.Errorf("anon: %q", code)
		}
		d.as("service_role", "")
		if got := d.one("SELECT settings::text FROM user_settings"); got != `{"a": 1}` {
			t.Errorf("the row became %s", got)
		}
	})
	t.Run("owner-table everyone", func(t *testing.T) {
		d := laid(t, 17, platform.NotExposed)
		d.run(text(t, "owner-table", map[string]string{"table": "posts", "columns": "title text!", "read": "everyone"}))
		d.as("authenticated", ada)
		d.run("INSERT INTO posts (user_id, title) VALUES (auth.uid(), 'x')")
		d.as("anon", "")
		if got := d.one("SELECT count(*)::text FROM posts"); got != "1" {
			t.Errorf("anon sees %s rows", got)
		}
		if code := d.code("INSERT INTO posts (user_id, title) VALUES ('" + ada + "', 'y')"); code != "42501" {
			t.Errorf("anon writes: %q", code)
		}
	})
	t.Run("service-role-table", func(t *testing.T) {
		d := laid(t, 17, platform.Classic)
		d.run(text(t, "service-role-table", nil))
		d.as("service_role", "")
		d.run("INSERT INTO api_key_pool (api_key) VALUES ('k')")
		for _, role := range []string{"authenticated", "anon"} {
			d.as(role, ada)
			if code := d.code("SELECT FROM api_key_pool"); code != "42501" {
				t.Errorf("%s: %q", role, code)
			}
		}
	})
	t.Run("join-table", func(t *testing.T) {
		d := laid(t, 17, platform.NotExposed)
		d.run("GRANT SELECT ON projects, encrypted_chats TO authenticated")
		d.run(text(t, "join-table", nil))
		d.run(fmt.Sprintf("INSERT INTO projects (id, user_id) VALUES ('%[1]s', '%[1]s'), ('%[2]s', '%[2]s')", ada, grace))
		d.run(fmt.Sprintf("INSERT INTO encrypted_chats (id, user_id) VALUES ('%[1]s', '%[1]s'), ('%[2]s', '%[2]s')", ada, grace))
		d.as("authenticated", ada)
		pair := func(project, chat string) string {
			return fmt.Sprintf("INSERT INTO project_chats (project_id, chat_id) VALUES ('%s', '%s')", project, chat)
		}
		if code := d.code(pair(ada, ada)); code != "" {
			t.Errorf("a pair of one's own: %q", code)
		}
		for _, p := range [][2]string{{ada, grace}, {grace, ada}, {grace, grace}} {
			if code := d.code(pair(p[0], p[1])); code != "42501" {
				t.Errorf("a pair with somebody else's: %q", code)
			}
		}
		d.as("authenticated", grace)
		d.run("DELETE FROM project_chats")
		d.as("authenticated", ada)
		if got := d.one("SELECT count(*)::text FROM project_chats"); got != "1" {
			t.Errorf("there are %s pairs", got)
		}
	})
	t.Run("storage-bucket", func(t *testing.T) {
		d := laid(t, 17, platform.Classic)
		d.run(text(t, "storage-bucket", nil))
		d.as("authenticated", ada)
		file := func(bucket, folder string) string {
			return d.code(fmt.Sprintf("INSERT INTO storage.objects (bucket_id, name) VALUES ('%s', '%s/x.png')", bucket, folder))
		}
		if code := file("images", ada); code != "" {
			t.Errorf("one's own folder: %q", code)
		}
		if code := file("images", grace); code != "42501" {
			t.Errorf("somebody else's folder: %q", code)
		}
		d.as("authenticated", grace)
		if got := d.one("SELECT count(*)::text FROM storage.objects"); got != "0" {
			t.Errorf("somebody else sees %s files", got)
		}
	})
	t.Run("org-isolation", func(t *testing.T) {
		d := laid(t, 17, platform.NotExposed)
		d.run(text(t, "org-isolation", nil))
		d.as("authenticated", ada)
		d.run("INSERT INTO documents (org_id) VALUES ('" + org + "')")
		if code := d.code("INSERT INTO documents (org_id) VALUES ('" + grace + "')"); code != "42501" {
			t.Errorf("a row of another organisation: %q", code)
		}
		d.as("authenticated", grace)
		if got := d.one("SELECT count(*)::text FROM documents"); got != "0" {
			t.Errorf("a user without an organisation sees %s rows", got)
		}
	})
}

// TestPhases: phase by phase nothing is lost, and the last refuses while a value has not been carried over.
func TestPhases(t *testing.T) {
	d := laid(t, 17, platform.Classic)
	phase := func(n int) string { return bare(text(t, "expand-contract", map[string]string{"phase": fmt.Sprint(n)})) }
	d.run(phase(1))
	if code := d.code(phase(3)); code != "23502" {
		t.Errorf("phase 3 before phase 2: %q", code)
	}
	if code := d.code(phase(4)); code != "P0001" {
		t.Errorf("phase 4 before phase 2: %q", code)
	}
	d.run(phase(2))
	d.run(phase(3))
	d.run(phase(4))
	if got := d.one("SELECT new_email FROM users"); got != "A@example.test" {
		t.Errorf("got %s", got)
	}
}

// TestHostileNamesRun: the server takes names that look like SQL for names.
func TestHostileNamesRun(t *testing.T) {
	const evil = `"x"" ; $$ drop table y; -- '$body1$"`
	d := laid(t, 17, platform.Classic)
	d.run(text(t, "owner-table", map[string]string{"table": evil, "owner": evil, "columns": evil + ` uuid, "Größe; --" text ='it''s' !`}))
	d.run(text(t, "add-column", map[string]string{"table": evil, "column": `"y"" $$ '"`, "guard": "true"}))
	d.run(text(t, "add-column", map[string]string{"table": evil, "column": `"y"" $$ '"`, "guard": "true"}))
	d.run(text(t, "function-trigger", map[string]string{"table": evil, "function": evil}))
	long := strings.Repeat("n", 63)
	for range 2 {
		d.run(text(t, "join-table", map[string]string{"table": long}))
	}
	if got := d.one("SELECT count(*)::text FROM pg_policies WHERE tablename = '" + long + "'"); got != "3" {
		t.Errorf("%s policies on a table with a long name", got)
	}
}

// TestTableBuilderRuns: tables of the builder run, on the platform and on plain Postgres.
func TestTableBuilderRuns(t *testing.T) {
	for _, c := range []struct {
		table, owner, index string
		plain               bool
	}{
		{"products(name text!, price numeric(10,2) =0!, tags text[] =array['a','b'])", "user_id", "name, price desc nulls last", false},
		{"Shop(id bigint, ref uuid -> partners on delete set null, at timestamp(3) with time zone =now() - interval '1 day')", "", "at", false},
		{"people(name text unique)", "id", "", false},
		{`"order"("user" text!, "Größe" int =-1, check_in date default current_date not null)`, "", `"user", "Größe"`, true},
	} {
		table, err := ParseTable(c.table)
		if err != nil {
			t.Fatal(err)
		}
		if c.owner != "" {
			if err := table.SetOwner(c.owner); err != nil {
				t.Fatal(err)
			}
		}
		if c.index != "" {
			if err := table.AddIndex(c.index); err != nil {
				t.Fatal(err)
			}
		}
		table.UpdatedAt, table.Plain = true, c.plain
		text := sql(t, table)
		for _, major := range []int{15, 17} {
			if c.plain {
				connect(t, pgtest.Start(t, major).Database(t)).run(text)
			} else {
				laid(t, major, platform.NotExposed).run(text)
			}
		}
	}
}

// TestTemplatesRunOnPlainPostgres: what a project without the platform is offered runs there.
func TestTemplatesRunOnPlainPostgres(t *testing.T) {
	for _, shown := range List() {
		if shown.Platform == "supabase" {
			continue
		}
		d := connect(t, pgtest.Start(t, 17).Database(t))
		d.run(read(t, "testdata/fixtures_plain.sql"))
		d.run(bare(text(t, shown.Name, nil)))
	}
}

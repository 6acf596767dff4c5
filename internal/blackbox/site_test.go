package blackbox

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/pgtest"
)

// site is a project on disk, a home for whom works on it, and a database of its own.
type site struct {
	t      *testing.T
	server *pgtest.Server
	dir    string   // the project's root
	home   string   // $HOME: the state lies in it
	env    []string // of every process
	url    string   // of the database over TCP, as the role with the canary
	admin  string   // of the database over the socket, for the test itself
	pooled bool     // a pooler's idle sessions may stay

	mu      sync.Mutex
	written []string // everything that processes wrote
}

// newSite makes a project with these migrations, named as in supabase/migrations, and an empty database.
func newSite(t *testing.T, files map[string]string) *site {
	t.Helper()
	return newSiteOn(t, postgres(t), files)
}

func newSiteOn(t *testing.T, server *pgtest.Server, files map[string]string) *site {
	t.Helper()
	s := newFolder(t, files)
	name := server.DatabaseName(t)
	s.server, s.url, s.admin = server, server.TCP(name, role, canary), server.URL(name, "postgres")
	t.Cleanup(s.nothingLeft)
	return s
}

// newFolder makes a project without a database.
func newFolder(t *testing.T, files map[string]string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), home: t.TempDir()}
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.home, "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8",
		"SUPABASE_DB_PORT=1", // where nobody's local database listens
	}
	s.mkdir("supabase/migrations")
	for name, text := range files {
		s.migration(name, text)
	}
	t.Cleanup(s.noCanary)
	return s
}

func (s *site) mkdir(name string) {
	s.t.Helper()
	if err := os.MkdirAll(s.path(name), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// migration writes supabase/migrations/name.sql.
func (s *site) migration(name, text string) {
	s.t.Helper()
	s.write("supabase/migrations/"+name+".sql", text)
}

func (s *site) remove(name string) {
	s.t.Helper()
	if err := os.Remove(s.path(name)); err != nil {
		s.t.Fatal(err)
	}
}

// run runs cairn to its end.
func (s *site) run(args ...string) *outcome {
	s.t.Helper()
	return s.start(args...).wait()
}

// push runs db push on the site's database.
func (s *site) push(more ...string) *outcome {
	s.t.Helper()
	return s.run(s.pushArgs(more...)...)
}

func (s *site) pushArgs(more ...string) []string {
	return append([]string{"db", "push", "--yes", "--db-url", s.url}, more...)
}

// connect opens a connection of the test's own, as the superuser.
func (s *site) connect() *pgx.Conn {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.admin)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(s.t.Context())) })
	return conn
}

// exec runs statements on a connection that is closed again.
func (s *site) exec(sql string) {
	s.t.Helper()
	conn := s.connect()
	if _, err := conn.Exec(s.t.Context(), sql); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	_ = conn.Close(s.t.Context())
}

// query returns the first column of all rows, as text.
func (s *site) query(sql string) []string {
	s.t.Helper()
	conn := s.connect()
	rows, err := conn.Query(s.t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	if err == nil {
		var column []string
		column, err = pgx.CollectRows(rows, pgx.RowTo[string])
		if err == nil {
			_ = conn.Close(s.t.Context())
			return column
		}
	}
	s.t.Fatalf("%s: %v", sql, err)
	return nil
}

// wantQuery asserts what a query gives.
func (s *site) wantQuery(sql string, want ...string) {
	s.t.Helper()
	if got := s.query(sql); !slices.Equal(got, want) {
		s.t.Errorf("%s\n  gives %q, want %q", sql, got, want)
	}
}

// wantHistory asserts which versions are recorded; none where the history was never made.
func (s *site) wantHistory(versions ...string) {
	s.t.Helper()
	if s.query("select (to_regclass('supabase_migrations.schema_migrations') is not null)::text")[0] == "false" {
		if len(versions) > 0 {
			s.t.Errorf("there is no history, want %q", versions)
		}
		return
	}
	s.wantQuery(`select version from supabase_migrations.schema_migrations order by version collate "C"`, versions...)
}

// wantTables asserts which tables stand in the schema public.
func (s *site) wantTables(names ...string) {
	s.t.Helper()
	s.wantQuery("select relname::text from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace order by 1", names...)
}

// until polls a query until it gives true.
func (s *site) until(what, sql string) {
	s.t.Helper()
	conn := s.connect()
	defer func() { _ = conn.Close(s.t.Context()) }()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		var yes bool
		if err := conn.QueryRow(s.t.Context(), sql).Scan(&yes); err != nil {
			s.t.Fatalf("%s: %v", sql, err)
		}
		if yes {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("never: %s", what)
		}
	}
}

// sleeping waits until a run's statement sleeps on the server.
func (s *site) sleeping() {
	s.t.Helper()
	s.until("a run sleeps", `select exists (select from pg_stat_activity
		where application_name like 'cairn/%' and datname = current_database() and wait_event = 'PgSleep')`)
}

// nothingLeft asserts that no session and no lock of a run outlives it (I4), and that no index is broken (I5).
func (s *site) nothingLeft() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := faulttest.Left(ctx, conn, faulttest.Grace, s.pooled); err != nil {
		s.t.Error(err)
	}
	broken, err := faulttest.InvalidIndexes(ctx, conn)
	if err != nil || len(broken) > 0 {
		s.t.Errorf("invalid indexes: %q %v", broken, err)
	}
}

// noCanary asserts that neither what processes wrote nor what they keep shows the password (I7).
func (s *site) noCanary() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range s.written {
		if form := shows(text, canary); form != "" {
			s.t.Errorf("the password shows as %q in\n%s", form, text)
		}
	}
	err := filepath.WalkDir(s.home, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if form := shows(string(text), canary); err == nil && form != "" && !strings.HasSuffix(path, ".pgpass") {
			err = fmt.Errorf("the password shows as %q in %s", form, path)
		}
		return err
	})
	if err != nil {
		s.t.Error(err)
	}
}

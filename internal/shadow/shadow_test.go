package shadow_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/shadow"
	"github.com/jackc/pgx/v5"
)

func finder(t testing.TB) *pgbin.Finder {
	t.Helper()
	account, err := pgbin.Unprivileged(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := pgbin.Cache(os.Getenv, account)
	if err != nil {
		t.Fatal(err)
	}
	return &pgbin.Finder{Cache: cache, Account: account, Getenv: os.Getenv, OS: runtime.GOOS, Arch: runtime.GOARCH}
}

func start(t testing.TB, o shadow.Options) *shadow.Shadow {
	t.Helper()
	o.Finder = finder(t)
	s, err := shadow.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// run runs statements in a database of the shadow as a role.
func run(t testing.TB, s *shadow.Shadow, database, role, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(database, role))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// ask runs a query that gives one text.
func ask(t testing.TB, s *shadow.Shadow, database, role, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(database, role))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var text string
	if err := conn.QueryRow(t.Context(), sql).Scan(&text); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return text
}

// platform is a small one: its own superuser, a database that belongs to a plain role, settings and a grant on it.
const platform = `
CREATE ROLE postgres LOGIN CREATEDB CREATEROLE;
CREATE ROLE anon;
ALTER DATABASE postgres OWNER TO postgres;
ALTER DATABASE postgres SET search_path = "$user", public, extensions;
ALTER ROLE postgres IN DATABASE postgres SET work_mem = '7MB';
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO anon;
CREATE SCHEMA extensions;
GRANT USAGE ON SCHEMA extensions TO postgres;
CREATE EXTENSION pgcrypto SCHEMA extensions;
CREATE TABLE laid AS SELECT 'here' AS word;
GRANT SELECT ON laid TO postgres;
CREATE PUBLICATION everything FOR ALL TABLES;`

func lay(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, platform)
	return err
}

func TestPlain(t *testing.T) {
	for _, major := range pgbin.Majors {
		s := start(t, shadow.Options{Major: major})
		if s.Major != major || !strings.HasPrefix(s.Version, strconv.Itoa(major)+".") {
			t.Errorf("asked for %d, got %d, %s", major, s.Major, s.Version)
		}
		if err := s.Clone(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		got := ask(t, s, "a", "postgres", `
			SELECT concat_ws(' ', current_setting('wal_level'), current_setting('fsync'), datdba::regrole, current_setting('server_encoding'))
			FROM pg_database WHERE datname = current_database()`)
		if got != "logical off postgres UTF8" {
			t.Errorf("Postgres %d: %s", major, got)
		}
		run(t, s, "a", "postgres", "CREATE EXTENSION pg_stat_statements")
		if got := ask(t, s, "a", "postgres", "SELECT count(*)::text FROM pg_stat_statements"); got != "0" {
			t.Errorf("Postgres %d: %s statements are counted", major, got)
		}
	}
}

func TestClonesAreWholeCopies(t *testing.T) {
	s := start(t, shadow.Options{Major: 17, Superuser: "boss", Fingerprint: platform, Lay: lay})
	if err := s.Clone(t.Context(), "it's a \"copy\""); err != nil {
		t.Fatal(err)
	}
	got := ask(t, s, `it's a "copy"`, "postgres", `
		SELECT concat_ws(' | ', (SELECT word FROM laid), current_setting('search_path'), current_setting('work_mem'),
			datdba::regrole, datacl::text, to_regprocedure('extensions.gen_random_bytes(int)'),
			(SELECT pubname FROM pg_publication))
		FROM pg_database WHERE datname = current_database()`)
	want := `here | "$user", public, extensions | 7MB | postgres | {=T/postgres,postgres=CTc/postgres,anon=c/postgres} | gen_random_bytes(integer) | everything`
	if got != want {
		t.Errorf("the clone is\n%s\nwant\n%s", got, want)
	}

	// A copy of a copy has what was done there, and Base has none of it.
	run(t, s, `it's a "copy"`, "postgres", "CREATE SCHEMA mine; CREATE TABLE mine.t AS SELECT 1")
	if err := s.CloneOf(t.Context(), `it's a "copy"`, "second"); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, s, "second", "postgres", "SELECT count(*)::text FROM mine.t"); got != "1" {
		t.Errorf("the copy of the copy holds %s", got)
	}
	if err := s.Clone(t.Context(), "third"); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, s, "third", "postgres", "SELECT coalesce(to_regnamespace('mine')::text, 'nothing')"); got != "nothing" {
		t.Errorf("a clone of Base holds %s", got)
	}
}

func TestCloneAndDrop(t *testing.T) {
	s := start(t, shadow.Options{Major: 17})
	if err := s.Clone(t.Context(), "busy"); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), s.URL("busy", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if err := s.Clone(t.Context(), "busy"); finding.As(err) == nil || !strings.Contains(finding.As(err).Detail, "42P04") {
		t.Errorf("a clone of a name that is taken: %v", err)
	}
	if err := s.CloneOf(t.Context(), "nothing", "more"); finding.As(err) == nil {
		t.Errorf("a clone of nothing: %v", err)
	}
	for range 2 {
		if err := s.Drop(t.Context(), "busy"); err != nil {
			t.Errorf("drop: %v", err)
		}
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if err := s.Clone(t.Context(), fmt.Sprint("c", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := ask(t, s, "c19", "postgres", "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'c__' OR datname LIKE 'c_'"); got != "20" {
		t.Errorf("there are %s clones", got)
	}
}

func TestLaidOnce(t *testing.T) {
	var laid atomic.Int32
	counted := func(ctx context.Context, url string) error {
		laid.Add(1)
		return lay(ctx, url)
	}
	f := finder(t)
	f.Cache = ownCache(t)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			s, err := shadow.Start(t.Context(), shadow.Options{Finder: f, Major: 15, Superuser: "boss", Fingerprint: platform, Lay: counted})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if got := ask(t, s, shadow.Base, "boss", "SELECT word FROM laid"); got != "here" {
				t.Errorf("it holds %q", got)
			}
		})
	}
	all.Wait()
	if laid.Load() != 1 {
		t.Errorf("the platform was laid %d times", laid.Load())
	}
}

func TestLayFails(t *testing.T) {
	_, err := shadow.Start(t.Context(), shadow.Options{
		Finder: finder(t), Major: 17, Fingerprint: "fails",
		Lay: func(ctx context.Context, url string) error {
			conn, err := pgx.Connect(ctx, url)
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close(ctx) }()
			_, err = conn.Exec(ctx, "CREATE TABLE nonsense (a nonsense)")
			return err
		},
	})
	if err == nil || !strings.Contains(err.Error(), "42704") {
		t.Errorf("error is %v", err)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	s := start(t, shadow.Options{Major: 17})
	data := ask(t, s, shadow.Base, "postgres", "SHOW data_directory")
	s.Close()
	if _, err := os.Stat(filepath.Dir(data)); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", filepath.Dir(data), err)
	}
	if _, err := pgx.Connect(t.Context(), s.URL(shadow.Base, "postgres")); err == nil {
		t.Error("a closed shadow takes connections")
	}
}

func TestNoPostgres(t *testing.T) {
	f := finder(t)
	f.Getenv = func(name string) string {
		if name == "CAIRN_POSTGRES" {
			return "/nowhere"
		}
		return ""
	}
	if _, err := shadow.Start(t.Context(), shadow.Options{Finder: f, Major: 17}); finding.As(err) == nil || finding.As(err).Code != finding.NoPostgres {
		t.Errorf("error is %v", err)
	}
}

// ownCache returns a cache that nobody else uses, with the servers of the common one.
func ownCache(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cairn-shadow-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(finder(t).Cache, "postgres"), filepath.Join(dir, "postgres")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPlainUser(t *testing.T) {
	pgtest.AsPlainUser(t, "^(TestClonesAreWholeCopies|TestCloneAndDrop|TestCloseLeavesNothing)$", 17)
}

// BenchmarkStart measures a shadow from a warm cache until it takes connections.
func BenchmarkStart(b *testing.B) {
	o := shadow.Options{Finder: finder(b), Major: 17, Superuser: "boss", Fingerprint: platform, Lay: lay}
	for b.Loop() {
		s, err := shadow.Start(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
}

// BenchmarkClone measures twenty clones.
func BenchmarkClone(b *testing.B) {
	s := start(b, shadow.Options{Major: 17, Superuser: "boss", Fingerprint: platform, Lay: lay})
	for b.Loop() {
		for i := range 20 {
			if err := s.Clone(b.Context(), fmt.Sprint("c", i)); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		for i := range 20 {
			if err := s.Drop(b.Context(), fmt.Sprint("c", i)); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
	}
}

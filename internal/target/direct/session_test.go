package direct_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func open(t *testing.T, url string, opt target.Options) target.Session {
	t.Helper()
	s, err := (&direct.Target{URL: secret.New(url), Label: "test"}).Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func one(t *testing.T, s target.Session, sql string, args ...[]byte) string {
	t.Helper()
	rows, err := target.Rows(t.Context(), s, sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(rows) == 0 {
		return ""
	}
	return string(rows[0][0])
}

func steps(sql ...string) target.Segment {
	var segment target.Segment
	for _, s := range sql {
		segment = append(segment, target.Step{SQL: s})
	}
	return segment
}

func TestFacts(t *testing.T) {
	for _, major := range []int{15, 17} {
		server := pgtest.Start(t, major)
		s := open(t, server.Database(t), target.Options{Application: "cairn/test"})
		f := s.Facts()
		if f.Server/10000 != major || f.PID == 0 || f.System == "" || f.Pooled || f.Route != "direct" || f.ReadOnly != "" {
			t.Errorf("facts of Postgres %d: %+v", major, f)
		}
		if got := one(t, s, "select application_name from pg_stat_activity where pid = pg_backend_pid()"); got != "cairn/test" {
			t.Errorf("application_name is %q", got)
		}
	}
}

func TestReadOnly(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	s := open(t, url, target.Options{})
	if err := target.One(t.Context(), s, target.Step{SQL: fmt.Sprintf("alter database %s set default_transaction_read_only = on", s.Facts().Database)}); err != nil {
		t.Fatal(err)
	}
	if got := open(t, url, target.Options{}).Facts().ReadOnly; got != "default_transaction_read_only" {
		t.Errorf("ReadOnly is %q", got)
	}
}

// A step that fails ends its segment and no other.
func TestFailureEndsItsSegment(t *testing.T) {
	s := open(t, pgtest.Start(t, 17).Database(t), target.Options{})
	var done []string
	err := s.Exec(t.Context(), []target.Segment{
		steps("create table a (x int)", "insert into a values (1)", "select 1/0", "insert into a values (2)"),
		steps("create table b (x int)"),
		steps("select nothing from nowhere"),
	}, func(r target.Result) { done = append(done, fmt.Sprintf("%d.%d %s", r.Segment, r.Step, r.Tag)) })
	refused, ok := errors.AsType[*target.StatementError](err)
	if !ok || refused.Segment != 0 || refused.Step != 2 || refused.PG.Code != "22012" {
		t.Fatalf("want the first failure, 0.2 with 22012, got %v", err)
	}
	if want := []string{"0.0 CREATE TABLE", "0.1 INSERT 0 1", "1.0 CREATE TABLE"}; !slices.Equal(done, want) {
		t.Errorf("done: %q, want %q", done, want)
	}
	if got := one(t, s, "select coalesce(to_regclass('a')::text, 'gone') || ' ' || to_regclass('b')::text"); got != "gone b" {
		t.Errorf("the failed segment left %q", got)
	}
	if s.Status() != 'I' {
		t.Errorf("status is %c", s.Status())
	}
}

// COPY data goes in the middle of a transaction's segment, and its failure ends it like any other.
func TestCopy(t *testing.T) {
	s := open(t, pgtest.Start(t, 17).Database(t), target.Options{})
	data, bad := "1\té\n2\t\\N\n", "3\tx\nfour\ty\n"
	in := func(sql, data string) target.Step { return target.Step{SQL: sql, Copy: &data} }
	segment := append(steps("begin", "create table t (n int, s text)"), in("copy t from stdin", data))
	segment = append(segment, steps("insert into t values (9, 'after')", "commit")...)
	if err := target.One(t.Context(), s, target.Step{SQL: "select 1"}); err != nil {
		t.Fatal(err)
	}
	var tags []string
	if err := s.Exec(t.Context(), []target.Segment{segment}, func(r target.Result) { tags = append(tags, r.Tag) }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"BEGIN", "CREATE TABLE", "COPY 2", "INSERT 0 1", "COMMIT"}; !slices.Equal(tags, want) {
		t.Errorf("tags %q, want %q", tags, want)
	}
	err := s.Exec(t.Context(), []target.Segment{
		append(append(steps("begin", "truncate t"), in("copy t from stdin", bad)), steps("drop table t", "commit")...),
		steps("rollback"),
	}, nil)
	refused, ok := errors.AsType[*target.StatementError](err)
	if !ok || refused.Step != 2 || refused.PG.Code != "22P02" {
		t.Fatalf("want 22P02 at step 2, got %v", err)
	}
	if got := one(t, s, "select string_agg(n || ':' || coalesce(s, 'null'), ' ' order by n) from t"); got != "1:é 2:null 9:after" {
		t.Errorf("the table holds %q", got)
	}
}

// A file far larger than any buffer streams through, and results come while it does.
func TestStreaming(t *testing.T) {
	s := open(t, pgtest.Start(t, 17).Database(t), target.Options{})
	segment := steps("begin", "create temp table t (n int, s text)")
	for i := range 20_000 {
		segment = append(segment, target.Step{
			SQL: "insert into t values ($1::int, $2) returning s", Args: [][]byte{target.Text(fmt.Sprint(i)), target.Text(strings.Repeat("x", 400))},
		})
	}
	segment = append(segment, target.Step{SQL: "commit"})
	done := 0
	if err := s.Exec(t.Context(), []target.Segment{segment}, func(target.Result) { done++ }); err != nil {
		t.Fatal(err)
	}
	if done != len(segment) {
		t.Errorf("%d results for %d steps", done, len(segment))
	}
	if got := one(t, s, "select count(*)::text from t"); got != "20000" {
		t.Errorf("%s rows arrived", got)
	}
}

func TestNotices(t *testing.T) {
	var notices []string
	s := open(t, pgtest.Start(t, 17).Database(t), target.Options{Notice: func(n *pgconn.Notice) { notices = append(notices, n.Message) }})
	if err := target.One(t.Context(), s, target.Step{SQL: "do $$ begin raise warning 'careful'; end $$"}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(notices, []string{"careful"}) {
		t.Errorf("notices: %q", notices)
	}
}

// A session that the server ends is lost, whatever the server said on the way out.
func TestTerminated(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	s, killer := open(t, url, target.Options{}), open(t, url, target.Options{})
	killed := make(chan struct{}) // a session is closed by who uses it
	time.AfterFunc(200*time.Millisecond, func() {
		defer close(killed)
		_, _ = target.Rows(context.Background(), killer, "select pg_terminate_backend($1::int)", target.Text(fmt.Sprint(s.Facts().PID)))
	})
	err := s.Exec(t.Context(), []target.Segment{steps("begin", "select pg_sleep(30)", "select 1")}, nil)
	<-killed
	lost, ok := errors.AsType[*target.LostError](err)
	if !ok || lost.Step != 1 {
		t.Fatalf("want the loss at step 1, got %v", err)
	}
}

// A cancelled context stops the statement on the server and leaves the session usable.
func TestCancel(t *testing.T) {
	s := open(t, pgtest.Start(t, 17).Database(t), target.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	err := s.Exec(ctx, []target.Segment{steps("begin", "select pg_sleep(30)"), steps("rollback")}, nil)
	refused, ok := errors.AsType[*target.StatementError](err)
	if !ok || refused.PG.Code != "57014" {
		t.Fatalf("want 57014, got %v", err)
	}
	if got := one(t, s, "select 'alive'"); got != "alive" {
		t.Errorf("the session answers %q", got)
	}
}

func TestNoConnection(t *testing.T) {
	_, err := (&direct.Target{URL: secret.New("postgres://u:s3cr3t-canary@127.0.0.1:1/x"), Label: "test"}).Open(t.Context(), target.Options{})
	f := finding.As(err)
	if f == nil || f.Exit != finding.Unreachable {
		t.Fatalf("want a finding with exit %d, got %v", finding.Unreachable, err)
	}
	if text := fmt.Sprintf("%v %+v %s %s", f, *f, f.Detail, f.Hint); strings.Contains(text, "canary") {
		t.Errorf("the password shows in %s", text)
	}
}

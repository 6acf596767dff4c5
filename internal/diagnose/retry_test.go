package diagnose_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/source"
)

// is names the predicates that hold for an error.
func is(err error) string {
	var all []string
	for _, p := range []struct {
		name string
		ok   bool
	}{
		{"lock timeout", diagnose.LockTimeout(err)},
		{"conflict", diagnose.Conflict(err)},
		{"shutdown", diagnose.Shutdown(err)},
		{"busy", diagnose.Busy(err)},
		{"rejected", diagnose.Rejected(err)},
		{"lost", diagnose.Lost(err)},
	} {
		if p.ok {
			all = append(all, p.name)
		}
	}
	return strings.Join(all, ", ")
}

// TestWaiting provokes what the runner may try again, with two sessions of a real server.
func TestWaiting(t *testing.T) {
	for _, major := range majors {
		url := pgtest.Start(t, major).Database(t)
		ours, theirs := connect(t, url), connect(t, url)
		script(t, ours, "create table a (x int); create table b (x int); insert into a values (1); insert into b values (1)")

		try := func(sql, code, hint, want string) {
			t.Helper()
			file := &source.File{Name: "f.sql", Text: sql}
			f := refused(t, ours, file.Whole())
			if f.Code != finding.Postgres(code) || !strings.Contains(f.Hint, hint) || is(f) != want {
				t.Errorf("%d: %s: %s, %q, %s", major, sql, f.Code, is(f), f.Hint)
			}
		}
		script(t, theirs, "begin; lock table a")
		script(t, ours, "set lock_timeout = '20ms'")
		try("alter table a add column y int", "55P03", "--lock-timeout", "lock timeout")
		script(t, ours, "set lock_timeout = 0; set statement_timeout = '20ms'")
		try("select pg_sleep(10)", "57014", "SET LOCAL statement_timeout", "")
		script(t, ours, "set statement_timeout = 0")
		script(t, theirs, "rollback")

		// Each takes one table and wants the other's: our session looks for deadlocks first and is the victim.
		script(t, ours, "set deadlock_timeout = '20ms'; begin; lock table a")
		script(t, theirs, "begin; set local deadlock_timeout = '1min'; lock table b")
		pid := theirs.PID()
		done := make(chan error, 1)
		go func() {
			_, err := theirs.Exec(context.Background(), "lock table a").ReadAll()
			done <- err
		}()
		waitFor(t, connect(t, url), fmt.Sprintf("select wait_event_type = 'Lock' from pg_stat_activity where pid = %d", pid))
		try("lock table b", "40P01", "order in which the application", "conflict")
		script(t, ours, "rollback")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		script(t, theirs, "rollback")

		script(t, ours, "begin isolation level repeatable read; select 1 from a")
		script(t, theirs, "update a set x = 2")
		try("update a set x = 3", "40001", "Run again", "conflict")
		script(t, ours, "rollback; set idle_in_transaction_session_timeout = 0; begin read only")
		try("create table c (x int)", "25006", "read only", "")
		try("select 1", "25P02", "earlier statement", "")
		script(t, ours, "rollback")

		script(t, theirs, fmt.Sprintf("select pg_terminate_backend(%d)", ours.PID()))
		_, err := ours.ExecParams(t.Context(), "select 1", nil, nil, nil, nil).Close()
		// The server's last words come first, unless the kernel notices before us that nobody listens.
		if got := is(err); got != "shutdown, lost" && got != "lost" {
			t.Errorf("%d: a terminated session is %q: %v", major, got, err)
		}
		_, err = ours.ExecParams(t.Context(), "select 1", nil, nil, nil, nil).Close()
		if got := is(err); got != "lost" {
			t.Errorf("%d: a closed connection is %q: %v", major, got, err)
		}
	}
}

func TestPredicates(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{io.EOF, "lost"},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), "lost"},
		{syscall.ECONNRESET, "lost"},
		{syscall.EPIPE, "lost"},
		{context.Canceled, ""},
		{context.DeadlineExceeded, ""},
		{errors.New("anything"), ""},
		{&pgconn.PgError{Code: "42P01"}, ""},
		{&pgconn.PgError{Code: "57P03"}, "shutdown, busy"},
		{&pgconn.PgError{Code: "53300"}, "busy"},
		{&pgconn.PgError{Code: "25P03", Severity: "FATAL", SeverityUnlocalized: "FATAL"}, "lost"},
		{&pgconn.PgError{Code: "XX000", Severity: "FATAL", Message: "(EDBHANDLEREXITED) connection to database closed"}, "busy, lost"},
		{&pgconn.PgError{Code: "08P01", Severity: "FATAL", Message: "query_wait_timeout"}, "busy, lost"},
		{&pgconn.PgError{Code: "XX000", Severity: "ERROR", Message: "tuple concurrently updated"}, ""},
		{&pgconn.PgError{Code: "28000"}, "rejected"},
		{&finding.Finding{Cause: &pgconn.PgError{Code: "55P03"}}, "lock timeout"},
	} {
		if got := is(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
}

// TestTranslated feeds what a server says that speaks German: only codes, fields and names may decide.
func TestTranslated(t *testing.T) {
	file := &source.File{Name: "f.sql", Text: "do $$\nbegin\n  perform 1;\n  create policy p on t using (true);\n  raise exception 'x';\nend $$"}
	for _, c := range []struct {
		pg       pgconn.PgError
		at, hint string
	}{
		{pgconn.PgError{Code: "42710", Message: "Policy »p« für Tabelle »t« existiert bereits", Where: "SQL-Anweisung »create policy p on t using (true)«\nPL/pgSQL-Funktion inline_code_block Zeile 4 bei SQL-Anweisung"}, "f.sql:4:3", "DROP POLICY IF EXISTS p ON t;"},
		{pgconn.PgError{Code: "P0001", Message: "x", Where: "PL/pgSQL-Funktion inline_code_block Zeile 5 bei RAISE"}, "f.sql:5:3", "raised this"},
	} {
		f := diagnose.Statement(&c.pg, file.Whole())
		if f.At.String() != c.at || !strings.Contains(f.Hint, c.hint) {
			t.Errorf("%s: at %s, %s", c.pg.Message, f.At, f.Hint)
		}
	}
	copied := &source.File{Name: "s.sql", Text: "copy t2 from stdin;\n1\nx\n\\.\n"}
	f := diagnose.Statement(&pgconn.PgError{Code: "22P02", Message: "ungültige Eingabesyntax", Where: "COPY t2, Zeile 2, Spalte a: »x«"}, copied.Span(0, 18))
	if f.At.String() != "s.sql:3:1" {
		t.Errorf("COPY data at %s, want s.sql:3:1", f.At)
	}
}

// waitFor polls until the query gives true.
func waitFor(t *testing.T, conn *pgconn.PgConn, query string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		results, err := conn.Exec(t.Context(), query).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if rows := results[0].Rows; len(rows) > 0 && string(rows[0][0]) == "t" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never true: %s", query)
		}
	}
}

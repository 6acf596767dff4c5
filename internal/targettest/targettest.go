// Package targettest says what every route to a database has to keep, as tests: Exercise runs them on one.
package targettest

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/standin"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/api"
)

// Ref and Token are those of the project that Platform has.
const (
	Ref   = "abcdefghijklmnopqrst"
	Token = "sbp_0123456789abcdef0123456789abcdef01234567"
)

// Platform is a stand-in for the platform with one project, whose database is the one at url, and its address. superuser
// is the same as a superuser; it may be "".
func Platform(t testing.TB, url, superuser string) (*standin.Server, string) {
	t.Helper()
	s := &standin.Server{Token: secret.New(Token), PerMinute: 100_000}
	s.Add(&standin.Project{Ref: Ref, Name: "photobooth", Region: "eu-central-1", Version: "17.4.1.054", Host: "db." + Ref + ".supabase.co", URL: secret.New(url), Admin: secret.New(superuser)})
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return s, web.URL
}

// API is the database at url over the Management API of a stand-in.
func API(t testing.TB, url string) (*api.Target, *standin.Server) {
	t.Helper()
	s, address := Platform(t, url, "")
	return &api.Target{Client: &management.Client{URL: address, Token: secret.New(Token), Version: "test"}, Ref: Ref, Label: "project photobooth (" + Ref + ")"}, s
}

// Exercise runs what holds for every route.
func Exercise(t *testing.T, to target.Target) {
	ctx := t.Context()
	open := func(t *testing.T) target.Session {
		t.Helper()
		s, err := to.Open(ctx, target.Options{Application: "cairn/test@here"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	must := func(t *testing.T, s target.Session, sql string) {
		t.Helper()
		if err := target.One(ctx, s, target.Step{SQL: sql}); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	count := func(t *testing.T, s target.Session, table string) string {
		t.Helper()
		rows, err := target.Rows(ctx, s, "select count(*)::text from "+table)
		if err != nil || len(rows) != 1 {
			t.Fatalf("count %s: %v, %v", table, rows, err)
		}
		return string(rows[0][0])
	}

	t.Run("facts", func(t *testing.T) {
		f := open(t).Facts()
		if f.Server < 140000 || f.Database == "" || f.User == "" || f.ReadOnly != "" || !slices.Contains([]string{"direct", "pooler", "api"}, f.Route) {
			t.Errorf("facts: %+v", f)
		}
		if to.Name() == "" {
			t.Error("it has no name")
		}
	})

	t.Run("values", func(t *testing.T) {
		s := open(t)
		texts := []string{"", "a,b", `"q" \ (x)`, "line\nbreak", "日本 é 🪨", "NULL", "'", "$1", "{1,2}", " space "}
		args, sql := [][]byte{nil}, "select $1::text"
		for i, text := range texts {
			args, sql = append(args, target.Text(text)), sql+fmt.Sprintf(", $%d::text", i+2)
		}
		rows, err := target.Rows(ctx, s, sql, args...)
		if err != nil || len(rows) != 1 || len(rows[0]) != len(args) {
			t.Fatalf("%q, %v", rows, err)
		}
		if rows[0][0] != nil {
			t.Errorf("NULL came back as %q", rows[0][0])
		}
		for i, text := range texts {
			if got := rows[0][i+1]; got == nil || string(got) != text {
				t.Errorf("%q came back as %q", text, got)
			}
		}
		rows, err = target.Rows(ctx, s, "select n::text, null::text from generate_series(1, 3) n")
		if err != nil || len(rows) != 3 || string(rows[2][0]) != "3" || rows[2][1] != nil {
			t.Errorf("rows: %q, %v", rows, err)
		}
		if rows, err = target.Rows(ctx, s, "select 1 where false"); err != nil || len(rows) != 0 {
			t.Errorf("no rows: %q, %v", rows, err)
		}
	})

	t.Run("segments", func(t *testing.T) {
		s := open(t)
		must(t, s, "create table targettest_segments (n int)")
		var done []target.Result
		err := s.Exec(ctx, []target.Segment{
			{{SQL: "insert into targettest_segments values (1)"}, {SQL: "insert into targettest_segments values (2)"}},
			{{SQL: "insert into targettest_segments values (3)"}, {SQL: "select 1/0"}, {SQL: "insert into targettest_segments values (4)"}},
			{{SQL: "insert into targettest_segments values (5)"}},
		}, func(r target.Result) { done = append(done, target.Result{Segment: r.Segment, Step: r.Step}) })
		no, ok := errors.AsType[*target.StatementError](err)
		if !ok || no.Segment != 1 || no.Step != 1 && no.Step != target.Unplaced || no.PG.Code != "22012" {
			t.Fatalf("the refusal: %#v", err)
		}
		for _, r := range []target.Result{{Segment: 0}, {Segment: 0, Step: 1}, {Segment: 2}} {
			if !slices.Contains(done, r) {
				t.Errorf("%+v was not told as done: %+v", r, done)
			}
		}
		if n := count(t, s, "targettest_segments"); n != "3" {
			t.Errorf("%s rows, want those of the first and the last segment", n)
		}
		if s.Status() != 'I' {
			t.Errorf("status %c", s.Status())
		}
	})

	t.Run("transaction", func(t *testing.T) {
		s := open(t)
		must(t, s, "create table targettest_tx (n int)")
		var xid, other string
		err := s.Exec(ctx, []target.Segment{{
			{SQL: "begin isolation level read committed", Ours: true},
			{SQL: "select set_config('lock_timeout', $1, true)", Args: [][]byte{target.Text("2s")}, Ours: true},
			{SQL: "insert into targettest_tx select 1 returning pg_current_xact_id()::text", Row: func(v [][]byte) { xid = string(v[0]) }},
			{SQL: "savepoint a"},
			{SQL: "lock table targettest_tx in access exclusive mode -- a comment at the end"},
			{SQL: "do $$ begin perform 1; end $$"},
			{SQL: "select pg_current_xact_id()::text", Row: func(v [][]byte) { other = string(v[0]) }},
			{SQL: "commit", Ours: true},
		}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if xid == "" || xid != other {
			t.Errorf("two transactions, %q and %q", xid, other)
		}
		err = s.Exec(ctx, []target.Segment{{{SQL: "begin"}, {SQL: "insert into targettest_tx values (2)"}, {SQL: "insert into nothing values (1)"}, {SQL: "commit"}}}, nil)
		if no, ok := errors.AsType[*target.StatementError](err); !ok || no.PG.Code != "42P01" || no.Step != 2 {
			t.Errorf("the refusal: %#v", err)
		}
		if s.Status() != 'I' {
			must(t, s, "rollback")
		}
		if n := count(t, s, "targettest_tx"); n != "1" {
			t.Errorf("%s rows, want that of the transaction that was committed", n)
		}
	})

	t.Run("position", func(t *testing.T) {
		s := open(t)
		sql := "select 1 as \"日本é\",\n  'ü' as ö, nowhere.x\nfrom pg_class"
		err := s.Exec(ctx, []target.Segment{{{SQL: "select 1"}, {SQL: sql}}}, nil)
		no, ok := errors.AsType[*target.StatementError](err)
		if !ok || no.Step != 1 {
			t.Fatalf("%#v", err)
		}
		if want := len([]rune(sql[:strings.Index(sql, "nowhere")])) + 1; int(no.PG.Position) != want {
			t.Errorf("position %d, want %d", no.PG.Position, want)
		}
	})

	t.Run("refusal", func(t *testing.T) {
		s := open(t)
		err := s.Exec(ctx, []target.Segment{{{SQL: `do $$ begin raise exception using errcode = 'P0042', message = 'no: "x"', detail = 'why', hint = 'how'; end $$`}}}, nil)
		no, ok := errors.AsType[*target.StatementError](err)
		if !ok || no.PG.Code != "P0042" || no.PG.Message != `no: "x"` || no.PG.Detail != "why" || no.PG.Hint != "how" || no.PG.Where == "" {
			t.Errorf("%#v", err)
		}
		must(t, s, "create table targettest_key (n int constraint targettest_key_pkey primary key)")
		must(t, s, "insert into targettest_key values (1)")
		err = target.One(ctx, s, target.Step{SQL: "insert into targettest_key values (1)"})
		no, ok = errors.AsType[*target.StatementError](err)
		if !ok || no.PG.Code != "23505" || no.PG.ConstraintName != "targettest_key_pkey" || no.PG.TableName != "targettest_key" {
			t.Errorf("%#v", err)
		}
	})

	t.Run("cancelled", func(t *testing.T) {
		s := open(t)
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if err := s.Exec(gone, []target.Segment{{{SQL: "create table targettest_cancelled ()"}}}, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		rows, err := target.Rows(ctx, s, "select to_regclass('targettest_cancelled')::text")
		if err != nil || rows[0][0] != nil {
			t.Errorf("it ran: %q, %v", rows, err)
		}
	})

	t.Run("closed", func(t *testing.T) {
		s := open(t)
		_ = s.Close()
		_ = s.Close()
	})
}

package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/target/direct"
)

// asked is a query as the tests ask it.
type asked struct {
	sql    string
	as     string
	claims string
	ours   bool
	other  func(*App, *QueryRequest)
}

// told is what a query gave.
type told struct {
	*QueryResult
	err      error
	findings []*finding.Finding
	events   []event.Event
}

func (a asked) on(t *testing.T, url string) told {
	t.Helper()
	app := &App{Now: time.Now, Getenv: func(string) string { return "" }, Agent: AgentNo}
	req := QueryRequest{Source: &source.File{Name: "argument", Text: a.sql}, As: a.as, Claims: a.claims}
	if a.other != nil {
		a.other(app, &req)
	}
	var out told
	sink := func(e event.Event) {
		out.events = append(out.events, e)
		if f, ok := e.(event.Found); ok {
			out.findings = append(out.findings, f.Finding)
		}
	}
	c, err := req.claims()
	if err != nil {
		return told{err: err}
	}
	text, err := readQuery(req)
	if err != nil {
		return told{err: err}
	}
	at := placeOn(&direct.Target{URL: secret.New(url), Label: "the test's database", IsLocal: true}, "postgres")
	at.ours = a.ours
	out.QueryResult, out.err = app.query(t.Context(), at, req, c, text, sink)
	return out
}

func yesToAll(a *App, _ *QueryRequest) { a.Yes = true }

// table draws the answers: one line for each row, its values parted by "|".
func (o told) table() string {
	var b strings.Builder
	for _, a := range o.Answers {
		fmt.Fprintln(&b, a.Tag)
		for _, row := range a.Rows {
			var values []string
			for _, v := range row {
				if v == nil {
					values = append(values, "∅")
					continue
				}
				values = append(values, *v)
			}
			fmt.Fprintln(&b, "  "+strings.Join(values, "|"))
		}
	}
	return b.String()
}

const (
	master = "00000000-0000-0000-0000-000000000001" // the seed's user
	claim  = `{"sub": "` + master + `"}`
	chat   = `insert into encrypted_chats (user_id, encrypted_data, title) values ('` + master + `', 'x', 'Ünï')`
)

func TestQueryAnswers(t *testing.T) {
	url := booth(t)
	got := asked{ours: true, sql: `-- a query
select 1::int2 as one, null as nothing, 'a "b"' as "Ä b", 1.50::numeric(4,2), '{1,2}'::int[], now() is null;
create type mood as enum ('sad');
create table moods (m mood, v varchar(9));
copy moods from stdin;
sad	é
\N	\N
\.
table moods;
update moods set v = 'x' where m is null returning *;
select;
select from moods where false;
`}.on(t, url)
	if got.err != nil {
		t.Fatal(got.err)
	}
	want := `SELECT 1
  1|∅|a "b"|1.50|{1,2}|f
CREATE TYPE
CREATE TABLE
COPY 2
SELECT 2
  sad|é
  ∅|∅
UPDATE 1
  ∅|x
SELECT 1
  
SELECT 0
`
	if diff := cmp.Diff(want, got.table()); diff != "" {
		t.Error(diff)
	}
	columns := []Column{{"one", "smallint"}, {"nothing", "text"}, {"Ä b", "text"}, {"numeric", "numeric(4,2)"}, {"int4", "integer[]"}, {"?column?", "boolean"}}
	if diff := cmp.Diff(columns, got.Answers[0].Columns); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Column{{"m", "mood"}, {"v", "character varying(9)"}}, got.Answers[4].Columns); diff != "" {
		t.Error(diff)
	}
	if got.Answers[1].Columns != nil || got.Answers[1].Rows != nil || got.Answers[7].Rows == nil {
		t.Errorf("no rows and none found are one: %+v, %+v", got.Answers[1], got.Answers[7])
	}
	if at := got.Answers[0].At; at != "argument:2:1" {
		t.Errorf("the first statement is at %s", at)
	}
}

func TestQueryFails(t *testing.T) {
	url := booth(t)
	got := asked{ours: true, sql: "create table kept (); select 'é', nothing from kept; select 3"}.on(t, url)
	f := finding.As(got.err)
	if f == nil || f.Code != "PG42703" || f.Exit != finding.Failed || f.At.String() != "argument:1:35" {
		t.Fatalf("got %v", got.err)
	}
	if len(got.Answers) != 1 || !strings.Contains(f.Hint, "the 1 statement before it ran, and what that changed stays") {
		t.Errorf("%d answers, hint %q", len(got.Answers), f.Hint)
	}
	if one(t, url, "select to_regclass('kept')") != "kept" {
		t.Error("what ran before is gone")
	}
	got = asked{ours: true, sql: "begin; drop table kept; select 1/0"}.on(t, url)
	if f := finding.As(got.err); f == nil || f.Code != "PG22012" || strings.Contains(f.Hint, "stays") || one(t, url, "select to_regclass('kept')") != "kept" {
		t.Errorf("in a transaction of its own: %v", got.err)
	}
	got = asked{ours: true, sql: "begin; drop table kept"}.on(t, url)
	if got.err != nil || len(got.findings) != 1 || got.findings[0].Code != finding.TransactionControl || one(t, url, "select to_regclass('kept')") != "kept" {
		t.Errorf("without COMMIT: %v, %v", got.err, got.findings)
	}
	got = asked{ours: true, sql: "select pg_terminate_backend(pg_backend_pid())"}.on(t, url)
	if f := finding.As(got.err); f == nil || f.Exit != finding.Unreachable || f.Code != finding.ConnectionLost {
		t.Errorf("a lost connection: %v", got.err)
	}
	got = asked{sql: "select 1"}.on(t, "postgres://u:canary@127.0.0.1:1/x")
	if f := finding.As(got.err); f == nil || f.Exit != finding.Unreachable || strings.Contains(fmt.Sprintf("%+v", *f), "canary") {
		t.Errorf("no server: %v", got.err)
	}
}

// What cannot be run is refused before anything is.
func TestQueryRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		ask  asked
		code finding.Code
		at   string
	}{
		{"nothing", asked{sql: "-- only a comment"}, finding.BadUsage, ""},
		{"an open quote", asked{sql: "select 1;\nselect 'a"}, finding.Unterminated, "argument:2:8"},
		{"a command of psql", asked{sql: `\d photos`}, finding.MetaCommand, "argument:1:1"},
		{"copy without its end", asked{sql: "copy t from stdin;\n1\n"}, finding.CopyData, "argument:1:1"},
		{"copy out", asked{sql: "copy (select 1) to stdout"}, finding.CopyData, "argument:1:1"},
		{"commit as another role", asked{as: "anon", sql: "select 1; commit"}, finding.TransactionControl, "argument:1:11"},
		{"begin read only", asked{sql: "start transaction", other: func(_ *App, r *QueryRequest) { r.ReadOnly = true }}, finding.TransactionControl, "argument:1:1"},
		{"claims of nobody", asked{sql: "select 1", claims: "{}"}, finding.BadUsage, ""},
		{"claims that are none", asked{sql: "select 1", as: "anon", claims: "[1]"}, finding.BadUsage, ""},
		{"claims and more", asked{sql: "select 1", as: "anon", claims: "{} {}"}, finding.BadUsage, ""},
	} {
		f := finding.As(c.ask.on(t, "postgres://127.0.0.1:1/nowhere").err)
		if f == nil || f.Code != c.code || f.Exit != finding.Usage || f.At.String() != c.at {
			t.Errorf("%s: got %v", c.name, f)
		}
	}
}

// On a database that is not cairn's own, reading needs no yes and writing does.
func TestQueryConsent(t *testing.T) {
	url := booth(t)
	execute(t, url, "create function grow() returns int language sql as $$ insert into partners (name) values ('grown') returning 1 $$")
	partners := func() string { return one(t, url, "select count(*) from partners") }
	for _, c := range []struct {
		sql     string
		refused bool
	}{
		{sql: "select count(*) from partners"},
		{sql: "set search_path = public; with a as (select 1) table partners; show search_path; explain select 1"},
		{sql: "(select 1) union all values (2)"},
		{sql: "declare c cursor for select 1; fetch c"},
		{sql: "insert into partners (name) values ('x')", refused: true},
		{sql: "with a as (insert into partners (name) values ('x') returning 1) select * from a", refused: true},
		{sql: "select grow()", refused: true},
		{sql: "explain analyze delete from partners", refused: true},
		{sql: "select 1 into made", refused: true},
		{sql: "set transaction read write; select grow()", refused: true},
		{sql: "select set_config('transaction_read_only', 'off', false), grow()", refused: true},
		{sql: "begin; select grow(); commit", refused: true},
		{sql: "/* select */ do $$ begin perform grow(); end $$", refused: true},
	} {
		got := asked{sql: c.sql}.on(t, url)
		f := finding.As(got.err)
		if c.refused && (f == nil || f.Exit != finding.Refused && f.Code != "PG25001") || !c.refused && got.err != nil {
			t.Errorf("%s: %v", c.sql, got.err)
		}
		if n := partners(); n != "1" {
			t.Fatalf("%s: there are %s partners", c.sql, n)
		}
	}
	got := asked{sql: "select grow()", other: yesToAll}.on(t, url)
	if got.err != nil || partners() != "2" || len(got.Answers) != 1 {
		t.Errorf("with --yes: %v, %s partners", got.err, partners())
	}
	got = asked{sql: "select 1; select grow()", other: func(a *App, _ *QueryRequest) {
		a.Ask = func(_ context.Context, q Question) (string, error) {
			if !strings.Contains(q.Detail, "  select grow()") || strings.Contains(q.Detail, "select 1") {
				t.Errorf("asked about %q", q.Detail)
			}
			return "yes", nil
		}
	}}.on(t, url)
	if got.err != nil || partners() != "3" || len(got.Answers) != 2 {
		t.Errorf("with a yes at the terminal: %v, %s partners", got.err, partners())
	}
	got = asked{ours: true, sql: "select grow(), 1"}.on(t, url)
	if got.err != nil || partners() != "4" {
		t.Errorf("on cairn's own: %v, %s partners", got.err, partners())
	}
	got = asked{ours: true, sql: "select grow()", other: func(_ *App, r *QueryRequest) { r.ReadOnly = true }}.on(t, url)
	if f := finding.As(got.err); f == nil || f.Code != "PG25006" || !strings.Contains(f.Hint, "--read-only") || partners() != "4" {
		t.Errorf("--read-only: %v, %s partners", got.err, partners())
	}
}

func TestQueryAs(t *testing.T) {
	url := booth(t)
	execute(t, url, chat)
	got := asked{as: "authenticated", claims: `{"sub": "` + master + `", "org_id": "00000000-0000-0000-0000-00000000000c"}`, sql: `
		select current_user, auth.uid(), auth.role(), get_org_id(), current_setting('request.jwt.claim.sub');
		select title from encrypted_chats;
		insert into encrypted_chats (user_id, encrypted_data) values (auth.uid(), 'mine') returning encrypted_data;
		savepoint a; delete from encrypted_chats; rollback to a;
		select count(*) from encrypted_chats`}.on(t, url)
	want := `SELECT 1
  authenticated|` + master + `|authenticated|00000000-0000-0000-0000-00000000000c|` + master + `
SELECT 1
  Ünï
INSERT 0 1
  mine
SAVEPOINT
DELETE 2
ROLLBACK
SELECT 1
  2
`
	if got.err != nil || len(got.findings) > 0 {
		t.Fatal(got.err, got.findings)
	}
	if diff := cmp.Diff(want, got.table()); diff != "" {
		t.Error(diff)
	}
	if n := one(t, url, "select count(*) from encrypted_chats"); n != "1" {
		t.Errorf("%s chats are left", n)
	}
	got = asked{as: "service_role", sql: "select current_user, auth.role(), count(*) from api_key_pool"}.on(t, url)
	if got.err != nil || got.table() != "SELECT 1\n  service_role|service_role|2\n" {
		t.Error(got.err, got.table())
	}
	got = asked{as: "nobody_at_all", sql: "select 1"}.on(t, url)
	if f := finding.As(got.err); f == nil || f.Exit != finding.Usage || !strings.Contains(f.Message, `"nobody_at_all"`) {
		t.Errorf("a role that is not there: %v", got.err)
	}
	got = asked{as: "supabase_admin", sql: "select 1"}.on(t, url)
	if f := finding.As(got.err); f == nil || f.Exit != finding.Usage || !strings.Contains(f.Hint, "GRANT") {
		t.Errorf("a role that is not ours to take: %v", got.err)
	}
}

func TestQueryEnough(t *testing.T) {
	url := booth(t)
	few := func(_ *App, r *QueryRequest) { r.Limit = 3 }
	// Ten million rows are stopped and not read through; the statement before is read to its end.
	execute(t, url, "create function end_of(n int) returns numeric(9,1) language plpgsql as $$ begin raise notice 'the end'; return n; end $$")
	got := asked{sql: `select * from generate_series(1, 9);
		select case n when 10000000 then end_of(n) else n end::numeric(9,1) from generate_series(1, 10000000) n`, other: few}.on(t, url)
	if got.err != nil || len(got.Answers) != 2 {
		t.Fatal(got.err)
	}
	for _, e := range got.events {
		if n, ok := e.(event.Notice); ok {
			t.Errorf("read through: %s", n.Message)
		}
	}
	for i, tag := range []string{"SELECT 9", ""} {
		if a := got.Answers[i]; !a.Truncated || len(a.Rows) != 3 || a.Tag != tag || a.Columns[0].Type == "" {
			t.Errorf("answer %d: %d rows, %t, tag %q, %v", i, len(a.Rows), a.Truncated, a.Tag, a.Columns)
		}
	}
	got = asked{sql: "select * from generate_series(1, 3)", other: few}.on(t, url)
	if got.err != nil || got.Answers[0].Truncated || len(got.Answers[0].Rows) != 3 {
		t.Errorf("exactly as many: %+v, %v", got.Answers, got.err)
	}
	got = asked{as: "anon", sql: "select * from generate_series(1, 10000000)", other: few}.on(t, url)
	if got.err != nil || !got.Answers[0].Truncated {
		t.Errorf("as anon: %v", got.err)
	}
	// What changes is never stopped half-way.
	got = asked{ours: true, sql: "insert into partners (name) select n::text from generate_series(1, 99) n returning id", other: few}.on(t, url)
	if got.err != nil || !got.Answers[0].Truncated || one(t, url, "select count(*) from partners") != "100" {
		t.Errorf("a change: %v", got.err)
	}
	got = asked{sql: "select repeat('x', 1000000) from generate_series(1, 1000)"}.on(t, url)
	if got.err != nil || !got.Answers[0].Truncated || len(got.Answers[0].Rows) > maxBytes/1000000+1 {
		t.Errorf("%d rows of a megabyte each, %v", len(got.Answers[0].Rows), got.err)
	}
}

func TestQueryInterrupted(t *testing.T) {
	url := booth(t)
	ctx, cancel := context.WithCancel(t.Context())
	app := &App{Now: time.Now, Getenv: func(string) string { return "" }, Agent: AgentNo}
	req := QueryRequest{Source: &source.File{Name: "argument", Text: "do $$ begin raise notice 'running'; perform pg_sleep(60); end $$"}}
	text, err := readQuery(req)
	if err != nil {
		t.Fatal(err)
	}
	at := placeOn(&direct.Target{URL: secret.New(url), Label: "x"}, "yes")
	at.ours = true
	_, err = app.query(ctx, at, req, claims{}, text, func(e event.Event) {
		if n, ok := e.(event.Notice); ok && n.Message == "running" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || ExitOf(err) != finding.Interrupted {
		t.Errorf("got %v", err)
	}
}

// The verb itself: from a project's folder to a database that is named, or that should be running and is not.
func TestQueryVerb(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	w := newWorkshop(t, map[string]string{"supabase/config.toml": fmt.Sprintf("[db]\nport = %d\n", port)})
	server := hosted(t)
	name := server.DatabaseName(t)
	execute(t, server.URL(name, "postgres"), "alter role postgres password 'canary'")
	req := QueryRequest{
		Where:  Where{URL: secret.New(server.TCP(name, "postgres", "canary"))},
		Source: &source.File{Name: "stdin", Text: "\ufeffselect current_user;\n"},
	}
	var events []event.Event
	r, err := w.Query(t.Context(), req, func(e event.Event) { events = append(events, e) })
	if err != nil || (told{QueryResult: r}).table() != "SELECT 1\n  postgres\n" {
		t.Errorf("got %+v, %v", r, err)
	}
	if started, ok := events[0].(event.RunStarted); !ok || started.Target != r.Target || !strings.Contains(r.Target, name) || strings.Contains(r.Target, "canary") {
		t.Errorf("the first event is %+v", events[0])
	}
	if done, ok := events[len(events)-1].(event.RunDone); !ok || done.Exit != finding.OK {
		t.Errorf("the last event is %+v", events[len(events)-1])
	}
	req.URL = secret.String{}
	_, err = w.Query(t.Context(), req, event.Discard)
	if f := finding.As(err); f == nil || f.Code != finding.NotStarted || f.Exit != finding.Unreachable {
		t.Errorf("without a local database: %v", err)
	}
}

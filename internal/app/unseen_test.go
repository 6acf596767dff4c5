package app

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// compared is a diff of two databases, with what it told.
func compared(t *testing.T, req DiffRequest) (*DiffResult, []*finding.Finding, error) {
	t.Helper()
	w := newWorkshop(t, map[string]string{"supabase/config.toml": "project_id = \"studio\"\n[cairn]\nplatform = \"none\"\n"})
	var told []*finding.Finding
	r, err := w.Diff(t.Context(), req, func(e event.Event) {
		if f, ok := e.(event.Found); ok {
			told = append(told, f.Finding)
		}
	})
	return r, told, err
}

// says reports whether a finding has that code, and these texts in it.
func says(f *finding.Finding, code finding.Code, texts ...string) bool {
	if f == nil || f.Code != code {
		return false
	}
	for _, text := range texts {
		if !strings.Contains(f.Message+"\n"+f.Detail+"\n"+f.Hint, text) {
			return false
		}
	}
	return true
}

// ancient is a session on a server of another age.
type ancient struct{ target.Session }

func (ancient) Facts() target.Facts { return target.Facts{Server: 130012} }

func TestTooOld(t *testing.T) {
	_, err := readCatalog(t.Context(), ancient{}, "the old one", nil)
	if f := finding.As(err); !says(f, finding.ServerVersion, "the old one is of Postgres 13", "14") || f.Exit != finding.Usage {
		t.Errorf("it says %v", err)
	}
}

// A standby, and a database that takes no changes, are compared as any other.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	primary := pgtest.New(t, pgtest.Options{Major: 17})
	execute(t, primary.URL("postgres", "postgres"), "create table only_read (id int)")
	execute(t, primary.URL("postgres", "postgres"), "create role reader login; alter role reader set default_transaction_read_only = on")
	standby := primary.Standby(t)
	for name, url := range map[string]string{"a standby": standby.URL("postgres", "postgres"), "read-only": primary.URL("postgres", "reader")} {
		r, _, err := compared(t, DiffRequest{From: url, To: EndMigrations, NoProof: name == "read-only"})
		if err != nil || r.Proof != nil && !r.Proof.Proven || strings.TrimSpace(r.SQL[strings.Index(r.SQL, "DROP"):]) != "DROP TABLE public.only_read;" {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
}

func TestInvalidIndex(t *testing.T) {
	server := pgtest.Start(t, 17)
	valid, broken, none := server.Database(t), server.Database(t), server.Database(t)
	const table = "create table t (id int);"
	execute(t, none, table)
	execute(t, valid, table+"create unique index u on t (id); comment on index u is 'it'")
	execute(t, broken, table+"insert into t values (1), (1)")
	conn, err := pgx.Connect(t.Context(), broken)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), "create unique index concurrently u on t (id)"); err == nil {
		t.Fatal("the index was built")
	}
	execute(t, broken, "comment on index u is 'broken'")
	for name, c := range map[string]struct{ from, to, sql string }{
		"built anew where it is valid":   {broken, valid, "DROP INDEX public.u;\n\n-- lock: nobody writes to public.t while the index is built\nCREATE UNIQUE INDEX u"},
		"taken away where there is none": {broken, none, "DROP INDEX public.u;"},
		"not wanted where it is broken":  {none, broken, ""},
		"nor in place of a valid one":    {valid, broken, ""},
	} {
		r, told, err := compared(t, DiffRequest{From: c.from, To: c.to, NoProof: true})
		if err != nil || (c.sql == "") != (r.SQL == "") || !strings.Contains(strings.ReplaceAll(r.SQL, "-- fails", "-- lock"), c.sql) && c.sql != "" && !strings.HasPrefix(r.SQL, "DROP INDEX public.u;") {
			t.Errorf("%s: %v\n%s", name, err, r.SQL)
		}
		if c.to == broken && (len(told) != 1 || !says(told[0], finding.InvalidIndex, "public.t.u", "REINDEX")) {
			t.Errorf("%s: told %v", name, told)
		}
	}
}

// What a role may not read is named, and never taken for a difference.
func TestNoPermission(t *testing.T) {
	server := pgtest.Start(t, 17)
	name := server.DatabaseName(t)
	full, asShy, empty := server.URL(name, "postgres"), server.URL(name, "shy"), server.Database(t)
	execute(t, full, `create extension postgres_fdw; create server far foreign data wrapper postgres_fdw;
		create user mapping for postgres server far options (user 'me', password 'hunter2');
		do $$ begin create role shy login; exception when duplicate_object then null; end $$`)
	r, told, err := compared(t, DiffRequest{From: full, To: asShy, NoProof: true})
	if err != nil || len(r.Changes) > 0 || len(told) != 1 || !says(told[0], finding.Unseen, "the role shy may not see all of user_mapping far.postgres") {
		t.Errorf("%v: %+v, told %v", err, r, told)
	}
	execute(t, full, `create schema cron; create table cron.job (jobid bigint, schedule text, command text, database text, username text, active boolean, jobname text)`)
	_, _, err = compared(t, DiffRequest{From: empty, To: asShy, NoProof: true})
	if f := finding.As(err); !says(f, "PG42501", "at objects of the kind cron_job (cron.job): permission denied for schema cron") || f.Exit != finding.Refused {
		t.Errorf("it says %v", err)
	}
}

// An object whose definition the server itself cannot tell any more is named.
func TestDamaged(t *testing.T) {
	server := pgtest.Start(t, 17)
	url := server.Database(t)
	execute(t, url, `create type gone as enum ('a'); create function uses(gone) returns int language sql as 'select 1';
		delete from pg_type where typname = 'gone'`)
	_, _, err := compared(t, DiffRequest{From: server.Database(t), To: url, NoProof: true})
	if f := finding.As(err); !says(f, "PGXX000", "at objects of the kind function: cache lookup failed for type", "function public.uses", "system catalogs are damaged") {
		t.Errorf("it says %v", err)
	}
}

func TestViewsInACircle(t *testing.T) {
	server := pgtest.Start(t, 17)
	url := server.Database(t)
	execute(t, url, "create view a as select 1 as x; create view b as select x from a; create or replace view a as select x from b")
	r, _, err := compared(t, DiffRequest{From: server.Database(t), To: url})
	if f := finding.As(err); !says(f, finding.Unplanned, "view public.a", "view public.b") || f.Exit != finding.Refused || r != nil && r.SQL != "" {
		t.Errorf("it says %v", err)
	}
}

// Names of 63 bytes, and such as have to be quoted, come through both ways, also where a name has to be found for what is
// put aside.
func TestLongNames(t *testing.T) {
	server := pgtest.Start(t, 17)
	a, b := server.Database(t), server.Database(t)
	long := func(start string) string {
		return `"` + start + strings.Repeat("é", (63-len(start))/2) + strings.Repeat("x", (63-len(start))%2) + `"`
	}
	const quoted = `"a ""b"".c; -- $$ 'x'"`
	script := func(kind, column string) string {
		return strings.NewReplacer("T", long("T"), "C", long("C "), "K", long("K"), "I", long("I"), "F", long("F"), "Q", quoted).Replace(
			"create table T (C " + kind + ", Q " + column + "); alter table T add constraint K check (C is not null); create index I on T (C, Q);" +
				"create function F(C " + kind + ") returns " + kind + " language sql as 'select 1::" + kind + "'; create view Q as select F(C) as Q from T;" +
				"create policy Q on T using (C is not null); comment on column T.Q is 'it'")
	}
	execute(t, a, script("int", "text"))
	execute(t, b, script("bigint", "varchar(9)"))
	for _, req := range []DiffRequest{{From: a, To: b}, {From: b, To: a, Online: true}} {
		r, told, err := compared(t, req)
		if err != nil || !r.Proof.Proven {
			t.Errorf("online %t: %v, told %v\n%s", req.Online, err, told, finding.As(err).Detail)
		}
	}
}

// A database in which objects come and go is read whole, or it is said why not.
func TestConcurrentDDL(t *testing.T) {
	server := pgtest.Start(t, 17)
	url := server.Database(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	stop, stopped := make(chan bool), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if _, err := conn.PgConn().Exec(context.Background(), `create table comes (id int primary key, n int default 1 check (n > 0));
				create view goes as select id, n from comes; create function f(comes) returns int language sql as 'select 1';
				create index on comes (n) where n > 2; drop table comes cascade`).ReadAll(); err != nil {
				stopped <- err
				return
			}
		}
	}()
	at := placeOn(&direct.Target{URL: secret.New(url), Label: "it"}, "")
	for range 10 {
		e := &end{label: at.Name(), at: at}
		if err := e.connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := readCatalog(t.Context(), e.session, e.label, nil)
		if f := finding.As(err); err != nil && (f == nil || f.Exit != finding.Refused || !strings.Contains(f.Hint, "run it again")) {
			t.Errorf("it says %v", err)
		}
		e.close()
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

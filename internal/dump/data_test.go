package dump_test

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgtest"
)

// shape is what rows of every sort stand in. References are in a circle, and from names that sort before what they name.
const shape = `
create schema app;
create table public.a_child (id bigint generated always as identity primary key, parent int, note text);
create table public.z_parent (id serial primary key, favourite bigint references public.a_child, name text not null);
alter table public.a_child add foreign key (parent) references public.z_parent;
create table app."Odd ""Name""" (
    "Key" text primary key, b bytea, j jsonb, ts timestamptz, d double precision, n numeric, r real, t boolean, l text[], i interval, u uuid,
    parent int references public.z_parent, twice int generated always as (parent * 2) stored, dropped int, x xml, g int4range
);
alter table app."Odd ""Name""" drop column dropped;
create table app.nothing ();
create table app.readings (at date, v int) partition by range (at);
create table app.readings_1 partition of app.readings for values from ('2026-01-01') to ('2026-02-01');
create table app.readings_2 partition of app.readings for values from ('2026-02-01') to ('2026-03-01');
create table app.mother (id int);
create table app.daughter (more text) inherits (app.mother);
create unlogged table app.logs (line text);
create sequence app.untouched start 7;
create sequence app.moved;
create materialized view app.summary as select count(*) from public.z_parent;
create materialized view app.empty as select 1 with no data;
create function app.refuse() returns trigger language plpgsql as $$ begin raise 'fired'; end $$;
`

const rows = `
insert into public.z_parent (name) values ('one'), ('two'), ('it''s \ "three"');
insert into public.a_child (parent, note) values (1, null), (2, E'line\n\tbreak\r'), (3, E'\\.'), (null, '');
update public.z_parent set favourite = 2 where id = 1;
insert into app."Odd ""Name""" values
    ('k', '\x00ff5c27', '{"a": "\"\\"}', '2026-03-29 01:30:00+01', 'NaN', 12345678901234567890.12, 1e-30, false,
        array['a,b', null, 'NULL', '"', '\'], '-1 year 2 days', '11111111-1111-1111-1111-111111111111', 1, default, '<a/>text', '[1,5)'),
    ('é 漢', null, 'null', 'infinity', '-Infinity', 'NaN', 'Infinity', null, '{}', null, null, null, default, null, 'empty'),
    ('', '\x', '1e400', null, 0.1, -0.000, 3.4028235e38, true, '{{a,b},{c,d}}', '1 mon', null, 2, default, null, null);
insert into app.nothing default values;
insert into app.nothing default values;
insert into app.readings values ('2026-01-05', 1), ('2026-02-05', 2);
insert into app.mother values (1);
insert into app.daughter values (2, 'x');
insert into app.logs select 'line ' || n from generate_series(1, 2500) n;
select setval('app.moved', 41);
select nextval('public.z_parent_id_seq') from generate_series(1, 10);
refresh materialized view app.summary;
`

// What is dumped as COPY or INSERT and loaded into the same tables is the same rows there.
func TestData(t *testing.T) {
	for _, copies := range []bool{true, false} {
		for _, major := range []int{15, 18} {
			server := pgtest.Start(t, major)
			source, goal := server.Database(t), server.Database(t)
			run(t, source, shape)
			run(t, source, rows)
			run(t, goal, shape)
			run(t, goal, `create trigger refuse before insert on public.z_parent execute function app.refuse()`)
			var text bytes.Buffer
			tables, err := (&dump.Data{Conn: connect(t, source), Scope: dump.Scope{}, Copy: copies}).Write(t.Context(), &text)
			if err != nil {
				t.Fatal(err)
			}
			loadRows(t, goal, text.String())
			if is, want := contents(t, goal), contents(t, source); is != want {
				t.Errorf("on %d, copies %t:\n%s", major, copies, lineDiff(want, is))
			}
			counts := map[string]int64{}
			for _, table := range tables {
				counts[table.Name] = table.Rows
			}
			if counts["logs"] != 2500 || counts["nothing"] != 2 || counts["mother"] != 1 || counts["readings_2"] != 1 {
				t.Errorf("the rows are counted as %v", counts)
			}
		}
	}
}

// A role that may not switch triggers off loads rows all the same where references allow it: what is referred to comes first.
func TestDataForPlainRoles(t *testing.T) {
	server := pgtest.Start(t, 17)
	source, goal := server.Database(t), server.Database(t)
	const tables = `
		create table public.b (id int primary key);
		create table public.a (id int primary key, b int references public.b, up int references public.a);
		create table public.p (id int, k int, primary key (id, k)) partition by list (k);
		create table public.zz partition of public.p for values in (1);
		create table public.c (id int, k int, foreign key (id, k) references public.p);`
	run(t, source, tables+`insert into public.b values (1); insert into public.a values (1, 1, 1), (2, 1, 1); insert into p values (5, 1); insert into c values (5, 1);`)
	run(t, goal, tables+`drop role if exists plain_loader; create role plain_loader login; grant insert on all tables in schema public to plain_loader`)
	t.Cleanup(func() { _ = try(context.Background(), goal, "drop owned by plain_loader; drop role plain_loader") })
	for _, copies := range []bool{false, true} {
		var text bytes.Buffer
		if _, err := (&dump.Data{Conn: connect(t, source), Scope: dump.Scope{}, Copy: copies}).Write(t.Context(), &text); err != nil {
			t.Fatal(err)
		}
		loadRows(t, goal, "set role plain_loader;\n"+text.String())
		run(t, goal, "truncate public.a, public.b, public.c, public.p")
	}
}

func TestDataScope(t *testing.T) {
	server := pgtest.Start(t, 17)
	source := server.Database(t)
	run(t, source, shape+`create schema supabase_migrations; create table supabase_migrations.schema_migrations (version text);`)
	list := func(s dump.Scope, exclude ...string) string {
		t.Helper()
		tables, err := (&dump.Data{Conn: connect(t, source), Scope: s, Exclude: exclude}).Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, table := range tables {
			names = append(names, table.Name)
		}
		return strings.Join(names, " ")
	}
	for _, c := range []struct {
		scope   dump.Scope
		exclude []string
		want    string
	}{
		{dump.Scope{}, nil, `a_child z_parent Odd "Name" daughter logs mother nothing readings_1 readings_2`},
		{dump.Scope{}, []string{"app.*"}, "z_parent a_child"},
		{dump.Scope{}, []string{"readings_*", "public.a_child", `Odd "Name"`, "app.nothing"}, "daughter logs mother z_parent"},
		{dump.Scope{Schemas: []string{"public"}}, nil, "z_parent a_child"},
	} {
		if is := list(c.scope, c.exclude...); is != c.want {
			t.Errorf("without %v: %s, want %s", c.exclude, is, c.want)
		}
	}
}

// Rows that a policy hides are an error, not a dump without them.
func TestDataHidden(t *testing.T) {
	server := pgtest.Start(t, 17)
	source := server.Database(t)
	run(t, source, `create table t (id int); insert into t values (1); alter table t enable row level security;
		drop role if exists looks_on; create role looks_on; grant select on t to looks_on`)
	t.Cleanup(func() { _ = try(context.Background(), source, "drop owned by looks_on; drop role looks_on") })
	conn := connect(t, source)
	if _, err := conn.Exec(t.Context(), "set role looks_on").ReadAll(); err != nil {
		t.Fatal(err)
	}
	for _, copies := range []bool{false, true} {
		_, err := (&dump.Data{Conn: conn, Scope: dump.Scope{}, Copy: copies}).Write(t.Context(), io.Discard)
		if err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("the error is %v", err)
		}
		if conn.TxStatus() != 'I' {
			t.Errorf("a transaction is left in status %c", conn.TxStatus())
		}
	}
}

// watched counts bytes and remembers the most memory in use.
type watched struct {
	bytes, calls int
	most         uint64
}

func (w *watched) Write(p []byte) (int, error) {
	if w.calls++; w.calls%20 == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.most = max(w.most, m.HeapAlloc)
	}
	w.bytes += len(p)
	return len(p), nil
}

func TestDataMemory(t *testing.T) {
	server := pgtest.Start(t, 17)
	source := server.Database(t)
	run(t, source, `create table big as select n, repeat('x', 1000) as text from generate_series(1, 60000) n`)
	for _, copies := range []bool{false, true} {
		w := &watched{}
		if _, err := (&dump.Data{Conn: connect(t, source), Scope: dump.Scope{}, Copy: copies}).Write(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if w.bytes < 60_000_000 || w.most > 16<<20 {
			t.Errorf("copies %t: %d bytes with %d in memory", copies, w.bytes, w.most)
		}
	}
}

func connect(t *testing.T, url string) *pgconn.PgConn {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// loadRows runs a dump of rows as cairn runs a seed: statement by statement, with the data of COPY.
func loadRows(t *testing.T, url, text string) {
	t.Helper()
	m, findings := migration.Parse("dump.sql", []byte(text))
	for _, f := range findings {
		t.Fatal(f)
	}
	conn := connect(t, url)
	for _, s := range m.Statements() {
		var err error
		if s.Copy != nil {
			_, err = conn.CopyFrom(t.Context(), strings.NewReader(s.Copy.Text()), s.Text())
		} else {
			_, err = conn.Exec(t.Context(), s.Text()).ReadAll()
		}
		if err != nil {
			t.Fatalf("%v\n%.400s", err, s.Text())
		}
	}
}

// contents is all that the tables, sequences and materialized views of shape hold.
func contents(t *testing.T, url string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	found, err := conn.Query(t.Context(), `
		select case relkind when 'S' then format('select %L || last_value || is_called from %s', oid::regclass, oid::regclass)
			else format('select %L || coalesce(t::text, ''null'') from only %s t', oid::regclass, oid::regclass) end
		from pg_class where relkind in ('r', 'S', 'm') and oid >= 16384 and relispopulated order by oid::regclass::text`)
	if err != nil {
		t.Fatal(err)
	}
	queries, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, q := range queries {
		r, err := conn.Query(t.Context(), strings.Replace(q, "from only app.summary", "from app.summary", 1))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(r, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		all = append(all, lines...)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}
